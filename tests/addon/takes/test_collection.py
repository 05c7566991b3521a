# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes beside what animators have and change themselves: layers, strips, bones, copies."""

import shutil

import bpy
import numpy as np
import pytest
from conftest import JFK
from keyed import degrees, poses
from take_stage import FRAMES, LAST, animated, generate, names, shown, tracks

# --- what was there before comes back ---------------------------------------------------


def layered(character):
    """The animator's action, active and, repeated, on a track as well; that track's strip."""
    walk = animated(character)
    strip = on_track(character, "my walk", walk, 200)
    strip.repeat = 3.0
    return strip


def on_track(character, name, action, frame):
    """A new strip of ACTION at FRAME, on a new track NAME."""
    data = character.animation_data
    track = data.nla_tracks.new()
    track.name = name
    strip = track.strips.new(action.name, frame, action)
    if hasattr(strip, "action_slot"):
        strip.action_slot = action.slots[0]
    return strip


def test_rejecting_leaves_the_animators_own_strip(ready, character):
    strip = layered(character)
    action, before = character.animation_data.action, poses(character, FRAMES)
    generate()
    bpy.ops.gestures.take_reject()
    assert tracks(character) == {"my walk": False}
    assert (strip.frame_start, strip.repeat) == (200, 3.0)
    assert character.animation_data.action == action
    assert np.abs(poses(character, FRAMES) - before).max() == 0.0


def moved(strip):
    strip.frame_start_ui += 20


def scaled(strip):
    strip.scale = 2.0


def repeated(strip):
    strip.repeat = 2.0


def faded(strip):
    strip.blend_in = 5.0


@pytest.mark.parametrize("change", [moved, scaled, repeated, faded])
def test_rejecting_leaves_a_pushed_down_strip_that_was_changed(ready, character, change):
    name = animated(character).name
    generate()
    (strip,) = character.animation_data.nla_tracks[name].strips
    change(strip)
    wanted = strip.frame_start, strip.frame_end, strip.blend_in
    bpy.ops.gestures.take_reject()
    assert shown(character) is None
    (strip,) = character.animation_data.nla_tracks[name].strips
    assert (strip.frame_start, strip.frame_end, strip.blend_in) == wanted


def additive(character):
    """The animator's arm twice: on a track, and active as a layer that adds half to it."""
    data = character.animation_data_create()
    base = animated(character)
    data.action = None
    on_track(character, "base", base, 1)
    animated(character)
    data.action_blend_type, data.action_influence = "COMBINE", 0.5
    data.action_extrapolation = "HOLD_FORWARD"
    return data.action


ALL_FRAMES = np.arange(1, 150, 4)


def test_an_additive_layer_goes_on_as_one_below_the_take(ready, character):
    layer = additive(character)
    leg = [b.name for b in character.pose.bones].index("mixamorig:LeftUpLeg")
    before = poses(character, ALL_FRAMES)
    generate()
    data = character.animation_data
    assert (data.action_blend_type, data.action_influence) == ("REPLACE", 1.0)
    change = np.abs(poses(character, ALL_FRAMES) - before)
    assert change[:, leg].max() < 1e-5
    assert change.max() > 0.05
    curves = ready.compat.fcurves(data.action)
    arm = [c for c in curves if '"mixamorig:RightArm"' in c.data_path]
    bpy.context.scene.frame_set(50)
    keyed = [curve.evaluate(50) for curve in arm]
    seen = character.pose.bones["mixamorig:RightArm"].rotation_quaternion
    assert tuple(seen) == pytest.approx(keyed, abs=1e-5)
    bpy.ops.gestures.take_reject()
    assert data.action == layer
    assert (data.action_blend_type, data.action_influence) == ("COMBINE", 0.5)
    assert data.action_extrapolation == "HOLD_FORWARD"
    assert np.abs(poses(character, ALL_FRAMES) - before).max() < 1e-6


def test_a_take_that_is_mixed_in_is_mixed_in_from_its_track(ready, character):
    animated(character)
    generate()
    data = character.animation_data
    data.action_blend_type, data.action_influence = "COMBINE", 0.5
    before = poses(character, FRAMES)
    bpy.ops.gestures.take_accept()
    assert np.abs(poses(character, FRAMES) - before).max() < 1e-5


@pytest.mark.parametrize("first", [10.75, -3.5])
def test_an_action_between_frames_is_pushed_down_to_where_it_was(ready, character, first):
    bone = character.pose.bones["mixamorig:LeftUpLeg"]
    bone.rotation_mode = "XYZ"
    for frame, angle in ((first, 0.0), (first + 30, 0.7)):
        bone.rotation_euler.x = angle
        bone.keyframe_insert("rotation_euler", index=0, frame=frame)
    leg = character.pose.bones.find(bone.name)
    before = poses(character, FRAMES)
    generate()
    assert np.abs(poses(character, FRAMES) - before)[:, leg].max() < 1e-5


