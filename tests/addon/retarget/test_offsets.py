# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's turns on top of the motion: exact where nothing is corrected, within the limits."""

from dataclasses import replace

import motion_clips
import numpy as np
import pytest
import rig_library as lib
from played import angle, unit
from thrusts import thrust

from blender_addon.body import rotations as rot
from blender_addon.body import skeleton
from blender_addon.retarget import offsets
from blender_addon.retarget.solve import retarget
from blender_addon.rig import reading


def turn(x, y, z):
    return rot.from_vectors(np.radians(np.array([x, y, z])))


def with_offsets(calibration, turns):
    matrices = np.tile(np.eye(3), (len(calibration.bones), 1, 1))
    for bone, matrix in turns.items():
        matrices[calibration.bones.index(bone)] = matrix
    return replace(calibration, offsets=matrices)


def bases(track, bone):
    w, x, y, z = track.quaternions[:, track.bones.index(bone)].T
    vectors = rot.quaternion_vectors(np.stack([w, x, y, z], axis=-1))
    return rot.from_vectors(vectors)


@pytest.fixture(scope="module", params=[*lib.RIGS, *lib.CONTROL_RIGS])
def calibration(request):
    return reading.calibration(lib.build(request.param))


def test_no_offset_changes_nothing(calibration):
    _, directions, neutral = motion_clips.excerpt()[1]
    for limits in ("off", "enforce"):
        asked = {"neutral": neutral, "limits": limits, "contacts": True}
        plain = retarget(directions, calibration, **asked)
        same = retarget(directions, with_offsets(calibration, {}), **asked)
        assert same.violations.counts == plain.violations.counts and same.touches == plain.touches
        # limits change how an arm is turned where it is straight: less than that nowhere
        cosines = np.abs(rot.dot(plain.quaternions, same.quaternions))
        assert np.degrees(2.0 * np.arccos(np.minimum(cosines, 1.0))).max() < 0.5, limits


def test_an_offset_turns_each_bone_about_its_own_axes(calibration):
    """Any bone, twists included: basis = motion @ offset, and no other bone's changes."""
    _, directions, neutral = motion_clips.excerpt()[1]
    random = np.random.default_rng(0)
    plain = retarget(directions, calibration, neutral=neutral)
    for bone in calibration.bones:
        extra = turn(*random.uniform(-15.0, 15.0, 3))
        found = retarget(directions, with_offsets(calibration, {bone: extra}), neutral=neutral)
        assert np.allclose(bases(found, bone), bases(plain, bone) @ extra, atol=2e-5), bone
        for other in calibration.bones:
            if other != bone:
                assert np.allclose(bases(found, other), bases(plain, other), atol=2e-5), other


def test_enforced_limits_hold_with_offsets():
    """Fingers bent back and an elbow overstretched by offsets come to stop at their limits."""
    armature = lib.build("mixamo")
    calibration = reading.calibration(armature)
    _, directions, neutral = motion_clips.excerpt()[1]
    side = {f"mixamorig:LeftHandIndex{i}": turn(60.0, 0.0, 0.0) for i in (1, 2)}
    other = {bone: matrix.T for bone, matrix in side.items()}
    bent_back = 0
    for extra in (side, other):
        loose = retarget(directions, with_offsets(calibration, extra), neutral=neutral)
        kept = retarget(
            directions, with_offsets(calibration, extra), neutral=neutral, limits="enforce"
        )
        assert kept.violations.counts["index_2.L"] > 0
        bent_back += flexion(armature, loose).min() < -30.0
        bends = flexion(armature, kept)  # about the knuckles' line: not quite the joint's hinge
        assert bends.min() > -11.0 and bends.max() < 111.0
    assert bent_back == 1


def flexion(armature, track):
    """Degrees by which the left index finger's middle joint bends, read back from Blender."""
    found = []
    for frame in range(0, len(track.quaternions), 5):
        lib.pose(armature, track, frame)
        names, heads, _ = lib.evaluated(armature)
        at = [names.index(f"mixamorig:LeftHandIndex{i}") for i in (1, 2, 3)]
        first, second = heads[at[1]] - heads[at[0]], heads[at[2]] - heads[at[1]]
        knuckles = [names.index(f"mixamorig:LeftHand{f}1") for f in ("Index", "Pinky")]
        hinge = unit(rot.across(heads[knuckles[1]] - heads[knuckles[0]], unit(first)))
        bend = angle(first[None], rot.across(second, hinge)[None])[0]
        found.append(bend if np.cross(first, second) @ hinge > 0.0 else -bend)
    return np.array(found)


def test_contacts_see_the_offsets():
    """A forearm turned into the belly by an offset is led out of it as one turned by the motion."""
    calibration = reading.calibration(lib.build("mixamo"))
    free = np.tile(skeleton.to_engine(thrust()[:1]), (30, 1, 1))
    assert not retarget(free, calibration, contacts=True).touches
    touched = 0
    for angles in np.vstack([np.diag([90.0] * 3), np.diag([-90.0] * 3)]):
        found = with_offsets(calibration, {"mixamorig:LeftForeArm": turn(*angles)})
        kept, loose = (retarget(free, found, contacts=one) for one in (True, False))
        moved = not np.allclose(kept.quaternions, loose.quaternions, atol=0.01)
        assert moved == bool(kept.touches) and not loose.touches
        touched += moved
    assert 0 < touched < 6


@pytest.mark.parametrize("name", list(lib.RIGS))
def test_a_mirrored_offset_mirrors_the_pose(name):
    armature = lib.build(name)
    calibration, found = reading.calibration(armature), reading.map_for(armature).bone_map
    neutral = mirrored_directions(skeleton.NEUTRAL)
    for role in ("upper_arm", "hand", "index"):
        left, right = (found.get(f"{role}.{side}")[0] for side in "LR")
        extra = turn(10.0, 20.0, -15.0)
        to_bone = [calibration.to_bone[calibration.bones.index(one)] for one in (left, right)]
        both = {left: extra, right: offsets.mirrored(extra, *to_bone)}
        track = retarget(neutral[None], with_offsets(calibration, both))
        lib.pose(armature, track, 0)
        names, heads, _ = lib.evaluated(armature)
        heads = heads @ calibration.axes
        tips = [heads[names.index(found.get(f"pinky.{side}")[-1])] for side in "LR"]
        shoulders = [heads[names.index(found.get(f"upper_arm.{side}")[0])] for side in "LR"]
        arms = [tip - shoulder for tip, shoulder in zip(tips, shoulders, strict=True)]
        size = np.linalg.norm(arms[0])
        assert np.allclose(arms[0] * (-1.0, 1.0, 1.0), arms[1], atol=0.02 * size), role


def mirrored_directions(directions):
    """DIRECTIONS (42, 3), the left side the mirror image of the right."""
    result = directions.copy()
    for i, (parent, child) in enumerate(skeleton.BONES):
        pair = tuple(joint.replace("left_", "right_") for joint in (parent, child))
        if pair in skeleton.BONES and "left_" in parent + child:
            result[skeleton.BONES.index(pair)] = result[i] * (-1.0, 1.0, 1.0)
    middle = [i for i, pair in enumerate(skeleton.BONES) if not any("_" in j for j in pair)]
    result[middle, 0] = 0.0
    return rot.unit(result)
