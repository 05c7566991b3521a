# SPDX-License-Identifier: GPL-3.0-or-later
"""Keyed bones that something else moves: the light is yellow, and what moves them is named."""

import re

import bpy
import numpy as np
import pytest

ARM, FORE, HAND = (f"mixamorig:Left{part}" for part in ("Arm", "ForeArm", "Hand"))
FRAMES = np.round(np.linspace(1, 95, 7)[1:-1]).astype(int)


def limited(character, degrees):
    limit = character.pose.bones[FORE].constraints.new("LIMIT_ROTATION")
    limit.name, limit.owner_space = "Old limit", "LOCAL"
    for axis in "xyz":
        setattr(limit, f"use_limit_{axis}", True)
        setattr(limit, f"min_{axis}", -np.radians(degrees))
        setattr(limit, f"max_{axis}", np.radians(degrees))
    return limit


def by_limit(character):
    return limited(character, 1.0)


def by_ik(character):
    target = bpy.data.objects.new("target", None)
    bpy.context.scene.collection.objects.link(target)
    target.location = (0.5, -0.3, 2.0)
    chain = character.pose.bones[FORE].constraints.new("IK")
    chain.name, chain.target, chain.chain_count = "Old IK", target, 2
    return chain


def by_copy(character):
    other = bpy.data.objects.new("source", None)
    bpy.context.scene.collection.objects.link(other)
    other.rotation_euler = (1.0, 2.0, 0.5)
    copy = character.pose.bones[FORE].constraints.new("COPY_ROTATION")
    copy.name, copy.target = "From retargeter", other
    return copy


def by_driver(character):
    for index, value in enumerate(("0.6", "0.8", "0", "0")):
        curve = character.pose.bones[FORE].driver_add("rotation_quaternion", index)
        curve.driver.expression = value


def orientations(character, bone):
    """Of BONE relative to its parent, over the frames that are looked at."""
    found = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(int(frame))
        pose = character.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones[bone]
        found.append((pose.parent.matrix.inverted() @ pose.matrix).to_quaternion())
    return found


def furthest(ours, theirs):
    turns = [a.rotation_difference(b).angle for a, b in zip(ours, theirs, strict=True)]
    return max(np.degrees(min(turn, 2.0 * np.pi - turn)) for turn in turns)


@pytest.mark.parametrize(
    ("hold", "what"),
    [
        (by_limit, f"the constraint 'Old limit' of '{FORE}'"),
        (by_copy, f"the constraint 'From retargeter' of '{FORE}'"),
        (by_driver, f"a driver of '{FORE}'"),
    ],
)
def test_what_holds_a_bone_is_named(ready, character, hold, what):
    constraint = hold(character)
    bpy.context.scene.frame_set(7)
    bpy.ops.gestures.generate()
    assert bpy.context.scene.frame_current == 1  # where the take begins, not where was looked
    found = ready.rig.status.status(character)
    assert found.light == "yellow"
    assert f"The bone '{FORE}' stays" in found.held and what in found.held
    told = float(re.search(r"up to (\d+)°", found.held)[1])
    before = orientations(character, FORE)
    if constraint:
        constraint.mute = True
    else:
        for index in range(4):
            character.pose.bones[FORE].driver_remove("rotation_quaternion", index)
    after = ready.rig.status.status(character)  # switched off: green again
    assert (after.light, after.held) == ("green", "")
    assert abs(furthest(before, orientations(character, FORE)) - told) < 1.0


def test_an_ik_chain_holds_the_bones_above_its_own(ready, character):
    by_ik(character)
    bpy.ops.gestures.generate()
    found = ready.rig.status.status(character)
    assert found.light == "yellow" and f"the constraint 'Old IK' of '{FORE}'" in found.held


def test_what_holds_no_bone_is_not_told(ready, character):
    limited(character, 179.0)
    hand = character.pose.bones[HAND].constraints
    muted, weak = hand.new("COPY_ROTATION"), hand.new("COPY_ROTATION")
    muted.target = weak.target = bpy.data.objects.new("source", None)
    muted.mute, weak.influence = True, 0.0
    hand.new("LIMIT_LOCATION")
    bpy.ops.gestures.generate()
    found = ready.rig.status.status(character)
    assert (found.light, found.held) == ("green", "")


def test_the_take_says_it(ready, character, monkeypatch):
    by_limit(character)
    told = []
    writing = ready.takes.writing
    finish = writing._finish
    monkeypatch.setattr(writing, "_finish", lambda *a: told.append(finish(*a)) or told[-1])
    bpy.ops.gestures.generate()
    assert any("Old limit" in remark for remark in told[0].remarks)


@pytest.mark.parametrize("hold", [by_limit, by_ik, by_copy, by_driver])
def test_the_button_mutes_what_holds_in_one_step_that_can_be_undone(ready, character, hold):
    hold(character)
    bpy.ops.gestures.generate()
    bpy.ops.ed.undo_push(message="Generate")
    before = orientations(character, FORE)
    assert bpy.ops.gestures.release_bones("EXEC_DEFAULT", True) == {"FINISHED"}
    name = character.name
    freed = bpy.data.objects[name]
    assert ready.rig.status.status(freed).light == "green"
    assert furthest(before, orientations(freed, FORE)) > 5.0
    bpy.ops.ed.undo()
    held = bpy.data.objects[name]
    assert ready.rig.status.status(held).light == "yellow"
    assert furthest(before, orientations(held, FORE)) < 0.1


def test_two_that_hold_one_bone_are_muted_together(ready, character):
    by_copy(character).name = "First"
    by_copy(character).name = "Second"
    bpy.ops.gestures.generate()
    assert bpy.ops.gestures.release_bones() == {"FINISHED"}
    assert all(constraint.mute for constraint in character.pose.bones[FORE].constraints)
    assert ready.rig.status.status(character).held == ""


def test_what_does_not_hold_stays_on(ready, character):
    by_limit(character)
    harmless = character.pose.bones[HAND].constraints.new("COPY_ROTATION")
    harmless.influence = 0.5  # has no target
    bpy.ops.gestures.generate()
    assert bpy.ops.gestures.release_bones() == {"FINISHED"}
    assert not harmless.mute and character.pose.bones[FORE].constraints[0].mute


def test_the_button_says_why_it_is_grey(ready, character):
    bpy.ops.gestures.generate()
    operator = ready.operators.rig.GESTURES_OT_release_bones
    assert operator.why_not(bpy.context) == "Nothing was found that holds a keyed bone"
    with pytest.raises(RuntimeError):
        bpy.ops.gestures.release_bones()


def test_what_was_found_is_in_the_saved_file(ready, character, tmp_path):
    by_limit(character)
    bpy.ops.gestures.generate()
    before = ready.rig.status.status(character).held
    path, name = tmp_path / "held.blend", character.name
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    opened = bpy.data.objects[name]
    assert before and ready.rig.status.status(opened).held == before
    opened[ready.rig.held.KEY] = "[[1]]"  # nonsense is no error
    assert ready.rig.status.status(opened).held == ""
