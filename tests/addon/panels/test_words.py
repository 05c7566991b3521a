# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels say: words for the body, never the names that the program has for it."""

import re

import bpy
import pytest
from drawn import draw, panels
from take_stage import generate

from blender_addon.bones.roles import EVERY_ROLE, spoken

# pinky_2.L, upper_arm.R, forearm_twist: the rig's own bones have other names
INTERNAL = re.compile(r"\b(pinky|index|middle|ring|thumb)_\d|\b[a-z]+(_[a-z0-9]+)*\.[LR]\b|_twist")
BEYOND = ("pinky_2.L", "index_1.R", "thumb_3.L", "wrist.R", "shoulder.L", "torso")


@pytest.fixture
def take(ready, character):
    """A take that several joints were beyond their limits in."""
    generate()
    record = ready.takes.record
    overruns = tuple(
        ready.body.limits.Overrun(joint, "extension, flexion", 3 * i, 3 * i + 2, 12.0)
        for i, joint in enumerate(BEYOND)
    )
    action = character.animation_data.action
    counts = dict.fromkeys(BEYOND[:3], 3)
    record.change(action, overruns=overruns, beyond_limits=counts, touches=(4, 5), contacts=True)
    return ready


def test_joints_are_named_in_words(take):
    said = draw(take).texts
    assert not [text for text in said if INTERNAL.search(text)]
    assert [one for one in said if one.startswith("Left little finger, middle joint: 3 of")]
    for shape in (r"Right wrist: \d+ \(12°\)", r"Frame \d+: Right wrist, extension, flexion: 12°"):
        assert [one for one in said if re.fullmatch(shape, one)], shape


def test_body_parts_are_named_in_words(addon, character):
    said = draw(addon).texts
    assert not [text for text in said if INTERNAL.search(text)]
    assert {"Little finger", "Upper arm twist", "Left thigh"} <= set(said)


def test_body_parts_without_a_bone_are_named_in_words(addon, character):
    import rig_library
    from rig_matrix import nonsense

    rig_library.without(character, "Pinky", "Spine")
    assert not [text for text in draw(addon).texts if INTERNAL.search(text)]
    nonsense(character)  # the reasons of a rig whose names say nothing
    said = draw(addon).texts
    assert not [text for text in said if INTERNAL.search(text)]
    assert "an upper arm twist bone" in " ".join(said)
    assert not [role for role in EVERY_ROLE if INTERNAL.search(spoken(role))]


def test_every_panel_can_be_drawn_with_nothing_there(addon):
    assert len(draw(addon).texts) > 20
    assert not bpy.data.objects
    closed = [cls for cls in panels(addon) if hasattr(cls, "poll") and not cls.poll(bpy.context)]
    assert {cls.__name__ for cls in closed} == {
        "GESTURES_PT_rig",
        "GESTURES_PT_takes",
        "GESTURES_PT_compose",
        "GESTURES_PT_offsets",
        "GESTURES_PT_protect",
    }


def test_refusals_name_body_parts_in_words(addon, character):
    with pytest.raises(RuntimeError, match="left upper arm has 1 bones at most") as error:
        bones = [bone.name for bone in character.data.bones]
        for index, bone in enumerate(bones[:2]):
            bpy.ops.gestures.rig_pick(role="upper_arm.L", index=index, bone=bone)
    assert not INTERNAL.search(str(error.value))
