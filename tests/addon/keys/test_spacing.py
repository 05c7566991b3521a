# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewer keys: within their degrees on every frame, as Blender shows it, and all can come back."""

import itertools

import bpy
import numpy as np
import pytest
from chains import MODES, track_of, wandering
from keyed import FRAMES, degrees, give_settings, keys_of, poses, rewrite, write_keys
from motion_clips import excerpt


def smooth_track(armature, seed):
    """Turns that come and go as gestures do: up to 2.5 a second."""
    rng = np.random.default_rng(seed)
    times, bones = np.arange(len(FRAMES)) / 24.0, len(MODES)
    speeds = rng.uniform(0.3, 2.5, (5, bones, 3))
    sizes = rng.normal(0.0, 0.25, (5, bones, 3)) / speeds
    starts = rng.uniform(0.0, 6.3, (5, bones, 3))
    waves = np.sin(2.0 * np.pi * speeds * times[:, None, None, None] + starts)
    vectors = np.sum(sizes * waves, axis=1)
    angles = np.linalg.norm(vectors, axis=-1, keepdims=True)
    turns = np.concatenate([np.cos(angles / 2), np.sin(angles / 2) * vectors / angles], axis=-1)
    return track_of(armature, turns)


@pytest.fixture
def take(addon, chain):
    """(armature, its take, the track to write it with)."""
    action = write_keys(chain, smooth_track(chain, 1))
    give_settings(action, {"start_frame": 1, "scene_fps": 24.0})
    return chain, action, smooth_track(chain, 2)


def space(addon, take, kind, tolerance=1.0, track=None):
    """Write the take's keys as KIND."""
    armature, action, own = take
    with addon.takes.style.silently():
        action.gestures_style.spacing, action.gestures_style.tolerance = kind, tolerance
    rewrite(addon, armature, action, track or own)


def key_counts(addon, action):
    return [len(curve.keyframe_points) for curve in addon.compat.fcurves(action)]


def curve_of(addon, action, bone, index=1):
    return next(
        curve
        for curve in addon.compat.fcurves(action)
        if addon.keys.actions.keyed_bone(curve) == bone and curve.array_index == index
    )


@pytest.mark.parametrize("tolerance", [0.5, 1.0, 2.0])
def test_every_mode_stays_within_its_degrees(addon, take, tolerance):
    armature, action, new = take
    space(addon, take, "REDUCED", tolerance)
    off = degrees(poses(armature), new.quaternions)
    assert off.max() <= tolerance
    assert off.max() > 0.5 * tolerance  # they are used
    counts = key_counts(addon, action)
    assert max(counts) < len(FRAMES) / (2 if tolerance < 2 else 3)
    keys = addon.compat.fcurves(action)[0].keyframe_points
    assert {(k.interpolation, k.handle_left_type, k.type) for k in keys} == {
        ("BEZIER", "ALIGNED", "GENERATED")
    }


def test_a_curve_that_two_keys_can_draw_has_two(addon):
    """A cubic of time is what a curve between two keys with handles is."""
    u = np.linspace(0.0, 1.0, 60)
    values = np.stack([0.3 + u - 2.0 * u**2 + 1.4 * u**3, 0.5 * u**3, 0.2 - u], axis=-1)
    none = np.zeros(60, bool)
    knots = addon.keys.fitting.fitted("XYZ", values, np.full(60, 0.05), none)
    assert np.flatnonzero(knots).tolist() == [0, 59]


def test_what_no_curve_fits_gets_a_key_a_frame(addon, take):
    armature, action, _ = take
    noise = track_of(armature, wandering(np.random.default_rng(5), step=0.5))
    space(addon, take, "REDUCED", 0.1, noise)
    assert degrees(poses(armature), noise.quaternions).max() <= 0.1
    assert max(key_counts(addon, action)) > 0.9 * len(FRAMES)


def test_all_channels_of_a_bone_have_their_keys_on_the_same_frames(addon, take):
    _, action, _ = take
    space(addon, take, "REDUCED")
    frames = {}
    for curve in addon.compat.fcurves(action):
        own = tuple(key.co.x for key in curve.keyframe_points)
        assert frames.setdefault(curve.data_path, own) == own


def test_a_key_a_frame_comes_back_bit_by_bit(addon, take):
    armature, action, _ = take
    names = [bone.name for bone in armature.pose.bones]
    space(addon, take, "EVERY")
    before = {name: keys_of(addon, action, name) for name in names}
    for kind in ("REDUCED", "TWOS", "REDUCED", "EVERY"):
        space(addon, take, kind, 2.0)
    assert {name: keys_of(addon, action, name) for name in names} == before


def test_on_twos_each_pose_is_held_for_two_frames(addon, take):
    armature, _, new = take
    space(addon, take, "TWOS")
    shown = poses(armature)
    assert degrees(shown[::2], new.quaternions[::2]).max() < 0.01
    assert np.array_equal(shown[1:-1:2], shown[0:-2:2])


