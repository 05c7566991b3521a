# SPDX-License-Identifier: GPL-3.0-or-later
"""What arms, hands and fingers do with the voice: beats on its peaks, a slow lift with its phrase.

Arms bend at the elbow's own hinge, hands and fingers about their own axes, so that beats go with
whatever gesture the hands are in.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.poses import ARMS, INDEX, PINKY

Array = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]

INWARD: Final = (-1.0, 1.0)  # times index × pinky: towards the palm, left and right
FORWARD_HINGE: Final = np.array([-1.0, 0.0, 0.0])  # about it a hanging arm swings to the front
STRAIGHT: Final = 0.2  # how much of that axis a bent elbow's hinge has
# degrees that a beat takes the upper arm, forearm and hand down, and closes fingers
BEAT: Final = {"upper": 15.0, "fore": 9.0, "hand": 11.0, "proximal": 14.0, "middle": 16.0}
RAISED: Final = {"upper": 7.0, "fore": 9.0}  # … and the voice alone lifts them
# degrees that a phrase at its height lifts upper arm, forearm and hand, and opens fingers
LIFT: Final = {"upper": 20.0, "fore": 24.0, "hand": 10.0, "proximal": 24.0, "middle": 26.0}
CLOSED: Final = 0.33  # of a phrase's opening, by which fingers are closed before it
MIDDLE: Final = 0.5  # of a phrase's height, about which what gestures sways: it is up already
AT_REST: Final = 0.25  # of its beats an arm that hangs straight makes
UNLIKE: Final = 0.3  # by how much more the one arm beats and lifts than the other


def moved(
    directions: Floats,
    gesture: Floats,
    voice: tuple[Array, Array],
    low: Array,
    mid: Array,
    busy: Array,
    leading: float,
) -> Floats:
    """(T, 42, 3) with beats and lifts of a strength ``low`` and ``mid`` (6,) for each level.

    gesture: (T, 42, 3) what the arms are in, in full, by which they hinge: however little of it is
    shown, so that no forearm's style moves an upper arm. voice: beat and phrase, (T,) as in
    ``Heard``. busy: (T, 6) how far each level is in a gesture, 0 to 1. leading: how much more the
    right arm does, -1 to 1.
    """
    result = directions.copy()
    for side, (upper, fore, hand) in enumerate(ARMS):
        share = 1 + UNLIKE * leading * (1 if side else -1)
        down, up = (heard * share for heard in voice)
        down = down * _share_of_beats(gesture[:, upper], gesture[:, fore])
        hinge = _hinge(gesture[:, upper], gesture[:, fore])
        lifted = mid * (up[:, None] - MIDDLE * busy)
        _bend_arm(result, (upper, fore, list(hand)), hinge, (down, up), low, lifted)
        _bend_fingers(result, list(hand), INWARD[side], down, up, low, mid)
    return result


def _bend_arm(
    motion: Floats,
    arm: tuple[int, int, list[int]],
    hinge: Floats,
    voice: tuple[Array, Array],
    low: Array,
    lifted: Array,
) -> None:
    """Each joint turns what hangs on it. lifted: (T, 6) how high a phrase lifts each level."""
    upper, fore, hand = arm
    down, up = voice
    lift = LIFT["upper"] * lifted[:, 1] + RAISED["upper"] * low[1] * up
    fore_lift = LIFT["fore"] * lifted[:, 2] + RAISED["fore"] * low[2] * up
    shoulder = _about(hinge, lift - BEAT["upper"] * low[1] * down)
    elbow = shoulder * _about(hinge, fore_lift - BEAT["fore"] * low[2] * down)
    wrist = elbow * _about(hinge, LIFT["hand"] * lifted[:, 3] - BEAT["hand"] * low[3] * down)
    motion[:, upper] = shoulder.apply(motion[:, upper])
    motion[:, fore] = elbow.apply(motion[:, fore])
    for bone in hand:
        motion[:, bone] = wrist.apply(motion[:, bone])


def _bend_fingers(
    motion: Floats, hand: list[int], inward: float, down: Array, up: Array, low: Array, mid: Array
) -> None:
    """Fingers close on beats and open with the phrase; the thumb, last, keeps out of it."""
    palm = inward * np.cross(motion[:, hand[INDEX]], motion[:, hand[PINKY]])
    first = BEAT["proximal"] * low[4] * down - LIFT["proximal"] * mid[4] * (up - CLOSED)
    second = BEAT["middle"] * low[5] * down - LIFT["middle"] * mid[5] * (up - CLOSED)
    for place in range(0, 12, 3):
        knuckle, proximal, middle = (hand[place + i] for i in range(3))
        axis = _unit(np.cross(motion[:, knuckle], palm))
        motion[:, proximal] = _about(axis, first).apply(motion[:, proximal])
        motion[:, middle] = _about(axis, first + second).apply(motion[:, middle])


def _hinge(upper: Array, fore: Array) -> Floats:
    """(T, 3) the axis about which an elbow bends, a straight one to the front."""
    return _unit(np.cross(upper, fore) + STRAIGHT * FORWARD_HINGE)


def _share_of_beats(upper: Array, fore: Array) -> Floats:
    """(T,) how much a bent arm beats, 1, and a straight one."""
    bent = np.linalg.norm(np.cross(upper, fore), axis=-1)
    return np.asarray(AT_REST + (1 - AT_REST) * np.minimum(bent, 1.0), np.float64)


def _about(axis: Array, degrees: Array) -> Rotation:
    return Rotation.from_rotvec(np.radians(degrees)[:, None] * axis)


def _unit(vectors: Array) -> Floats:
    return np.asarray(
        vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6), np.float64
    )
