# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping hands out of each other: spheres along palms and fingers, both wrists led apart.

Hands that overlap are moved straight apart, whole, in the direction that needs least; which one
that is changes slowly, and what they move by is widened and smoothed, so that nothing jumps.
Fingers keep their turn, so hands that rest on each other go on doing so, skin on skin.

The direction over time is the cheapest path through a few that are tried on every second frame
(A. Viterbi, "Error bounds for convolutional codes", 1967). Thickness is taken from the hand's
length: fingers 17 mm, palms 28 mm, hands 190 mm (NASA-STD-3000, anthropometry).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from ..body import rotations as rot
from ..body.angles import COUPLING, hand_frame
from ..body.rotations import Floats
from ..body.skeleton import FINGER, FINGERS, LENGTHS, NEUTRAL, SIDES, to_body
from ..body.smoothing import gaussian

Wrists: TypeAlias = tuple[Floats, Floats]  # left and right, (T, 3) each
FINGER_RADIUS: Final = 0.045  # of a hand's length
PALM_RADIUS: Final = 0.07
NEXT_PHALANX: Final = 0.8  # of the one before: how long one is that a rig has no joints for
ALONG_PALM: Final = (1 / 3, 2 / 3)  # where spheres sit between wrist and knuckle
ALONG_FINGER: Final = ((0.0, 1 / 3, 2 / 3), (0.0, 0.5), (0.0, 0.5, 1.0))  # and on its phalanges
TRIED: Final = np.array(  # where the left hand may give way: 26 directions, unit
    [
        np.array(d) / np.linalg.norm(d)
        for d in itertools.product((-1.0, 0.0, 1.0), repeat=3)
        if any(d)
    ]
)
OWN_SIDE: Final = 2.0  # by how much dearer it is to part against the way from wrist to wrist
MOVING: Final = 3.0  # by how much dearer it is to go on than to stay for a frame
TURNING: Final = 0.05  # hand's lengths that a change of direction by 90 degrees costs
STEEPEST: Final = 0.4  # 1 - cos that it changes by at once: what lies between is gone through
AHEAD: Final = 0.1  # hand's lengths that each direction is tried for where hands are near
EVERY: Final = 2  # frames from one choice of direction to the next
SLOW: Final = 0.2  # seconds over which the direction turns
WIDEN: Final = 0.2  # seconds before and after a touch in which the wrists already give way
FURTHEST: Final = 0.6  # hand's lengths that hands part at most: more would be another gesture
PASSES: Final = 4  # of finding what overlaps and giving way
SKIPS: Final = 12  # spheres behind one another that a hand may have to pass on its way out
FORTH: Final = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True)
class Hand:
    """A rig's hand.

    palm: the two fingers that tell its frame; fingers: F of them; knuckles: (F, 3) from the
    wrist as that frame sees them; phalanges: (F, 3) lengths; length: from wrist to fingertips.
    """

    palm: tuple[str, str]
    fingers: tuple[str, ...]
    knuckles: Floats
    phalanges: Floats
    length: float


def measured(
    side: str, palm: tuple[str, str], frame: Floats, joints: Mapping[str, Floats], length: float
) -> Hand:
    """The hand on SIDE whose fingers have JOINTS (k, 3) from the wrist, at rest in FRAME (3, 3).

    length: of a hand without any finger; such a one is made up as the motion's own skeleton.
    """
    known = {finger: joints[finger] for finger in FINGERS if len(joints.get(finger, ()))}
    if not known:
        return _made_up(side, palm, length)
    knuckles = np.stack([points[0] @ frame for points in known.values()])
    own = _made_up(side, palm, float(np.linalg.norm(knuckles, axis=-1).max()) / 0.5)
    rows = [own.phalanges[FINGERS.index(f)] for f in known]
    phalanges = np.stack([_phalanges(p, r) for p, r in zip(known.values(), rows, strict=True)])
    whole = np.linalg.norm(knuckles, axis=-1) + phalanges.sum(axis=-1)
    return Hand(palm, tuple(known), knuckles, phalanges, float(whole.max()))


def _phalanges(joints: Floats, usual: Floats) -> Floats:
    """Lengths (3,) of a finger's phalanges: between JOINTS (k, 3), else in proportion, or USUAL."""
    if len(joints) < 2:
        return usual
    found = list(np.linalg.norm(np.diff(joints[:3], axis=0), axis=-1))
    while len(found) < 3:
        found.append(NEXT_PHALANX * found[-1])
    return np.array(found)


