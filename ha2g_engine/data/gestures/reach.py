# SPDX-License-Identifier: GPL-3.0-or-later
"""The right arm by analytic inverse kinematics: a place for the wrist → the arm's directions.

Two bones and a place leave one freedom, the swivel of the elbow about the line from shoulder to
wrist; it hangs down and outwards as far as ``openness`` says (after Tolani, Goswami & Badler,
"Real-time inverse kinematics techniques for anthropomorphic limbs", 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, joint_positions

Array = NDArray[np.floating[Any]]

UPPER, FORE, HAND = 20, 21, tuple(range(22, 37))  # the right arm's bones
UPPER_LENGTH, FORE_LENGTH = (float(EXPRESSIVE.bone_length[bone]) for bone in (UPPER, FORE))
ARM: Final = UPPER_LENGTH + FORE_LENGTH  # m
STRETCHED: Final = 0.985  # of the arm; a locked elbow looks like a stick
SHARPEST: Final = 148.0  # degrees an elbow bends
NEAREST: Final = float(  # m from shoulder to wrist then, by the law of cosines
    np.sqrt(
        UPPER_LENGTH**2
        + FORE_LENGTH**2
        + 2 * UPPER_LENGTH * FORE_LENGTH * np.cos(np.radians(SHARPEST))
    )
)
ELBOW_DOWN: Final = np.array([-0.12, 1.0, 0.25])  # where an elbow hangs: a bit out, a bit back
HANGING_ELBOW: Final = np.array([0.0, 1.0, 0.25])  # of either arm
HINT: Final = 0.1  # how much a straight arm's elbow follows it
ELBOW_OUT: Final = np.array([-1.0, 0.0, 0.0])
SWING: Final = 0.33  # of ELBOW_OUT to ELBOW_DOWN for each unit of openness
OPENNESS: Final = (-0.3, 2.5)  # beyond, an elbow would be lifted to the shoulder or inside the body
WRIST_BEND: Final = 75.0  # degrees to either side
WRIST_SIDE: Final = (-25.0, 40.0)  # degrees, to the thumb and to the little finger
ROLL: Final = 85.0  # degrees the forearm turns from thumb up
GRETA: Final = np.diag([1.0, -1.0, -1.0])  # her axes (left, up, forward) ↔ ours


def _shoulder(side: str) -> NDArray[np.float64]:
    """(3,) m from the spine joint, on the neutral trunk; the left one's mirror image."""
    joint = EXPRESSIVE.joints.index(f"{side}_shoulder")
    place = joint_positions(NEUTRAL[None], EXPRESSIVE)[0, joint].astype(np.float64)
    return np.asarray(place * (np.array([-1, 1, 1]) if side == "left" else 1))


SHOULDERS: Final = {side: _shoulder(side) for side in ("left", "right")}


@dataclass(frozen=True)
class Arm:
    """The right arm over T frames: unit directions (T, 3) each, and the forearm's axes (T, 3, 3).

    axes: columns are the elbow's hinge, the way from hand to elbow, and their normal, which on a
    hanging arm point left, up and forward.
    """

    upper: NDArray[np.float64]
    fore: NDArray[np.float64]
    axes: NDArray[np.float64]


def reached(wrist: Array, openness: Array, shoulder: Array = SHOULDERS["right"]) -> Arm:
    """The arm whose wrist is at (T, 3) m from the spine joint, as near as its bones allow.

    openness: (T,) how far the elbow is lifted outwards, about 0 to 2. shoulder: (3,) m.
    """
    way = np.asarray(wrist, np.float64) - shoulder
    along = _unit(way)
    upper, fore = two_bones(way, _across(_wanted(openness), along), STRETCHED * ARM)
    return Arm(upper, fore, _forearm_axes(upper, fore))


def two_bones(way: Array, pole: Array, longest: Array | float) -> tuple[Array, Array]:
    """Directions of upper arm and forearm (T, 3) from the shoulder's ``way`` to the wrist, m.

    pole: (T, 3) where the elbow leaves that line, across it; longest: m, or (T, 1), that the
    arm is stretched. What is nearer or further than an arm reaches is reached for.
    """
    along = _unit(way)
    distance = np.clip(np.linalg.norm(way, axis=-1, keepdims=True), NEAREST, longest)
    cosine = (UPPER_LENGTH**2 + distance**2 - FORE_LENGTH**2) / (2 * UPPER_LENGTH * distance)
    sine = np.sqrt(np.maximum(1 - cosine**2, 0))
    upper = cosine * along + sine * _unit(pole)
    return upper, (distance * along - UPPER_LENGTH * upper) / FORE_LENGTH


