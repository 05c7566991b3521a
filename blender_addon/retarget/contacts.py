# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping hands out of the body and each other: wrists led around the rig's own proportions.

Directions in, directions out, before joints are measured and limited. A hand that is inside is
moved straight out, towards the front or the side it came from; what it moves by is widened and
smoothed in time, so that it starts before the touch and no speed jumps. The elbow stays as near
to where it was as the arm's lengths allow; the hand keeps its turn. Hands against each other:
see hands.py.

Thickness is taken from shoulders' width (R. Drillis, R. Contini, "Body Segment Parameters",
1966, and NASA-STD-3000, anthropometry: chest depth 0.6, head breadth 0.43, hand 0.08 thick).
Closest points of two segments: C. Ericson, "Real-Time Collision Detection", 2005, 5.1.9.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.angles import torso_frame
from ..body.rotations import Floats
from ..body.skeleton import COLLAR, FINGER, FOREARM, SIDES, SIGN, UPPER_ARM
from ..body.smoothing import gaussian
from . import hands
from .hands import Hand

TRUNK_APART: Final = 0.13  # of the shoulders' width: half the distance of the trunk's two capsules
TRUNK: Final = 0.26  # radii, of the shoulders' width
HEAD: Final = 0.24
PALM: Final = 0.06
FINGERS_RADIUS: Final = 0.035
BACK: Final = np.array([0.0, 1.0, 0.0])
BEHIND: Final = 0.8  # of the radius: pushes start from this far behind the trunk's middle
WIDEN: Final = 0.2  # seconds before and after a touch in which the wrist already gives way
PASSES: Final = 6  # of finding touches and giving way
TURNS: Final = 2  # of leading hands out of the body, then out of each other
CLEAR: Final = 0.01  # of the shoulders' width, kept between hand and body


@dataclass(frozen=True)
class Shape:
    """A rig's proportions at rest, in the body frame, relative to its neck's base.

    width: between the shoulders; hips, neck, crown: (3,) points of the trunk and the head;
    collars, shoulders: side -> (3,); arms: side -> lengths of upper arm, forearm;
    hand: lengths from wrist to knuckles, and of the fingers' first two phalanges and the last.
    hands: side -> what may touch the other one.
    """

    width: float
    hips: Floats
    neck: Floats
    crown: Floats
    collars: dict[str, Floats]
    shoulders: dict[str, Floats]
    arms: dict[str, tuple[float, float]]
    hand: tuple[float, float, float]
    hands: dict[str, Hand] = field(default_factory=dict)


@dataclass(frozen=True)
class Capsule:
    """A segment with a radius: start, end (3,) or (T, 3)."""

    start: Floats
    end: Floats
    radius: float


def corrected(directions: Floats, neutral: Floats, shape: Shape, fps: float) -> Floats:
    """DIRECTIONS (T, 42, 3), body frame, with both hands out of the body of SHAPE and each other.

    neutral: (42, 3) body frame, the pose in which trunk and collars rest.
    """
    torso = torso_frame(directions) @ torso_frame(neutral).T
    local = rot.apply(rot.transposed(torso)[:, None], directions)
    ways: Floats | None = None
    for _ in range(TURNS):
        for side in SIDES:
            _out_of_body(local, neutral, shape, side, fps)
        wrists = _wrists(local, neutral, shape)
        ways = hands.parting(local, shape.hands, wrists, fps) if ways is None else ways
        if ways is None:
            break
        _apart(local, neutral, shape, hands.moves(local, shape.hands, wrists, ways, fps))
    result = directions.copy()
    arms = [bone[side] for side in SIDES for bone in (UPPER_ARM, FOREARM)]
    result[:, arms] = rot.apply(torso[:, None], local[:, arms])
    return result


def _out_of_body(local: Floats, neutral: Floats, shape: Shape, side: str, fps: float) -> None:
    for _ in range(PASSES):
        push = pushes(local, neutral, shape, side)
        if not push.any():
            break
        _lead(local, neutral, shape, side, _widened(push, fps))