@pytest.mark.parametrize("kind", ["REDUCED", "TWOS"])
@pytest.mark.parametrize("how", ["value", "type", "interpolation", "handle"])
def test_the_animators_key_is_met_and_kept(addon, take, kind, how):
    """In few keys, too, what somebody changed is led through; nothing else stays behind."""
    armature, action, new = take
    space(addon, take, kind, track=smooth_track(armature, 3))
    bone = armature.pose.bones[0].name
    curve = curve_of(addon, action, bone)
    number = len(curve.keyframe_points) // 2
    key = curve.keyframe_points[number]
    frame, handles = round(key.co.x), tuple(key.handle_right)
    if how == "value":
        key.co.y += 0.4
    elif how == "type":
        key.type = "EXTREME"
    elif how == "interpolation":
        key.interpolation = "LINEAR"
    else:
        key.interpolation, key.handle_right_type = "BEZIER", "FREE"
        key.handle_right = (handles[0], handles[1] + 0.2)
    curve.update()
    value = curve.keyframe_points[number].co.y
    shown = poses(armature, [frame])[0, 0]
    space(addon, take, kind)
    kept = [k for k in curve_of(addon, action, bone).keyframe_points if k.co.x == frame]
    assert [k.co.y for k in kept] == [value]
    assert degrees(poses(armature, [frame])[0, 0], shown) < 1e-3
    if kind == "REDUCED":
        off, reach = degrees(poses(armature), new.quaternions), 12
        assert off[:, 1:].max() <= 1.0
        assert np.delete(off[:, 0], np.s_[frame - 1 - reach : frame + reach]).max() <= 1.0


def test_a_key_set_between_two_keeps_none_but_itself(addon, take):
    """Blender shortens the handles beside a new key: those keys are still ours."""
    armature, action, _ = take
    space(addon, take, "REDUCED", 2.0)
    bone = armature.pose.bones[0]
    curve = curve_of(addon, action, bone.name)
    frames = [key.co.x for key in curve.keyframe_points]
    gap = next(i for i, (a, b) in enumerate(itertools.pairwise(frames)) if b - a > 6)
    new = round(frames[gap]) + 3
    bpy.context.scene.frame_set(new)
    bone.keyframe_insert("rotation_quaternion", frame=new)
    by_hand = ~addon.keys.arrays.is_generated(addon.keys.arrays.read(curve))
    assert [curve.keyframe_points[i].co.x for i in np.flatnonzero(by_hand)] == [new]


def test_locks_and_masks_hold_in_few_keys(addon, take):
    armature, action, new = take
    space(addon, take, "REDUCED", track=smooth_track(armature, 3))
    bone = armature.pose.bones[3].name
    before, masked = poses(armature), keys_of(addon, action, bone)
    armature.gestures_masked.add().name = bone
    lock = armature.gestures_locks.add()
    lock.first, lock.last = 40, 60
    space(addon, take, "REDUCED")
    after = poses(armature)
    assert keys_of(addon, action, bone) == masked
    assert degrees(after, before)[39:60].max() < 0.05
    armature.gestures_locks.clear()
    armature.gestures_masked.clear()
    space(addon, take, "REDUCED")
    assert degrees(poses(armature), new.quaternions).max() <= 1.0  # nothing was left behind


def test_a_reduced_take_that_was_moved_in_time_is_still_generated(addon, take):
    armature, action, new = take
    space(addon, take, "REDUCED")
    for curve in addon.compat.fcurves(action):
        for key in curve.keyframe_points:
            for point in (key.co, key.handle_left, key.handle_right):
                point.x += 1010
        curve.update()
    for _ in range(2):
        space(addon, take, "REDUCED")
        assert tuple(action.frame_range) == (1011, 1130)
        assert degrees(poses(armature, FRAMES + 1010), new.quaternions).max() <= 1.0


def test_a_saved_take_is_still_generated(addon, take, tmp_path):
    space(addon, take, "REDUCED")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "few.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "few.blend"))
    arrays = addon.keys.arrays
    action = next(action for action in bpy.data.actions if addon.keys.actions.is_take(action))
    assert all(
        arrays.is_generated(arrays.read(curve)).all() for curve in addon.compat.fcurves(action)
    )


@pytest.fixture
def played(addon, character):
    """A real gesture on the character, REDUCED as asked: (reduced, every) takes and wrists."""
    solve, reading = addon.retarget.solve, addon.rig.reading
    _, directions, neutral = max(excerpt(), key=lambda clip: len(clip[1]))
    calibration = reading.calibration(character)
    track = solve.retarget(directions, calibration, neutral=neutral, fps=15.0)
    arms = reading.arms(character, calibration.drives)
    action = write_keys(character, track)
    give_settings(action, {"start_frame": 1, "scene_fps": 24.0})

    def shown(kind, degrees_off=2.0):
        space(addon, (character, action, track), kind, degrees_off)
        frames = np.arange(1, action.frame_range[1] + 1)
        wrists = []
        for frame in frames:
            bpy.context.scene.frame_set(int(frame))
            wrists.append([tuple(character.pose.bones[arm.bones[-1]].head) for arm in arms])
        counts = key_counts(addon, action)
        return np.array(wrists), np.mean(counts) / len(frames), arms[0].length

    return shown


@pytest.mark.parametrize("tolerance", [0.5, 2.0])
def test_wrists_are_nowhere_a_centimetre_off(played, tolerance):
    """At 2 degrees, of an arm of 0.59 m; of other arms and tolerances in proportion."""
    few, share, arm = played("REDUCED", tolerance)
    every, _, _ = played("EVERY")
    assert np.linalg.norm(few - every, axis=-1).max() < 0.01 / 0.59 * arm * tolerance / 2.0
    assert share < (0.2 if tolerance == 2.0 else 0.5)


def test_nothing_but_the_wrists_asks_for_more_keys(addon, character, monkeypatch, played):
    """The same without their bound has fewer keys, and wrists beyond it: it is no idle rule."""
    every, _, arm = played("EVERY")
    _, bound, _ = played("REDUCED")
    monkeypatch.setattr(addon.keys.spacing, "WRIST", 1.0)
    loose, free, _ = played("REDUCED")
    assert free < bound
    assert np.linalg.norm(loose - every, axis=-1).max() > 0.017 * arm
