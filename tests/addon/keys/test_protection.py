# SPDX-License-Identifier: GPL-3.0-or-later
"""What the animator keyed, masked or locked stays, and new motion is led through it."""

import math

import bpy
import numpy as np
import pytest
from chains import track_of, wandering
from keyed import FRAMES, degrees, give_settings, keys_of, poses, rewrite, write_keys


def tracks(armature, count=2):
    return [
        track_of(armature, wandering(np.random.default_rng(seed))) for seed in range(7, 7 + count)
    ]


@pytest.fixture
def take(addon, chain):
    """(armature, action, the track to rewrite it with)."""
    first, second = tracks(chain)
    action = write_keys(chain, first)
    give_settings(action, {"start_frame": 1, "scene_fps": 24.0})
    return chain, action, second


def test_without_protection_all_is_new(addon, take):
    armature, action, new = take
    rewrite(addon, armature, action, new)
    assert degrees(poses(armature), new.quaternions).max() < 0.06


def test_a_masked_bone_keeps_its_keys_bit_by_bit(addon, take):
    armature, action, new = take
    bone = armature.pose.bones[3].name
    before, shown = keys_of(addon, action, bone), poses(armature)
    armature.gestures_masked.add().name = bone
    rewrite(addon, armature, action, new)
    assert keys_of(addon, action, bone) == before
    off = degrees(poses(armature), new.quaternions)
    assert off[:, 3].max() > 20
    assert np.delete(off, 3, axis=1).max() < 0.06
    assert degrees(poses(armature), shown)[:, 3].max() == 0.0


def test_locked_frames_keep_keys_and_poses_of_all_bones(addon, take):
    armature, action, new = take
    before = poses(armature)
    keys = {b.name: keys_of(addon, action, b.name) for b in armature.pose.bones}
    lock = armature.gestures_locks.add()
    lock.first, lock.last = 40, 60
    rewrite(addon, armature, action, new)
    after = poses(armature)
    assert np.abs(after - before)[39:60].max() == 0.0
    for bone, curves in keys.items():
        now = keys_of(addon, action, bone)
        assert all(now[channel][39:60] == old[39:60] for channel, old in curves.items())
    reach = int(addon.keys.protection.REACH * 24)
    beyond = np.r_[0 : 39 - reach, 60 + reach : 120]
    assert degrees(after, new.quaternions)[beyond].max() < 0.06


def test_nothing_jumps_beside_a_lock(addon, take):
    """A frame's step is no longer than the motions' own, plus the way led over half a second."""
    armature, action, new = take
    lock = armature.gestures_locks.add()
    lock.first, lock.last = 40, 60
    old = poses(armature)
    rewrite(addon, armature, action, new)
    steps = degrees(*(poses(armature)[s] for s in (slice(1, None), slice(None, -1))))
    own = max(degrees(m[1:], m[:-1]).max() for m in (old, new.quaternions))
    assert steps.max() < own + 1.5 * 180 / (addon.keys.protection.REACH * 24)
    assert degrees(old, new.quaternions)[[39, 59]].max() > 90  # a jump it would be otherwise


@pytest.mark.parametrize("how", ["value", "insert", "type", "interpolation"])
def test_the_animators_key_is_met_and_kept(addon, take, how):
    armature, action, new = take
    bone = armature.pose.bones[0]
    change_key(addon, action, bone, how)
    before, shown = keys_of(addon, action, bone.name), poses(armature, [50])[0, 0]
    rewrite(addon, armature, action, new)
    now = keys_of(addon, action, bone.name)
    assert all(now[channel][49] == old[49] for channel, old in before.items())
    assert degrees(poses(armature, [50])[0, 0], shown) == 0.0
    off = degrees(poses(armature), new.quaternions)
    reach = int(addon.keys.protection.REACH * 24)
    assert off[49, 0] > 5
    assert np.delete(off[:, 0], np.s_[49 - reach : 50 + reach]).max() < 0.06
    assert off[:, 1:].max() < 0.06


def change_key(addon, action, bone, how):
    curve = next(c for c in addon.compat.fcurves(action) if c.array_index == 1)
    assert addon.keys.actions.keyed_bone(curve) == bone.name
    key = curve.keyframe_points[49]
    if how == "value":
        key.co.y += 0.7
    elif how == "type":
        key.type = "EXTREME"
    elif how == "interpolation":
        key.interpolation = "BEZIER"
    else:
        bpy.context.scene.frame_set(50)
        bone.rotation_quaternion = (math.cos(0.6), 0.0, math.sin(0.6), 0.0)
        bone.keyframe_insert("rotation_quaternion", frame=50)
    curve.update()


def test_a_pin_is_met_in_every_rotation_mode(addon, take):
    armature, action, new = take
    shown = poses(armature, [50])
    for curve in addon.compat.fcurves(action):
        curve.keyframe_points[49].type = "EXTREME"
    rewrite(addon, armature, action, new)
    assert degrees(poses(armature, [50]), shown).max() < 1e-3
    steps = degrees(*(poses(armature)[s] for s in (slice(1, None), slice(None, -1))))
    assert steps.max() < 45


def test_a_take_that_was_moved_in_time_is_still_generated(addon, take):
    armature, action, new = take
    for curve in addon.compat.fcurves(action):
        for key in curve.keyframe_points:
            key.co.x += 10
        curve.update()
    for _ in range(2):
        rewrite(addon, armature, action, new)
        assert tuple(action.frame_range) == (11, 130)
        assert degrees(poses(armature, FRAMES + 10), new.quaternions).max() < 0.06


def test_sparse_keys_in_a_lock_keep_their_curve(addon, take):
    """The animator cleaned a stretch: two Bezier keys with nothing between."""
    armature, action, new = take
    for curve in addon.compat.fcurves(action):
        keys = [k.co.copy() for k in curve.keyframe_points]
        curve.keyframe_points.clear()
        for co in (keys[0], keys[44], keys[54], keys[-1]):
            curve.keyframe_points.insert(co.x, co.y).interpolation = "BEZIER"
        curve.update()
    before = poses(armature)
    lock = armature.gestures_locks.add()
    lock.first, lock.last = 40, 60
    rewrite(addon, armature, action, new)
    assert np.abs(poses(armature) - before)[39:60].max() < 1e-6


def test_long_takes_have_fewer_keys_and_stay_within_the_tolerance(addon, chain):
    rng = np.random.default_rng(3)
    slow = np.repeat(wandering(rng), 40, axis=0)
    kernel = np.hanning(81) / np.hanning(81).sum()
    smooth = np.apply_along_axis(lambda x: np.convolve(x, kernel, "same"), 0, slow)[80:-80]
    smooth /= np.linalg.norm(smooth, axis=-1, keepdims=True)
    assert len(smooth) > addon.keys.merging.LONG_TAKE
    action = write_keys(chain, track_of(chain, smooth))
    frames = np.arange(1, len(smooth), 37)
    off = degrees(poses(chain, frames), smooth[frames - 1])
    assert off[:, 0].max() < addon.keys.merging.TOLERANCE + 0.05
    assert off.max() < 0.3
    kept = len(addon.compat.fcurves(action)[0].keyframe_points) / len(smooth)
    assert kept < 0.5
