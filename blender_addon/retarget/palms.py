# SPDX-License-Identifier: GPL-3.0-or-later
"""How a hand lies at rest of which a rig has too few fingers to show its palm.

Two fingers show a palm. One shows where the hand points; how it is turned about that line is
then weighed from what is left: where the thumb points, and how hands usually rest. Where a
thumb begins says little: rigs put its joint 5 to 40 degrees from the palm's plane, while its
first bone points 46 to 49 degrees out of it in every rig that was measured, and in the motion's
own skeleton.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.angles import PALM, hand_frame
from ..body.rotations import Floats
from ..body.skeleton import FINGER, FINGERS, LENGTHS, NEUTRAL, SIGN, to_body

SURE_THUMB: Final = 5.0  # degrees by which the first of a thumb's bones errs about the hand's line
LOOSE_THUMB: Final = 30.0  # the joint of a thumb of one bone, or one that begins at the wrist
RESTING: Final = 10.0  # the custom of resting palms down, or to the thigh
STEPS: Final = 5  # to a turn that no longer changes: each leaves a tenth of the error


def hand_at_rest(
    side: str,
    along: Floats,
    finger: str | None,
    back: Floats,
    thumb: tuple[tuple[int, ...], Floats] | None,
) -> Floats:
    """The hand's frame (3, 3) at rest, as `hand_frame` of index and little finger would be.

    along: (3,) from the wrist to the knuckle of the only FINGER, else where the forearm points;
    back: (3,) where the back of a hand on SIDE usually faces at rest; thumb: which of a thumb's
    bones (0: from the wrist to its joint, 1: its first) are known, and where together they
    point (3,). All in the body frame.
    """
    model, own = _model(side)
    usual = own.T @ model[FINGER[side, finger][0]] if finger else np.array([1.0, 0.0, 0.0])
    start = np.asarray(rot.between(usual, along))
    known = [(np.array([0.0, -1.0, 0.0]), back, RESTING)]
    if thumb:
        bones, pointing = thumb
        rows = [FINGER[side, FINGERS[0]][bone] for bone in bones]
        expected = rot.unit(np.einsum("ki,k->i", model[rows], LENGTHS[rows]))
        known.append((own.T @ expected, pointing, SURE_THUMB if bones == (1,) else LOOSE_THUMB))
    hand = start
    for _ in range(STEPS):  # the finger stays where it is; what is known is seen along the hand
        turn = sum(_turn(usual, hand.T @ seen) / error**2 for usual, seen, error in known)
        hand = np.asarray(rot.from_vectors(float(np.angle(turn)) * along) @ hand)
    return hand


def _model(side: str) -> tuple[Floats, Floats]:
    """The motion's own skeleton: its mean directions (42, 3), its hand's frame (3, 3)."""
    model = to_body(NEUTRAL)
    return model, hand_frame(model[None], side, PALM[side])[0]


def usual_back(side: str, forearm: Floats) -> Floats:
    """Where the back of the hand faces: up in a T-pose, away from the thigh when the arm hangs."""
    return rot.unit(rot.across(np.array([SIGN[side], 0.0, 1.0]), forearm))


def knuckles(side: str, hand: Floats) -> dict[str, Floats]:
    """Where the knuckles of index and little finger lie from the wrist in a HAND's frame."""
    model, own = _model(side)
    return {f: hand @ own.T @ model[FINGER[side, f][0]] for f in PALM[side]}


def _turn(expected: Floats, seen: Floats) -> complex:
    """The turn about the hand's line from EXPECTED to SEEN, both in its frame, of length 1."""
    turn = complex(*seen[1:]) * complex(*expected[1:]).conjugate()
    return turn / abs(turn) if abs(turn) > rot.TINY else 0j
