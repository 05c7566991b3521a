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
    assert {"Left little finger, middle joint", "Right wrist"} <= set(said)
    shape = r"Extension, flexion, up to 12° in \d+ frames"
    assert len([one for one in said if re.fullmatch(shape, one)]) == len(BEYOND)


def test_joint_limits_are_told_once(take):
    said = draw(take).texts
    assert said.count("6 joints held within limits") == 1
    assert len([one for one in said if "limit" in one.lower()]) == 2  # and the setting's name


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
        "GESTURES_PT_character",
        "GESTURES_PT_rig",
        "GESTURES_PT_offsets",
        "GESTURES_PT_protect",
        "GESTURES_PT_takes",
        "GESTURES_PT_strokes",
        "GESTURES_PT_moods",
        "GESTURES_PT_again",
        "GESTURES_PT_compose",
        "GESTURES_PT_style",
        "GESTURES_PT_levels",
        "GESTURES_PT_quality",
    }


def test_the_tab_has_four_groups_and_only_they_are_open(addon):
    tab = [cls for cls in panels(addon) if getattr(cls, "bl_category", "") == "Gestures"]
    groups = [cls for cls in tab if not hasattr(cls, "bl_parent_id")]
    names = ["Speech and Character", "Take", "Style", "Check and Export"]
    assert [cls.bl_label for cls in groups] == names
    within = [cls for cls in tab if cls not in groups]
    assert within and all("DEFAULT_CLOSED" in cls.bl_options for cls in within)
    known = {cls.__name__ for cls in tab}
    assert {cls.bl_parent_id for cls in within} <= known


def test_what_needs_a_take_appears_with_it(ready, character):
    def seen():
        return {
            cls.__name__
            for cls in panels(ready)
            if not hasattr(cls, "poll") or cls.poll(bpy.context)
        }

    before = seen()
    assert not before & {"GESTURES_PT_takes", "GESTURES_PT_quality"}
    generate()
    assert {"GESTURES_PT_takes", "GESTURES_PT_again", "GESTURES_PT_quality"} <= seen() - before


def test_refusals_name_body_parts_in_words(addon, character):
    with pytest.raises(RuntimeError, match="left upper arm has 1 bones at most") as error:
        bones = [bone.name for bone in character.data.bones]
        for index, bone in enumerate(bones[:2]):
            bpy.ops.gestures.rig_pick(role="upper_arm.L", index=index, bone=bone)
    assert not INTERNAL.search(str(error.value))