def _made_up(side: str, palm: tuple[str, str], length: float) -> Hand:
    """The motion's own hand, LENGTH from wrist to fingertips."""
    model = to_body(NEUTRAL)
    frame = hand_frame(model[None], side, palm)[0]
    bones = np.array([FINGER[side, finger] for finger in FINGERS])  # (5, 3)
    phalanges = LENGTHS[bones[:, 1:]]
    phalanges = np.concatenate([phalanges, NEXT_PHALANX * phalanges[:, 1:]], axis=-1)
    knuckles = model[bones[:, 0]] * LENGTHS[bones[:, :1]] @ frame
    scale = length / float((LENGTHS[bones[:, 0]] + phalanges.sum(axis=-1)).max())
    return Hand(palm, FINGERS, scale * knuckles, scale * phalanges, length)


# --- where a hand is ------------------------------------------------------------------------


def spheres(local: Floats, hand: Hand, side: str) -> tuple[Floats, Floats]:
    """Centres (T, N, 3) from the wrist and radii (N,) of HAND as the directions LOCAL pose it."""
    frame = hand_frame(local, side, hand.palm)
    centres, radii = [np.zeros((len(local), 3))], [PALM_RADIUS]
    for i, finger in enumerate(hand.fingers):
        knuckle = rot.apply(frame, hand.knuckles[i])
        centres += [share * knuckle for share in ALONG_PALM]
        radii += [PALM_RADIUS] * len(ALONG_PALM)
        start = knuckle
        for steps, way, size in zip(
            ALONG_FINGER, _pointing(local, side, finger), hand.phalanges[i], strict=True
        ):
            centres += [start + step * size * way for step in steps]
            radii += [FINGER_RADIUS] * len(steps)
            start = start + size * way
    return np.stack(centres, axis=1), hand.length * np.array(radii)