# --- what a take keys is gone -----------------------------------------------------------

GONE = "mixamorig:LeftHandIndex3"


def without_bone(character, name):
    bpy.ops.object.mode_set(mode="EDIT")
    bones = character.data.edit_bones
    bones.remove(bones[name])
    bpy.ops.object.mode_set(mode="OBJECT")


def keyed_beside(character):
    """The shown take, with keys on a bone and a custom property that are then removed."""
    bone = character.pose.bones[GONE]
    bone.rotation_mode = "QUATERNION"
    bone.keyframe_insert("rotation_quaternion", frame=10)
    character["mood"] = 1.0
    character.keyframe_insert('["mood"]', frame=10)
    del character["mood"]
    without_bone(character, GONE)


@pytest.mark.parametrize("accepted", [True, False])
def test_curves_of_what_is_gone_are_not_taken_along(ready, character, accepted):
    generate()
    keyed_beside(character)
    if accepted:
        bpy.ops.gestures.take_accept()
    generate(5)
    assert names(character) == ["hello take 1", "hello take 2"]
    new = ready.compat.fcurves(character.animation_data.action)
    assert new
    assert not [c for c in new if GONE in c.data_path or "mood" in c.data_path]
    assert ready.engine.jobs.current() is None


def test_duplicating_a_take_with_curves_of_what_is_gone(ready, character):
    generate()
    keyed_beside(character)
    bpy.ops.gestures.take_duplicate()
    assert names(character) == ["hello take 1", "hello take 2"]


def test_after_an_unforeseen_error_nothing_is_left_and_the_engine_is_free(
    ready, character, monkeypatch
):
    def broken(*_):
        raise ValueError("unforeseen")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="unforeseen"):
        patch.setattr(ready.takes.collection, "_pose_under", broken)
        bpy.ops.gestures.generate()
    assert ready.engine.jobs.current() is None
    assert not bpy.data.actions
    generate()
    assert names(character) == ["hello take 1"]


def test_single_values_come_back_as_well(ready, character):
    generate()
    bone = character.pose.bones["mixamorig:LeftArm"]
    bone['IK "FK"'], character["mood"] = 0.5, 3
    limit = bone.constraints.new("LIMIT_ROTATION")
    owners = ((bone, bone.path_from_id() + '["IK \\"FK\\""]'), (character, '["mood"]'))
    for _, path in owners:
        character.keyframe_insert(path, frame=1)
    limit.keyframe_insert("influence", frame=1)
    bone.keyframe_insert("rotation_mode", frame=1)
    bpy.ops.gestures.take_duplicate()
    bpy.ops.gestures.take_reject(take="hello take 1")
    action = character.animation_data.action
    for curve in ready.compat.fcurves(action):
        if "rotation_mode" not in curve.data_path:
            for key in curve.keyframe_points:
                key.co.y = 0.0
            curve.update()
    bpy.context.scene.frame_set(2)
    assert (bone['IK "FK"'], character["mood"], limit.influence) == (0.0, 0, 0.0)
    bone.rotation_mode = "XYZ"
    bpy.ops.gestures.take_reject()
    assert (bone['IK "FK"'], character["mood"], limit.influence) == (0.5, 3, 1.0)
    assert bone.rotation_mode == "QUATERNION"


def test_the_pose_before_is_that_without_accepted_takes(ready, character):
    arm = character.pose.bones["mixamorig:LeftArm"]
    before = tuple(arm.rotation_quaternion)
    generate(5)
    bpy.ops.gestures.take_accept()
    bpy.context.scene.frame_set(40)
    generate(7)
    bpy.ops.gestures.take_reject(take="hello take 1")
    bpy.ops.gestures.take_reject(take="hello take 2")
    bpy.context.view_layer.update()
    assert tuple(arm.rotation_quaternion) == pytest.approx(before)


# --- several takes at once --------------------------------------------------------------


def generate_at(character, start):
    """A take at frame START; its poses."""
    scene = bpy.context.scene
    scene.frame_current, scene.gestures.start_at = start, "CURRENT"
    generate(start)
    return poses(character, FRAMES + start - 1)


def off(character, seen):
    """The greatest difference to the poses SEEN of takes by their first frames."""
    return max(
        np.abs(poses(character, FRAMES + start - 1) - wanted).max()
        for start, wanted in seen.items()
    )


def holding(character):
    """{name: extrapolation} of the strips."""
    return {
        strip.action.name: strip.extrapolation
        for track in character.animation_data.nla_tracks
        for strip in track.strips
    }