def _wanted(openness: Array) -> NDArray[np.float64]:
    """(T, 3) where an elbow would hang or be lifted to."""
    return np.asarray(ELBOW_DOWN + SWING * np.clip(openness, *OPENNESS)[:, None] * ELBOW_OUT)


def scaled(motion: Array, home: Array, size: float) -> NDArray[np.float64]:
    """(T, 42, 3) with each wrist so much of its way from where it is at home (42, 3).

    Ways are from the shoulder. The elbow keeps its side, the hand its turn against the forearm
    and its fingers; trunk and head are left.
    """
    result = np.asarray(motion, np.float64).copy()
    for upper, fore in ((3, 4), (UPPER, FORE)):
        hand = list(range(fore + 1, fore + 1 + len(HAND)))
        way, rest = (_way(np.asarray(pose, np.float64), upper, fore) for pose in (motion, home))
        wanted = rest + size * (way - rest)
        turn = _shortest(_unit(way), _unit(wanted))
        pole = turn.apply(_across(result[:, upper], _unit(way)))
        pole += HINT * _across(HANGING_ELBOW, _unit(wanted))  # where an arm is straight
        longest = np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), STRETCHED * ARM)
        before = result[:, fore].copy()
        result[:, upper], result[:, fore] = two_bones(wanted, pole, longest)
        turned = _shortest(before, result[:, fore]).as_matrix()
        result[:, hand] = np.einsum("tij,tbj->tbi", turned, result[:, hand])
    return result


def _way(poses: Array, upper: int, fore: int) -> NDArray[np.float64]:
    """(…, 42, 3) → (…, 3) m from the shoulder to the wrist."""
    return np.asarray(UPPER_LENGTH * poses[..., upper, :] + FORE_LENGTH * poses[..., fore, :])


def _shortest(first: Array, second: Array) -> Rotation:
    """The shortest rotations from unit vectors (T, 3) to others."""
    axis = np.cross(first, second)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = np.arctan2(sine[:, 0], (first * second).sum(-1))[:, None]
    return Rotation.from_rotvec(axis / np.maximum(sine, 1e-12) * angle)


def _across(vectors: Array, axis: Array) -> NDArray[np.float64]:
    """The part of (T, 3) square to unit axes."""
    return np.asarray(vectors - axis * (vectors * axis).sum(-1, keepdims=True))


def _unit(vectors: Array) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _forearm_axes(upper: Array, fore: Array) -> NDArray[np.float64]:
    hinge = np.cross(fore, upper)
    hinge /= np.maximum(np.linalg.norm(hinge, axis=-1, keepdims=True), 1e-9)
    back = -fore
    return np.stack([hinge, back, np.cross(hinge, back)], axis=-1)


def palm_axes(arm: Arm, turn: Rotation) -> NDArray[np.float64]:
    """(T, 3, 3) the palm's frame: columns along the hand, out of the palm, to the thumb.

    turn: T rotations from the hanging hand, in the frame of the forearm. The wrist goes no
    further than wrists do.
    """
    hand = arm.axes @ limited(turn).as_matrix()
    return np.stack([-hand[..., 1], hand[..., 0], hand[..., 2]], axis=-1)


def limited(turn: Rotation) -> Rotation:
    """Turns of the hand against the forearm, each part held within what a wrist does.

    A turn is a roll of the forearm about its own axis, then a swing of the wrist.
    """
    quaternion = turn.as_quat()
    quaternion = np.where(quaternion[:, 3:] < 0, -quaternion, quaternion)
    roll = 2 * np.degrees(np.arctan2(quaternion[:, 1], quaternion[:, 3]))
    rolled = Rotation.from_rotvec(np.radians(roll)[:, None] * np.array([0.0, 1.0, 0.0]))
    swing = (rolled.inv() * turn).as_rotvec(degrees=True)
    swing[:, 0] = np.clip(swing[:, 0], *WRIST_SIDE)
    swing[:, 2] = np.clip(swing[:, 2], -WRIST_BEND, WRIST_BEND)
    swing[:, 1] = 0
    held = np.radians(np.clip(roll, -ROLL, ROLL))[:, None] * np.array([0.0, 1.0, 0.0])
    return Rotation.from_rotvec(held) * Rotation.from_rotvec(swing, degrees=True)