def _coarse(count: int) -> list[bool]:
    """Which of COUNT spheres are enough to choose a direction: wrist, knuckles, joints, tips."""
    steps = [step in (0.0, 1.0) for part in ALONG_FINGER for step in part]
    finger = [False, True, *steps]
    return [True, *(finger * ((count - 1) // len(finger)))]


def _pointing(local: Floats, side: str, finger: str) -> tuple[Floats, Floats, Floats]:
    """Where FINGER's phalanges point (T, 3); the last one is not given and bends on."""
    _, first, second = (local[:, bone] for bone in FINGER[side, finger])
    bend = rot.to_vectors(rot.between(first, second))
    return first, second, rot.apply(rot.from_vectors(COUPLING * bend), second)


class Pair:
    """Both hands over time, as far as they could touch.

    near: (T,) whether they could: only those n frames are looked at.
    """

    def __init__(self, local: Floats, hands: Mapping[str, Hand], between: Floats) -> None:
        self.length = 0.5 * sum(hand.length for hand in hands.values())
        self.near = np.linalg.norm(between, axis=-1) < 2.0 * self.length
        (self._left, left), (self._right, right) = (
            spheres(local[self.near], hands[side], side) for side in SIDES
        )
        self._reach = left[:, None] + right

    def standing(self, between: Floats, every: int = 1) -> Standing:
        """The hands with BETWEEN (T, 3) from right wrist to left.

        every: 1, or the frames of which one is looked at, and then at some of the spheres only.
        """
        frames = np.flatnonzero(self.near) % every == 0
        some = slice(None) if every == 1 else np.flatnonzero(_coarse(self._left.shape[1]))
        other = slice(None) if every == 1 else np.flatnonzero(_coarse(self._right.shape[1]))
        left = (self._left + between[self.near, None])[frames][:, some]
        return Standing(left, self._right[frames][:, other], self._reach[some][:, other])

    def overlap(self, between: Floats) -> Floats:
        """How deep (T,) the hands are in each other, BETWEEN (T, 3) from right wrist to left."""
        found = np.zeros(len(between))
        if self.near.any():
            found[self.near] = self.standing(between).overlap()
        return found


class Standing:
    """Spheres LEFT (n, N, 3) and RIGHT (n, M, 3) on some frames; reach (N, M) where they touch."""

    def __init__(self, left: Floats, right: Floats, reach: Floats) -> None:
        left, right = left.astype(np.float32), right.astype(np.float32)  # enough, and twice as fast
        self._left, self._right, self._reach = left, right, reach.astype(np.float32)
        across = left @ rot.transposed(right)
        self._squares = (
            rot.dot(left, left)[:, :, None] + rot.dot(right, right)[:, None] - 2 * across
        )

    def overlap(self) -> Floats:
        """How deep (n,) the hands are in each other."""
        distance = np.sqrt(np.maximum(self._squares, 0.0))
        return np.asarray(np.maximum(self._reach - distance, 0.0).max(axis=(1, 2)))

    def way(self, ways: Floats, least: Floats | float = 0.0) -> Floats:
        """How far (n,) the left hand must go along WAYS (n, 3) or (3,) to be free of the right.

        least: (n,) how far it goes in any case.
        """
        each = np.broadcast_to(ways, (len(self._left), 3)).astype(np.float32)[..., None]
        along = self._left @ each - (self._right @ each).swapaxes(-1, -2)
        inside = self._reach**2 - self._squares + along**2
        frames, left, right = np.nonzero(inside > 0.0)
        go = np.zeros(len(self._left)) + least
        if not len(frames):
            return go
        middle, half = -along[frames, left, right], np.sqrt(inside[frames, left, right])
        begin, end = middle - half, middle + half
        first = np.flatnonzero(np.diff(frames, prepend=-1))  # of every frame's spheres
        for _ in range(SKIPS):
            ends = np.where(begin < go[frames], end, 0.0)
            further = np.maximum(go[frames[first]], np.maximum.reduceat(ends, first))
            if np.array_equal(further, go[frames[first]]):
                break
            go[frames[first]] = further
        return go


# --- where they give way ----------------------------------------------------------------------


def parting(local: Floats, hands: Mapping[str, Hand], wrists: Wrists, fps: float) -> Floats | None:
    """Where the left hand gives way to the right (T, 3) unit; None where they never overlap.

    local: (T, 42, 3) directions seen from the chest; wrists: left and right (T, 3).
    """
    between = wrists[0] - wrists[1]
    pair = Pair(local, hands, between)
    if not pair.overlap(between).any():
        return None
    near = pair.near[::EVERY]
    standing, lengths = pair.standing(between, EVERY), np.zeros((len(near), len(TRIED)))
    for k, way in enumerate(TRIED):
        lengths[near, k] = standing.way(way)
        wide = np.maximum(_widened(lengths[:, k], fps / EVERY)[near], AHEAD * pair.length)
        lengths[near, k] = standing.way(way, wide)
    apart = between[::EVERY] / np.maximum(
        np.linalg.norm(between[::EVERY], axis=-1, keepdims=True), pair.length
    )
    dear = 1.0 + OWN_SIDE * 0.5 * (np.linalg.norm(apart, axis=-1)[:, None] - apart @ TRIED.T)
    path = cheapest(dear * lengths / pair.length, lengths[..., None] / pair.length * TRIED)
    ways = np.repeat(TRIED[path], EVERY, axis=0)[: len(between)]
    return rot.unit(gaussian(ways, SLOW * fps, ends="edge", sigmas=2.5))


def moves(
    local: Floats, hands: Mapping[str, Hand], wrists: Wrists, ways: Floats, fps: float
) -> Wrists:
    """What leads the left and the right wrist (T, 3) apart along WAYS, see `parting`."""
    between, gone = wrists[0] - wrists[1], np.zeros((len(local), 3))
    pair = Pair(local, hands, between)
    for _ in range(PASSES):
        lengths = np.zeros(len(local))
        lengths[pair.near] = pair.standing(between + gone).way(ways[pair.near])
        lengths = np.minimum(lengths, FURTHEST * pair.length - np.linalg.norm(gone, axis=-1))
        if not lengths.any():
            break
        gone += _smooth(_widened(lengths, fps)[:, None] * ways, fps)
    forth = 0.5 * np.abs(gone[:, 1:2]) * FORTH  # neither goes back, into the body
    return 0.5 * gone + forth, -0.5 * gone + forth


def cheapest(costs: Floats, places: Floats) -> list[int]:
    """The path (T,) of least COSTS (T, K) on its way, and of ways from place to place (T, K, 3)."""
    turn = 1.0 - TRIED @ TRIED.T
    turning = np.where(turn > STEEPEST, np.inf, TURNING * turn)
    best, came = costs[0], []
    for cost, here, there in zip(costs[1:], places, places[1:], strict=False):
        moved = np.linalg.norm(here[:, None] - there, axis=-1)
        through = best[:, None] + MOVING * moved + turning
        came.append(through.argmin(axis=0))
        best = through.min(axis=0) + cost
    path = [int(best.argmin())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1]


def _widened(lengths: Floats, fps: float) -> Floats:
    """LENGTHS (T,), the longest within WIDEN everywhere."""
    reach = _reach(fps)
    padded = np.pad(lengths, reach, mode="edge")
    return np.asarray(np.max([padded[i : i + len(lengths)] for i in range(2 * reach + 1)], axis=0))


def _smooth(moves: Floats, fps: float) -> Floats:
    """MOVES (T, 3) without edges, no shorter where what was widened is longest."""
    return gaussian(moves, 0.4 * _reach(fps), ends="edge", sigmas=2.5)


def _reach(fps: float) -> int:
    return max(1, int(np.ceil(WIDEN * fps)))