ORDERS = [(1, 2, 3), (3, 2, 1), (2, 3, 1)]


@pytest.mark.parametrize("order", ORDERS)
def test_accepted_takes_play_on_their_frames_in_whatever_order(ready, character, order):
    seen = {start: generate_at(character, start) for start in (1, 201, 401)}
    for number in order:
        bpy.ops.gestures.take_accept(take=f"hello take {number}")
    assert off(character, seen) < 1e-6
    assert list(holding(character).values()) == ["HOLD", "NOTHING", "NOTHING"]


def test_of_what_is_left_the_lowest_take_holds_its_poses_again(ready, character):
    seen = {start: generate_at(character, start) for start in (1, 201)}
    for number in (2, 1):
        bpy.ops.gestures.take_accept(take=f"hello take {number}")
    bpy.ops.gestures.take_show(take="hello take 1")
    assert holding(character)["hello take 2"] == "HOLD"
    assert off(character, seen) < 1e-6
    bpy.ops.gestures.take_accept(take="hello take 1")
    assert holding(character)["hello take 2"] == "NOTHING"
    bpy.ops.gestures.take_reject(take="hello take 1")
    assert holding(character) == {"hello take 2": "HOLD"}


def test_how_the_animator_lets_a_strip_go_on_stays(ready, character):
    generate_at(character, 1)
    bpy.ops.gestures.take_accept()
    (strip,) = character.animation_data.nla_tracks[0].strips
    strip.extrapolation = "NOTHING"
    generate_at(character, 201)
    bpy.ops.gestures.take_accept()
    bpy.ops.gestures.take_reject(take="hello take 2")
    assert holding(character) == {"hello take 1": "NOTHING"}


def batch_of(folder, names):
    """A batch of speeches NAMES in FOLDER."""
    for name in names:
        shutil.copy(JFK, folder / f"{name}.flac")
    bpy.context.scene.gestures_batch.source = "FOLDER"
    bpy.context.scene.gestures_batch.folder = str(folder)


def test_the_lines_of_a_batch_play_one_after_the_other(ready, character, tmp_path, monkeypatch):
    folder = tmp_path / "lines"
    folder.mkdir()
    batch_of(folder, "ab")
    line, lines = ready.takes.batch.Line, ready.takes.batch.folder_lines
    monkeypatch.setattr(
        ready.takes.batch,
        "folder_lines",
        lambda *args: [
            line(one.speech, one.speaker, start)
            for one, start in zip(lines(*args), (1, 201), strict=True)
        ],
    )
    bpy.ops.gestures.batch()
    first, second = (entry.action for entry in character.gestures_takes)
    assert character.animation_data.action == second
    assert tracks(character) == {first.name: False, second.name: True}
    pose = poses(character, FRAMES)
    assert degrees(pose[1:], pose[:-1]).max() > 1.0


def test_takes_of_a_batch_that_begin_together_are_variants(ready, character, tmp_path):
    folder = tmp_path / "lines"
    folder.mkdir()
    batch_of(folder, "ab")
    bpy.ops.gestures.batch()
    assert tracks(character) == {"a take 1": True, "b take 1": True}


# --- takes that others have, and takes that are gone ------------------------------------


def linked_duplicate(character):
    """A copy of CHARACTER that shares its data and action (Alt+D)."""
    for one in bpy.context.selected_objects:
        one.select_set(False)
    character.select_set(True)
    bpy.ops.object.duplicate(linked=True)
    return bpy.context.view_layer.objects.active


@pytest.mark.parametrize("accepted", [True, False])
def test_rejecting_on_a_copy_leaves_the_originals_take(ready, character, accepted):
    generate()
    if accepted:
        bpy.ops.gestures.take_accept()
    before = poses(character, FRAMES)
    copy = linked_duplicate(character)
    bpy.ops.gestures.take_reject()
    assert not copy.gestures_takes
    assert not copy.animation_data.nla_tracks
    assert shown(copy) is None
    assert names(character) == ["hello take 1"]
    assert np.abs(poses(character, FRAMES) - before).max() == 0.0
    bpy.context.view_layer.objects.active = character
    bpy.ops.gestures.take_reject()
    assert not bpy.data.actions


def test_a_line_whose_action_is_gone_can_be_removed(ready, character):
    action = animated(character)
    before = poses(character, FRAMES)
    generate()
    generate(5)
    for name in ("hello take 1", "hello take 2"):
        bpy.data.actions.remove(bpy.data.actions[name])
    assert not bpy.ops.gestures.take_show.poll()
    for _ in range(2):
        assert bpy.ops.gestures.take_reject() == {"FINISHED"}
    assert not character.gestures_takes
    assert not bpy.ops.gestures.take_reject.poll()
    assert character.animation_data.action == action
    assert np.abs(poses(character, FRAMES) - before).max() == 0.0


