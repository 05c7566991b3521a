# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint angles from directions: known bends come back, impossible ones are counted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ha2g_engine.body import anatomy
from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, skeleton, unit
from ha2g_engine.data import clips

LEFT = np.array([1.0, 0.0, 0.0])
DOWN = np.array([0.0, 1.0, 0.0])
FORWARD = np.array([0.0, 0.0, -1.0])
NAMES = EXPRESSIVE.bone_names


def pose(**bones):
    """The neutral pose with some bones set; names with > written as _to_."""
    directions = NEUTRAL.copy()
    for name, direction in bones.items():
        directions[NAMES.index(name.replace("_to_", ">"))] = direction
    return unit(directions)[None]


def level_trunk():
    """Upright, collars level: its frame is the world's."""
    return {"spine_to_neck": -DOWN, "neck_to_left_shoulder": LEFT, "neck_to_right_shoulder": -LEFT}


def flat_hand(finger_bend=0.0, knuckle_bend=0.0):
    """The left hand forwards, palm down, fingers bent by degrees."""
    bones = {}
    spread = {"index": -0.2, "middle": -0.07, "ring": 0.07, "pinky": 0.2}
    for finger, side in spread.items():
        way = np.array([side, 0, -1.0]) / np.hypot(side, 1)
        axis = np.cross(way, DOWN)
        directions = [
            Rotation.from_rotvec(np.radians(angle) * axis).apply(way)
            for angle in (0.0, knuckle_bend, knuckle_bend + finger_bend)
        ]
        first = f"left_{finger}"
        bones[f"left_wrist_to_{first}_1"] = directions[0]
        bones[f"{first}_1_to_{first}_2"] = directions[1]
        bones[f"{first}_2_to_{first}_3"] = directions[2]
    return {"left_elbow_to_left_wrist": FORWARD, **bones}


def test_fingers_bend_towards_the_palm():
    found = anatomy.angles(pose(**flat_hand(30.0, 50.0)), EXPRESSIVE)
    for finger in anatomy.FINGERS:
        assert found[f"left {finger} finger bend"][0] == pytest.approx(30, abs=0.5)
        assert found[f"left {finger} knuckle bend"][0] == pytest.approx(50, abs=0.5)
        assert found[f"left {finger} finger sideways"][0] == pytest.approx(0, abs=0.5)
    assert found["left wrist bend"][0] == pytest.approx(0, abs=0.5)


def test_fingers_bent_backwards_are_beyond_their_range():
    fine = anatomy.violations(pose(**flat_hand(60.0, 60.0)), EXPRESSIVE)
    wrong = anatomy.violations(pose(**flat_hand(-40.0, 0.0)), EXPRESSIVE)
    for finger in anatomy.FINGERS:
        assert fine[f"left {finger} finger bend"] == 0
        assert wrong[f"left {finger} finger bend"] == 1


def test_elbow_and_upper_arm():
    def arm(fore):
        bones = {"left_shoulder_to_left_elbow": DOWN, "left_elbow_to_left_wrist": fore}
        return anatomy.angles(pose(**level_trunk(), **bones), EXPRESSIVE)

    ahead = arm(FORWARD)
    assert ahead["left elbow bend"][0] == pytest.approx(90, abs=0.1)
    assert ahead["left upper arm turn"][0] == pytest.approx(0, abs=0.1)
    assert arm(-LEFT)["left upper arm turn"][0] == pytest.approx(90, abs=0.1)  # across the belly
    backwards = pose(**level_trunk(), left_shoulder_to_left_elbow=DOWN,
                     left_elbow_to_left_wrist=unit(np.float32([0.3, 0.3, 0.9])))  # fmt: skip
    assert anatomy.violations(backwards, EXPRESSIVE)["left upper arm turn"] == 1
    assert np.isnan(arm(DOWN)["left upper arm turn"][0])


@pytest.mark.parametrize(("axis", "name"), [(LEFT, "bend"), (-DOWN, "turn"), (-FORWARD, "lean")])
def test_the_head_turns(axis, name):
    bones = {f.replace(">", "_to_"): Rotation.from_rotvec(0.5 * axis).apply(NEUTRAL[NAMES.index(f)])
             for f in anatomy.FACE}  # fmt: skip
    found = anatomy.angles(pose(**bones), EXPRESSIVE)
    turned = np.array([found[f"neck {n}"][0] for n in ("bend", "turn", "lean")])
    assert np.degrees(0.5) == pytest.approx(np.linalg.norm(turned), abs=0.1)
    assert found[f"neck {name}"][0] > 25


def test_both_sides_are_alike():
    random = np.random.default_rng(0)
    motion = unit((NEUTRAL + 0.2 * random.standard_normal((50, 42, 3))).astype(np.float32))
    here = anatomy.angles(motion, EXPRESSIVE)
    there = anatomy.angles(clips.mirrored(motion), EXPRESSIVE)
    for name, values in here.items():
        side, _, joint = name.partition(" ")
        if side in anatomy.SIGN:
            other = {"left": "right", "right": "left"}[side]
            np.testing.assert_allclose(there[f"{other} {joint}"], values, atol=0.05)


def test_real_motion_is_within_the_ranges(golden):
    from ha2g_engine.data.convert.smartbody import sources

    folder = golden.parent / "data" / "smartbody_gestures"
    motion = np.concatenate([source.directions for source in sources(folder)])
    shares = anatomy.violations(motion, EXPRESSIVE)
    assert np.mean(list(shares.values())) < 0.006
    assert max(shares.values()) < 0.08


def test_the_gesture_skeleton_shows_torso_and_arms():
    table = skeleton("gesture")
    shares = anatomy.violations(table.neutral[None], table)
    assert set(shares) == {"torso bend", "torso lean", "left elbow bend", "right elbow bend",
                           "left upper arm turn", "right upper arm turn"}  # fmt: skip
    assert not any(shares.values())
