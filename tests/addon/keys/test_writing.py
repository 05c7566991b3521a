# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys in each rotation mode, read back from the evaluated armature; actions are kept."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from chains import FRAMES, MODES, track_of, wandering
from keyed import give_settings, settings_of, write_keys


@pytest.fixture
def track(chain):
    return track_of(chain, wandering(np.random.default_rng(3)))


def worst_error(armature, quaternions, start):
    """Degrees between what Blender shows and QUATERNIONS, the largest."""
    import bpy

    worst = 0.0
    for number, row in enumerate(quaternions):
        bpy.context.scene.frame_set(start + number)
        for bone, wanted in zip(armature.pose.bones, row, strict=True):
            shown = np.array(bone.matrix_basis.to_quaternion())
            shown = shown if shown @ wanted > 0 else -shown
            worst = max(worst, 2 * math.asin(min(1.0, np.linalg.norm(shown - wanted) / 2)))
    return math.degrees(worst) * 2


def test_every_rotation_mode_shows_the_rotations(addon, chain, track):
    action = write_keys(chain, track, start_frame=5)
    assert worst_error(chain, track.quaternions, 5) < 0.01
    assert tuple(action.frame_range) == (5, 5 + FRAMES - 1)
    assert [bone.rotation_mode for bone in chain.pose.bones] == list(MODES)


def test_nothing_jumps_in_any_mode(addon, chain, track):
    """Between keys the curves are straight lines: no turn may hide in a jump of 360 degrees."""
    action = write_keys(chain, track)
    for curve in addon.compat.fcurves(action):
        if "rotation_axis_angle" in curve.data_path or "euler" in curve.data_path:
            values = np.array([key.co.y for key in curve.keyframe_points])
            assert np.abs(np.diff(values)).max() < math.pi, curve.data_path


def test_keys_are_straight_lines_on_whole_frames(addon, chain, track):
    action = write_keys(chain, track)
    keys = addon.compat.fcurves(action)[0].keyframe_points
    assert {key.interpolation for key in keys} == {"LINEAR"}
    assert [key.co.x for key in keys] == list(range(1, FRAMES + 1))


def test_only_bones_of_the_track_are_keyed(addon, chain, track):
    track.bones, track.quaternions = track.bones[:2], track.quaternions[:, :2]
    action = write_keys(chain, track)
    assert len(addon.compat.fcurves(action)) == 8


def test_a_motion_without_rotation_has_keys_in_every_mode(addon, chain):
    still = np.zeros((FRAMES, len(MODES), 4))
    still[..., 0] = 1.0
    write_keys(chain, track_of(chain, still))
    assert worst_error(chain, still, 1) < 1e-6


def test_the_scene_rate_is_met_and_the_first_frame_stays(addon, chain):
    import bpy

    from blender_addon.retarget.solve import PoseTrack

    quaternions = wandering(np.random.default_rng(4), step=0.03)
    track = PoseTrack(track_of(chain, quaternions).bones, quaternions, 15.0, None)
    action = write_keys(chain, track, fps=30.0)
    assert tuple(action.frame_range) == (1, 1 + 2 * (FRAMES - 1))
    for number in (0, 7, FRAMES - 1):
        bpy.context.scene.frame_set(1 + 2 * number)
        shown = np.array(chain.pose.bones[0].matrix_basis.to_quaternion())
        assert abs(shown @ quaternions[number, 0]) > 1 - 1e-6


def test_an_earlier_take_is_kept_as_it_was(addon, chain, track):
    first = write_keys(chain, track, name="a")
    give_settings(first, {"seed": 1})
    write_keys(chain, track, name="b")
    assert first.use_fake_user
    assert chain.animation_data.action.name == "b"
    assert not chain.animation_data.nla_tracks
    assert settings_of(first) == {"seed": 1}


def test_an_action_of_the_animator_goes_on_below_the_take(addon, chain, track):
    """Their leg keeps moving, on and beside the take's frames; their action is untouched."""
    import bpy

    chain.location = (1, 2, 3)
    chain.keyframe_insert("location", frame=1)
    chain.location = (9, 2, 3)
    chain.keyframe_insert("location", frame=201)
    theirs = chain.animation_data.action
    before = keys_of(addon, theirs)
    write_keys(chain, track, name="b", start_frame=50)
    assert keys_of(addon, theirs) == before
    for frame, x in ((1, 1.0), (101, 5.0), (201, 9.0)):
        bpy.context.scene.frame_set(frame)
        assert chain.location.x == pytest.approx(x, abs=1e-4)
    bpy.context.scene.frame_set(50 + 60)
    shown = np.array(chain.pose.bones[0].matrix_basis.to_quaternion())
    assert abs(shown @ track.quaternions[60, 0]) > 1 - 1e-6


def keys_of(addon, action):
    return [
        (curve.data_path, curve.array_index, tuple(tuple(k.co) for k in curve.keyframe_points))
        for curve in addon.compat.fcurves(action)
    ]


def test_a_take_gets_the_next_free_number(addon):
    import bpy

    assert addon.keys.actions.unused_take_name("jfk") == "jfk take 1"
    bpy.data.actions.new("jfk take 1")
    assert addon.keys.actions.unused_take_name("jfk") == "jfk take 2"
    long = addon.keys.actions.unused_take_name("語" * 90)
    assert bpy.data.actions.new(long).name == long


def test_a_linked_armature_is_refused(addon):
    linked = SimpleNamespace(name="Bob", library=object(), animation_data=None)
    with pytest.raises(addon.errors.GestureError, match="override"):
        addon.keys.actions.check_writable(linked)


def test_600_seconds_of_53_bones_are_written_in_seconds(addon):
    """foreach_set, not keyframe_insert: 14,400 frames."""
    import time

    import bpy

    bpy.ops.object.armature_add()
    armature = bpy.context.object
    quaternions = np.tile(wandering(np.random.default_rng(5))[:, :1], (120, 1, 1))
    begin = time.perf_counter()
    track = SimpleNamespace(bones=("Bone",), quaternions=quaternions, fps=24.0)
    write_keys(armature, track)
    assert time.perf_counter() - begin < 1.0
