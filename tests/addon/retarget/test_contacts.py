# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands stay out of the body, and move no less smoothly for it."""

import dataclasses

import motion_clips
import numpy as np
import pytest
import rig_library as lib
from played import Played
from rest_fixtures import mixamo
from thrusts import thrust

from blender_addon.body import angles, skeleton
from blender_addon.body import rotations as rot
from blender_addon.bones import detect
from blender_addon.retarget import contacts
from blender_addon.retarget.calibrate import calibrate
from blender_addon.retarget.solve import retarget
from blender_addon.rig import reading

FPS = 15.0


@pytest.fixture(scope="module")
def shape():
    rest = mixamo()
    found = detect.detect(rest.names, rest.parents)
    return calibrate(rest, found.bone_map).shape


def arm_joints(motion, neutral, shape):
    """Elbows and wrists (T, 4, 3) seen from the chest, by the same proportions."""
    torso = angles.torso_frame(motion) @ angles.torso_frame(neutral).T
    local = rot.apply(rot.transposed(torso)[:, None], motion)
    sides = [contacts.joints(local, neutral, shape, side)[1:3] for side in skeleton.SIDES]
    return np.stack([joint for side in sides for joint in side], axis=1)


def accelerations(motion, neutral, shape):
    """Of elbows and wrists, metres a second squared."""
    joints = arm_joints(motion, neutral, shape)
    return np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).ravel() * FPS**2


@pytest.mark.parametrize("wider", [1.0, 1.35])
def test_real_motion_leaves_the_body_and_stays_smooth(shape, wider):
    """On a slim body little has to be done; on one 35% wider hands sink in everywhere."""
    shape = dataclasses.replace(shape, width=shape.width * wider)
    inside, speeds = np.zeros(2), ([], [])
    for _, directions, neutral in motion_clips.every_clip():
        motion = skeleton.to_body(rot.unit(directions))
        rest = skeleton.to_body(rot.unit(neutral))
        freed = contacts.corrected(motion, rest, shape, FPS)
        for i, one in enumerate((motion, freed)):
            inside[i] += np.maximum(contacts.depths(one, rest, shape), 0.0).sum()
            speeds[i].append(accelerations(one, rest, shape))
    assert inside[0] > 1.0 and inside[1] <= 0.05 * inside[0], inside
    before, after = (np.concatenate(one) for one in speeds)
    assert after.mean() <= 1.10 * before.mean()
    assert np.percentile(after, 99) <= 1.10 * np.percentile(before, 99)


def test_a_hand_thrust_into_the_belly_stops_in_front(shape):
    motion, rest = thrust(), skeleton.to_body(skeleton.NEUTRAL)
    freed = contacts.corrected(motion, rest, shape, FPS)
    before, after = (contacts.depths(one, rest, shape) for one in (motion, freed))
    assert before[:, 0].max() > 0.05 and after.max() < 0.002
    wrists = [arm_joints(one, rest, shape)[:, 1] for one in (motion, freed)]
    moved = np.linalg.norm(wrists[1] - wrists[0], axis=-1)
    assert moved.max() < 2.0 * before.max()
    assert np.all((wrists[1] - wrists[0])[:, 1] < 1e-9)  # to the front
    step = np.linalg.norm(np.diff(wrists[1], axis=0), axis=-1)
    assert step.max() < 1.3 * np.linalg.norm(np.diff(wrists[0], axis=0), axis=-1).max()
    right = skeleton.FOREARM["R"]
    assert np.allclose(freed[:, right], motion[:, right])


def test_what_touches_nothing_is_not_changed(shape):
    motion = np.repeat(skeleton.to_body(skeleton.NEUTRAL)[None], 20, axis=0)
    motion[:, skeleton.UPPER_ARM["L"]] = motion[:, skeleton.FOREARM["L"]] = (0.0, -1.0, 0.0)
    rest = motion[0].copy()
    assert np.allclose(contacts.corrected(motion, rest, shape, FPS), motion, atol=1e-12)


def test_fingers_and_palms_keep_their_turn(shape):
    motion, rest = thrust(), skeleton.to_body(skeleton.NEUTRAL)
    freed = contacts.corrected(motion, rest, shape, FPS)
    arms = [
        bone[side] for side in skeleton.SIDES for bone in (skeleton.UPPER_ARM, skeleton.FOREARM)
    ]
    others = [bone for bone in range(skeleton.N_BONES) if bone not in arms]
    assert np.array_equal(freed[:, others], motion[:, others])
    assert np.allclose(np.linalg.norm(freed, axis=-1), 1.0)


def test_a_posed_rigs_hand_is_outside(shape):
    """Read back from Blender: no joint of the hand is within the trunk's radius of its middle."""
    armature = lib.build("mixamo")
    directions = skeleton.to_engine(thrust())
    axes = reading.calibration(armature).axes
    for contact, inside in ((False, True), (True, False)):
        track = retarget(directions, reading.calibration(armature), contacts=contact)
        assert bool(track.touches) == contact and 0 not in track.touches
        nearest = np.inf
        for frame in range(0, len(directions), 3):
            lib.pose(armature, track, frame)
            names, heads, _ = lib.evaluated(armature)
            heads = heads @ axes
            hips, neck = (heads[names.index(f"mixamorig:{n}")] for n in ("Hips", "Neck"))
            for name in ("LeftHand", "LeftHandMiddle1", "LeftHandMiddle2"):
                hand = heads[names.index(f"mixamorig:{name}")]
                if hand[2] < neck[2] - 0.1:
                    share = (hand[2] - hips[2]) / (neck[2] - hips[2])
                    off = (hand - hips - share * (neck - hips))[:2]
                    off[0] = max(0.0, abs(off[0]) - contacts.TRUNK_APART * shape.width)
                    nearest = min(nearest, np.linalg.norm(off))
        assert (nearest < contacts.TRUNK * shape.width) == inside, nearest


@pytest.mark.parametrize("words", [("UpLeg", "Leg", "Foot"), ("Hand",), ("Head", "Neck"), ()])
def test_any_rig_has_proportions(words):
    rest = mixamo(keep=lambda n: not any(w in n for w in words) or n.endswith("tHand"))
    found = detect.detect(rest.names, rest.parents).bone_map
    shape = calibrate(rest, found).shape
    assert np.all(np.isfinite([*shape.hips, *shape.neck, *shape.crown, *shape.hand, shape.width]))
    assert shape.hips[2] < shape.neck[2] < shape.crown[2]


def test_limits_and_contacts_go_together():
    armature = lib.build("rigify_metarig")
    _, directions, neutral = motion_clips.excerpt()[2]
    free = retarget(directions, reading.calibration(armature), neutral=neutral, contacts=True)
    kept = Played(armature, directions[::10], neutral, limits="enforce")
    assert np.all(np.isfinite(free.quaternions)) and kept.elbows().max() <= 150.1
