# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes beside what animators have and change themselves: layers, strips, bones, copies."""

import bpy
import numpy as np
import pytest
from test_protection import poses
from test_takes import FRAMES, animated, generate, names, ready, shown, tracks

__all__ = ["ready"]  # a fixture


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
    assert ready.jobs.current() is None


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
        patch.setattr(ready.take_list, "_pose_under", broken)
        bpy.ops.gestures.generate()
    assert ready.jobs.current() is None
    assert not bpy.data.actions
    generate()
    assert names(character) == ["hello take 1"]
