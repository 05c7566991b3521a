# SPDX-License-Identifier: GPL-3.0-or-later
"""Gestures made from Greta's lexicon: key poses of the arms, joined by minimum-jerk phases.

A key is where the wrist is, how far the elbow is out, how the hand is turned and which angles
the finger joints have. Between two keys the wrist goes straight, as hands do, with the speed of
the least jerk (Flash & Hogan 1985), the longer the way the longer it takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, NEUTRAL, unit
from ha2g_engine.data.clips import mirrored

from .greta import Hand, Sketch, Triple
from .hands import finger_directions, shape_angles
from .reach import ARM, FORE, GRETA, HAND, SHOULDERS, UPPER, UPPER_LENGTH, palm_axes, reached

Array = NDArray[np.floating[Any]]
Shapes = Mapping[str, Mapping[str, Triple]]

HOME: Final = Hand((0.36, -0.66, 0.10), (0.95, 0.0, -0.32, 0.0), False, 0.4, "relax")
MOVE: Final = (0.26, 0.45)  # s, and s for each metre, that a phase lasts
LONGEST: Final = 0.8  # s
HOLD: Final = 0.35  # s after the stroke
SLOWER: Final = 1.5  # times as long takes the way there and back
LEFT, RIGHT = [3, 4, *range(5, 20)], [UPPER, FORE, *HAND]
LEAD: Final = 2  # frames at home before it starts
MIDDLE: Final = float(NEUTRAL[0, 0] * EXPRESSIVE.bone_length[0] * 0.5)  # m, the body's middle
MIDDLES: Final = {"right": MIDDLE, "left": -MIDDLE}
CHEST: Final = np.mean(
    list(SHOULDERS.values()), axis=0
)  # m; both hands go by it, else they were not level
ELBOW: Final = float(CHEST[1] + UPPER_LENGTH)  # m below the spine joint, of a hanging arm


@dataclass(frozen=True)
class Key:
    """One pose of a right hand: wrist (3,) m, turn against the forearm, fingers (15, 3) degrees."""

    wrist: NDArray[np.float64]
    turn: Rotation
    openness: float
    fingers: NDArray[np.float64]


@dataclass(frozen=True)
class Made:
    """A made gesture: (T, 42, 3) unit and the frames of its phases."""

    directions: NDArray[np.float32]
    start: int
    apex: int
    end: int
    relax: int


def make(sketch: Sketch, shapes: Shapes) -> Made:
    """The gesture of a sketch on the skeleton, from hanging arms and back to them.

    Raises KeyError for a hand shape that the lexicon lacks.
    """
    sides = sorted({side for phase in sketch.phases for side in phase})
    keys = {
        side: [key(hand, shapes, side) for hand in _filled(sketch.phases, side)] for side in sides
    }
    counts = _durations(list(keys.values()))
    still = [key(HOME, shapes)] * (sum(counts) + LEAD)
    arms = {side: _arm(keys[side], counts, key(HOME, shapes, side), side) for side in sides}
    left, right = (arms.get(side, _posed(still, side)) for side in ("left", "right"))
    start, apex, end = _phase_frames(counts, len(next(iter(keys.values()))))
    return Made(_body(left, right), start, apex, end, sum(counts[:-1]) + LEAD - 1)


def _body(left: Array, right: Array) -> NDArray[np.float32]:
    """Both arms, each told as a right one (T, 17, 3), under the neutral trunk: (T, 42, 3)."""
    body = np.repeat(NEUTRAL[None], len(right), axis=0).astype(np.float64)
    body[:, RIGHT] = left
    body[:, LEFT] = mirrored(body)[:, LEFT]
    body[:, RIGHT] = right
    return unit(body.astype(np.float32))


def _filled(phases: Sequence[dict[str, Hand]], side: str) -> list[Hand]:
    """The hand in every phase; where a phase is silent about it, as it was or as it will be."""
    first = next(phase[side] for phase in phases if side in phase)
    hands = [first]
    for phase in phases:
        hands.append(phase.get(side, hands[-1]))
    return hands[1:]


def key(hand: Hand, shapes: Shapes, side: str = "right") -> Key:
    """A hand of the lexicon as a key pose: its place in metres on this skeleton."""
    outward, up, forward = (ARM * share for share in hand.place)
    wrist = np.array([MIDDLES[side] - outward, ELBOW - up, CHEST[2] - forward])
    w, x, y, z = hand.turn or (1.0, 0.0, 0.0, 0.0)
    turn = Rotation.from_quat([x, y, z, w])
    if hand.world:
        arm = reached(wrist[None], np.array([hand.openness]), SHOULDERS[side])
        turn = Rotation.from_matrix(arm.axes[0].T @ GRETA) * turn
    return Key(wrist, turn, hand.openness, shape_angles(hand.shape, shapes))


def _durations(keys: Sequence[Sequence[Key]]) -> list[int]:
    """Frames of: the way there, each phase, the hold, the way back."""
    count = len(keys[0])
    ways = [max(_way(hand[i], hand[i + 1]) for hand in keys) for i in range(count - 1)]
    first = max(float(np.linalg.norm(hand[0].wrist - HOME_WRIST)) for hand in keys)
    last = max(float(np.linalg.norm(hand[-1].wrist - HOME_WRIST)) for hand in keys)
    there, back = (round(SLOWER * _frames(way)) for way in (first, last))
    return [there, *(round(_frames(way)) for way in ways), round(HOLD * FPS), back]


def _way(first: Key, second: Key) -> float:
    """Metres between two keys; turning the hand and moving the fingers take time as well."""
    turned = (first.turn.inv() * second.turn).magnitude() / np.pi
    change = np.abs(first.fingers - second.fingers)[:12, 2].reshape(4, 3)
    bent = float(change[:, :2].sum(axis=1).max()) / 180
    return max(float(np.linalg.norm(first.wrist - second.wrist)), 0.3 * float(turned), 0.5 * bent)


def _frames(way: float) -> float:
    return min(MOVE[0] + MOVE[1] * way, LONGEST) * FPS


def _phase_frames(counts: Sequence[int], keys: int) -> tuple[int, int, int]:
    """Frames where the stroke starts, where it has arrived, and where the hold ends.

    With one key the way there is the stroke; with more the first key is where it starts.
    """
    arrivals = np.cumsum([LEAD - 1, *counts])
    start = LEAD + counts[0] // 2 if keys == 1 else int(arrivals[1])
    return start, int(arrivals[keys]), int(arrivals[keys + 1])


def _arm(keys: Sequence[Key], counts: Sequence[int], home: Key, side: str) -> NDArray[np.float64]:
    """(T, 17, 3): upper arm, forearm and hand through the keys, from home and back."""
    stops = [home, *keys, keys[-1], home]
    frames = [home] * LEAD
    for (first, second), count in zip(pairwise(stops), counts, strict=True):
        frames += [_between(first, second, share) for share in minimum_jerk(count)]
    return _posed(frames, side)


def minimum_jerk(count: int) -> NDArray[np.float64]:
    """(count,) shares of the way done after each of ``count`` frames, the last of them 1."""
    t = np.arange(1, count + 1) / count
    return np.asarray(t**3 * (10 - 15 * t + 6 * t**2))


def _between(first: Key, second: Key, share: float) -> Key:
    way = (first.turn.inv() * second.turn).as_rotvec()
    return replace(
        first,
        wrist=first.wrist + share * (second.wrist - first.wrist),
        turn=first.turn * Rotation.from_rotvec(share * way),
        openness=first.openness + share * (second.openness - first.openness),
        fingers=first.fingers + share * (second.fingers - first.fingers),
    )


def _posed(keys: Sequence[Key], side: str) -> NDArray[np.float64]:
    """Keys, a frame each, → (T, 17, 3) directions of the arm, told as a right one."""
    openness = np.array([k.openness for k in keys])
    arm = reached(np.stack([k.wrist for k in keys]), openness, SHOULDERS[side])
    palm = palm_axes(arm, Rotation.concatenate([k.turn for k in keys]))
    hand = np.einsum("tij,tbj->tbi", palm, finger_directions(np.stack([k.fingers for k in keys])))
    return np.concatenate([arm.upper[:, None], arm.fore[:, None], hand], axis=1)


def posed(hands: Mapping[str, Hand], shapes: Shapes) -> NDArray[np.float32]:
    """(42, 3): hands by side ("left", "right"), those not named hanging, the trunk neutral.

    Raises KeyError for a hand shape that the lexicon lacks.
    """
    told = [(hands.get(side, HOME), side) for side in ("left", "right")]
    left, right = (_posed([key(hand, shapes, side)], side) for hand, side in told)
    return np.asarray(_body(left, right)[0])


def home_pose(shapes: Shapes) -> NDArray[np.float32]:
    """(42, 3): arms hanging, hands relaxed, under the neutral trunk."""
    return posed({}, shapes)


HOME_WRIST: Final = key(HOME, {"relax": {}}).wrist