def _apart(local: Floats, neutral: Floats, shape: Shape, moves: hands.Wrists) -> None:
    """Lead both wrists in LOCAL by MOVES; how far one arm is too short for, the other one goes."""
    start = _wrists(local, neutral, shape)
    for side, move in zip(SIDES, moves, strict=True):
        _lead(local, neutral, shape, side, move)
    missed = [
        wrist + move - end
        for wrist, move, end in zip(start, moves, _wrists(local, neutral, shape), strict=True)
    ]
    for side, rest in zip(SIDES, reversed(missed), strict=True):
        _lead(local, neutral, shape, side, -rest)


def _wrists(local: Floats, neutral: Floats, shape: Shape) -> hands.Wrists:
    left, right = (joints(local, neutral, shape, side)[2] for side in SIDES)
    return left, right


def overlaps(directions: Floats, neutral: Floats, shape: Shape) -> Floats:
    """How deep the hands are inside each other (T,), in the rig's units."""
    torso = torso_frame(directions) @ torso_frame(neutral).T
    local = rot.apply(rot.transposed(torso)[:, None], directions)
    left, right = _wrists(local, neutral, shape)
    return hands.Pair(local, shape.hands, left - right).overlap(left - right)


def depths(directions: Floats, neutral: Floats, shape: Shape) -> Floats:
    """How deep the hands are inside the body (T, 2), left and right, in the rig's units."""
    torso = torso_frame(directions) @ torso_frame(neutral).T
    local = rot.apply(rot.transposed(torso)[:, None], directions)
    return np.stack([_depth(local, neutral, shape, side) for side in SIDES], axis=-1)


def joints(local: Floats, neutral: Floats, shape: Shape, side: str) -> tuple[Floats, ...]:
    """Shoulder, elbow, wrist, knuckles and fingertips (T, 3), seen from the chest."""
    collar = rot.between(neutral[COLLAR[side]], local[:, COLLAR[side]])
    shoulder = shape.collars[side] + rot.apply(collar, shape.shoulders[side] - shape.collars[side])
    upper, fore = shape.arms[side]
    elbow = shoulder + upper * local[:, UPPER_ARM[side]]
    wrist = elbow + fore * local[:, FOREARM[side]]
    knuckle, first, second = FINGER[side, "middle"]
    palm, middle, last = shape.hand
    knuckles = wrist + palm * local[:, knuckle]
    tips = knuckles + middle * local[:, first] + last * local[:, second]
    return shoulder, elbow, wrist, knuckles, tips


def pushes(local: Floats, neutral: Floats, shape: Shape, side: str) -> Floats:
    """What moves a hand out (T, 3): the longest of what its parts need, zero where it is free."""
    best = np.zeros((len(local), 3))
    longest = np.zeros(len(local))
    for part in _hand(local, neutral, shape, side):
        for capsule in _body(shape):
            way, length = _way_out(part, capsule, CLEAR * shape.width)
            longer = length > longest
            best[longer], longest[longer] = (way * length[:, None])[longer], length[longer]
    return best


def _depth(local: Floats, neutral: Floats, shape: Shape, side: str) -> Floats:
    found = np.zeros(len(local))
    for part in _hand(local, neutral, shape, side):
        for capsule in _body(shape):
            ours, theirs = _closest(part, capsule)
            distance = np.linalg.norm(ours - theirs, axis=-1)
            found = np.maximum(found, part.radius + capsule.radius - distance)
    return found


def _hand(local: Floats, neutral: Floats, shape: Shape, side: str) -> list[Capsule]:
    _, _, wrist, knuckles, tips = joints(local, neutral, shape, side)
    width = shape.width
    palm = Capsule(wrist, knuckles, PALM * width)
    return [palm, Capsule(knuckles, tips, FINGERS_RADIUS * width)]