def test_a_line_that_is_gone_leaves_the_other_takes(ready, character):
    generate()
    generate(5)
    bpy.data.actions.remove(bpy.data.actions["hello take 1"])
    character.gestures_active = 0
    bpy.ops.gestures.take_reject()
    assert names(character) == ["hello take 2"] == [shown(character)]


# --- what the animator did to a take's strip --------------------------------------------


def own_strip(character, number=1):
    """The strip of a take on its own track, and the track."""
    track = character.animation_data.nla_tracks[f"hello take {number}"]
    return next(s for s in track.strips if s.action.name == track.name), track


def accepted_strip(character):
    generate()
    bpy.ops.gestures.take_accept()
    return own_strip(character)[0]


def key_at(character, frame):
    """Show the take and key an arm at FRAME."""
    bpy.ops.gestures.take_show()
    bone = character.pose.bones["mixamorig:LeftArm"]
    bone.keyframe_insert("rotation_quaternion", frame=frame)


STRIP = (
    *("frame_start", "frame_end", "action_frame_start", "action_frame_end", "scale", "repeat"),
    *("blend_in", "blend_out", "blend_type", "extrapolation", "use_animated_influence"),
)


def state(strip):
    return {name: getattr(strip, name) for name in STRIP}


@pytest.mark.parametrize("between", ["nothing", "show", "show and key"])
def test_accepting_again_leaves_a_strip_as_the_animator_set_it(ready, character, between):
    strip = accepted_strip(character)
    strip.scale, strip.blend_in, strip.action_frame_end = 1.5, 10.0, 60.0
    strip.extrapolation, strip.use_animated_influence = "HOLD_FORWARD", True
    wanted = state(strip)
    if between == "show":
        bpy.ops.gestures.take_show()
    elif between == "show and key":
        key_at(character, LAST + 20)
    bpy.ops.gestures.take_accept()
    assert state(own_strip(character)[0]) == wanted


@pytest.mark.parametrize("frame", [LAST + 20, -9])
def test_a_longer_take_has_a_longer_strip_at_its_place_and_speed(ready, character, frame):
    strip = accepted_strip(character)
    strip.frame_start_ui, strip.scale, strip.blend_in = 51, 1.5, 4.0
    bpy.ops.gestures.take_show()
    key_at(character, frame)
    bpy.ops.gestures.take_accept()
    strip, _ = own_strip(character)
    assert (strip.scale, strip.blend_in, strip.repeat) == (1.5, 4.0, 1.0)
    assert (strip.action_frame_start, strip.action_frame_end) == (min(1, frame), max(LAST, frame))
    first = 51 + 1.5 * (strip.action_frame_start - 1)
    assert strip.frame_start == pytest.approx(first)
    assert strip.frame_end == pytest.approx(first + 1.5 * (max(LAST, frame) - min(1, frame)))


def test_a_take_whose_keys_were_all_moved_plays_there(ready, character):
    accepted_strip(character)
    bpy.ops.gestures.take_show()
    other = own_strip(character)[1].strips.new("other", 400, bpy.data.actions["hello take 1"])
    for curve in ready.compat.fcurves(character.animation_data.action):
        for key in curve.keyframe_points:
            key.co_ui.x += 200
        curve.update()
    bpy.ops.gestures.take_accept()
    strip, _ = own_strip(character)
    assert (strip.frame_start, strip.frame_end) == (201, 200 + LAST)
    assert other.frame_start == 400


def test_a_longer_take_does_not_push_the_strip_behind_it(ready, character):
    strip = accepted_strip(character)
    _, track = own_strip(character)
    behind = track.strips.new("other", 100, animated_beside(character))
    key_at(character, 110)
    with pytest.raises(RuntimeError, match=r"'hello take 1' now .* 'other'"):
        bpy.ops.gestures.take_accept()
    assert shown(character) == "hello take 1"
    assert (behind.frame_start, strip.frame_end) == (100, LAST)
    behind.frame_start_ui = 111
    assert bpy.ops.gestures.take_accept() == {"FINISHED"}
    assert (behind.frame_start, own_strip(character)[0].frame_end) == (111, 110)


def animated_beside(character):
    """An action of the animator that is not active."""
    action = bpy.data.actions["hello take 1"].copy()
    action.name = "beside"
    return action


def test_a_take_whose_strip_is_gone_is_accepted_on_a_new_one(ready, character):
    accepted_strip(character)
    before = poses(character, FRAMES)
    character.animation_data_clear()
    bpy.ops.gestures.take_accept()
    assert tracks(character) == {"hello take 1": False}
    assert np.abs(poses(character, FRAMES) - before).max() < 1e-6
