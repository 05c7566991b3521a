# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks that MediaPipe found in renderings of known poses → those poses."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from shared_folder import ROOT

from ha2g_engine.body.poses import ARMS, HANDS
from ha2g_engine.body.skeleton import BONES, NEUTRAL
from ha2g_engine.gestures.homes import homes
from ha2g_engine.pictures import landmarks
from ha2g_engine.pictures.posing import JOINTS, posed

PEOPLE = ROOT / "tests/fixtures/people"
BODY = [0, 1, 2, 3, 4, 20, 21, 37, 38, 39, 40, 41]
LIMBS = [3, 4, 20, 21]


def degrees(one, two):
    return np.degrees(np.arccos(np.clip((one * two).sum(axis=-1), -1, 1)))


@pytest.fixture(scope="module")
def found():
    return landmarks.load(PEOPLE / "landmarks.npz")


@pytest.fixture(scope="module")
def truth():
    with np.load(PEOPLE / "truth.npz") as file:
        true = file["directions"].astype(np.float64)
    return true / np.linalg.norm(true, axis=-1, keepdims=True)


def turned(one, rotation):
    """What another camera sees of the same person."""
    matrix = rotation.as_matrix()
    return replace(one, body=one.body @ matrix.T, hands=one.hands @ matrix.T)


def unseen(one, *points):
    seen = one.seen.copy()
    seen[list(points)] = 0
    return replace(one, seen=seen)


def test_the_pose_is_the_one_that_was_rendered(found, truth):
    poses = [posed(one) for one in found]
    away = np.array([degrees(p.directions, t) for p, t in zip(poses, truth, strict=True)])
    seen = np.array([p.bones for p in poses])
    assert away[:, BODY][seen[:, BODY]].mean() < 20
    hands = [away[i, list(HANDS[s])] for i, p in enumerate(poses) for s in (0, 1) if p.sees_hand(s)]
    assert len(hands) > 10
    assert np.mean(hands) < 30


def test_left_and_right_are_never_exchanged(found, truth):
    for one, true in zip(found, truth, strict=True):
        mine = posed(one).directions[LIMBS]
        assert degrees(mine, true[LIMBS]).mean() < degrees(mine, true[[20, 21, 3, 4]]).mean() + 15


def test_directions_are_unit_and_hands_hang_together(found):
    for one in found:
        pose = posed(one)
        assert np.allclose(np.linalg.norm(pose.directions, axis=1), 1, atol=1e-5)
        assert pose.directions.dtype == np.float32


@pytest.mark.parametrize("turn", [(0, 25, 0), (0, -40, 0), (12, 0, 0), (-15, 0, 8), (6, 20, -4)])
def test_where_the_camera_stands_does_not_change_the_pose(found, turn):
    for one in found:
        other = turned(one, Rotation.from_euler("xyz", turn, degrees=True))
        assert degrees(posed(other).directions, posed(one).directions).max() < 1


def test_somebody_upright_who_faces_the_camera_is_neutral(found):
    """Shoulders level across the picture, the trunk as it is in the data."""
    for one in found:
        directions = posed(one).directions
        across = directions[1] - directions[2]
        assert across[0] > 1
        assert abs(across[2]) < 0.35
        assert degrees(directions[0], NEUTRAL[0]) < 20


def test_what_is_not_seen_is_at_rest_and_says_so(found):
    one = unseen(replace(found[0], hands_seen=np.zeros(2, np.float32)), 13, 15, 17, 19)
    pose = posed(one)
    assert not pose.sees_arm(0)
    assert pose.sees_arm(1)
    assert not pose.joints[JOINTS["left_elbow"]]
    left = [bone for bone, (parent, child) in enumerate(BONES) if "left_elbow" in (parent, child)]
    assert not pose.bones[left].any()
    assert np.allclose(pose.directions[left], homes().poses["hanging"][left], atol=1e-5)


def test_a_hand_that_is_not_seen_follows_its_forearm(found):
    for one in found:
        pose = posed(replace(unseen(one, 17, 18, 19, 20), hands_seen=np.zeros(2, np.float32)))
        for _, fore, hand in ARMS:
            palm = pose.directions[[hand[0], hand[6]]].mean(axis=0)
            assert degrees(palm / np.linalg.norm(palm), pose.directions[fore]) < 45


def test_a_mirror_image_is_the_pose_the_other_way_round(found):
    swap = np.arange(33)
    for left in (1, 2, 3):
        swap[[left, left + 3]] = left + 3, left
    for left in range(7, 32, 2):
        swap[[left, left + 1]] = left + 1, left
    for one in found:
        flip = np.array([-1, 1, 1], np.float32)
        other = replace(
            one, body=one.body[swap] * flip, seen=one.seen[swap],
            hands=one.hands[::-1] * flip, hands_seen=one.hands_seen[::-1],
        )  # fmt: skip
        theirs, mine = posed(other), posed(one)
        for a, b in ((3, 20), (4, 21), (0, 0)):
            assert degrees(theirs.directions[a], mine.directions[b] * flip) < 6
            assert theirs.bones[a] == mine.bones[b]


def test_landmarks_are_read_back_as_they_were_kept(found, tmp_path):
    landmarks.save(tmp_path / "kept.npz", found[:2])
    again = landmarks.load(tmp_path / "kept.npz")
    assert len(again) == 2
    assert again[1].people == found[1].people
    assert np.array_equal(again[1].body, found[1].body)