def _body(shape: Shape) -> list[Capsule]:
    """Two capsules side by side for the trunk, one for the head."""
    aside = np.array([TRUNK_APART * shape.width, 0.0, 0.0])
    radius = TRUNK * shape.width
    low, high = shape.hips, shape.neck - np.array([0.0, 0.0, 0.6 * radius])
    trunk = [Capsule(low + s * aside, high + s * aside, radius) for s in SIGN.values()]
    return [*trunk, Capsule(shape.neck, shape.crown, HEAD * shape.width)]


def _closest(a: Capsule, b: Capsule) -> tuple[Floats, Floats]:
    """The nearest points (T, 3) of two segments, on A and on B."""
    d1, d2, r = a.end - a.start, b.end - b.start, a.start - b.start
    a11, a22, a12 = rot.dot(d1, d1), rot.dot(d2, d2), rot.dot(d1, d2)
    c1, c2 = rot.dot(d1, r), rot.dot(d2, r)
    denominator = np.maximum(a11 * a22 - a12**2, rot.TINY)
    s = np.clip((a12 * c2 - c1 * a22) / denominator, 0.0, 1.0)
    t = np.clip((a12 * s + c2) / np.maximum(a22, rot.TINY), 0.0, 1.0)
    s = np.clip((a12 * t - c1) / np.maximum(a11, rot.TINY), 0.0, 1.0)
    return a.start + s[:, None] * d1, b.start + t[:, None] * d2


def _way_out(part: Capsule, capsule: Capsule, clear: float) -> tuple[Floats, Floats]:
    """Unit directions (T, 3) out of CAPSULE and how far (T,) PART must go, 0 outside."""
    ours, theirs = _closest(part, capsule)
    away, reach = ours - theirs, part.radius + capsule.radius + clear
    # a hand deep inside came from the front: start from behind, never push it out at the back
    front = np.where(away[:, 1:2] < 0.5 * capsule.radius, BEHIND * capsule.radius, 0.0)
    way = rot.unit(away + front * -BACK)
    along, square = rot.dot(away, way), rot.dot(away, away)
    length = np.sqrt(np.maximum(along**2 + reach**2 - square, 0.0)) - along
    return way, np.where(square < reach**2, length, 0.0)


def _widened(push: Floats, fps: float) -> Floats:
    """PUSH (T, 3) spread in time: at least as long everywhere, smooth before and after."""
    length = np.linalg.norm(push, axis=-1)
    reach = max(1, int(np.ceil(WIDEN * fps)))
    padded = np.pad(length, reach, mode="edge")
    wide = np.max([padded[i : i + len(length)] for i in range(2 * reach + 1)], axis=0)
    way = rot.unit(gaussian(push, 1.5 * reach, ends="edge", sigmas=2.5))
    return np.asarray(gaussian(wide[:, None], 0.4 * reach, ends="edge", sigmas=2.5) * way)


def _lead(local: Floats, neutral: Floats, shape: Shape, side: str, move: Floats) -> None:
    """Turn the arm in LOCAL so that its wrist moves by MOVE (T, 3), the elbow hardly."""
    shoulder, elbow, wrist, *_ = joints(local, neutral, shape, side)
    upper, fore = shape.arms[side]
    reach = wrist + move - shoulder
    far = np.linalg.norm(reach, axis=-1, keepdims=True)
    length = np.clip(far, 1.001 * abs(upper - fore) + rot.TINY, 0.9999 * (upper + fore))
    axis = rot.unit(reach)
    along = (upper**2 - fore**2 + length**2) / (2.0 * length)
    off = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    bulge = rot.unit(rot.across(elbow - shoulder + 1e-3 * upper * BACK, axis))
    moved = along * axis + off * bulge
    touched = np.linalg.norm(move, axis=-1) > 1e-9 * shape.width
    local[touched, UPPER_ARM[side]] = rot.unit(moved)[touched]
    local[touched, FOREARM[side]] = rot.unit(length * axis - moved)[touched]
