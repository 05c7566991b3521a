# SPDX-License-Identifier: GPL-3.0-or-later
"""Time runs otherwise around a stroke: it is quickest where it was put, as quick as asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import Poses
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, unit
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.gestures.held import HANDS
from ha2g_engine.gestures.plan import smooth

from .at_home import OUTER

Array = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]

NEAR: Final = 0.3  # s around a stroke's time in which its quickest moment is
WHOLE: Final = 0.2  # s around it that move as they did
FAR: Final = 0.85  # s around it beyond which time runs as it did
STROKE: Final = 0.35  # s around a stroke, of its tempo


def landed(directions: Array, time: float, hands: str) -> Array:
    """(T, 42, 3) whose ``hands`` (left, right, both) are quickest at ``time`` s.

    The network puts a stroke where its gesture has it, mostly within a frame of its accent; what
    is further off comes earlier or later by that. Beyond FAR nothing changes. Motion of the
    smaller skeleton is left as it is.
    """
    if directions.shape[1] != len(EXPRESSIVE.bones):
        return directions
    frames = np.arange(len(directions), dtype=np.float64)
    away = np.abs(frames / FPS - time)
    off = (quickest(directions, time, hands) - time) * FPS
    times = frames + off * (1 - smooth((away - WHOLE) / (FAR - WHOLE)))
    moved = times != frames
    result = directions.copy()
    result[moved] = Poses.of(directions.astype(np.float64)).at(times[moved]).together()
    return result


def quickest(directions: Array, time: float, hands: str) -> float:
    """When (s) around ``time`` s the hands are quickest; ``time`` where there is no frame near."""
    near = np.flatnonzero(np.abs(np.arange(len(directions)) / FPS - time) <= NEAR)
    if not len(near):
        return time
    both = wrist_speed(directions)
    speed = both.max(axis=1) if hands == "both" else both[:, HANDS.index(hands)]
    return _quickest(speed, near) / FPS


def _quickest(speed: NDArray[np.float64], near: NDArray[np.int64]) -> float:
    """The frame of the greatest speed among ``near``, between frames by the parabola there."""
    top = int(near[speed[near].argmax()])
    if not 0 < top < len(speed) - 1:
        return float(top)
    before, here, after = speed[top - 1 : top + 2]
    bend = before - 2 * here + after
    return top + float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else top


def paced(motion: Array, tempos: Sequence[tuple[float, float]]) -> Array:
    """(T, 42, 3) whose arms are so many times as quick around those times (s).

    Time runs otherwise there and catches up before and after: hands hold a slow stroke shorter.
    """
    times = np.arange(len(motion)) / FPS
    late = np.zeros(len(motion))
    for time, tempo in tempos:
        away = times - time
        near = np.abs(away) < 3 * STROKE
        late[near] += (tempo - 1) * (away * np.exp(-((away / STROKE) ** 2)))[near]
    if not (moved := late != 0).any():
        return motion
    at = np.arange(len(motion))[moved] + late[moved] * FPS
    paced = _between(motion, np.clip(at, 0, len(motion) - 1))
    result = motion.copy()
    for arm in OUTER:
        result[np.ix_(moved, arm)] = paced[:, arm]
    return result


def _between(motion: Array, at: Floats) -> Array:
    """(N, 42, 3) at frames (N,) between frames, by cubics that go on as quick as they arrive.

    Catmull and Rom, 1974. Bones turn little from frame to frame, so each goes on its own.
    """
    first = at.astype(int)
    a, b, c, d = (motion[np.clip(first + i, 0, len(motion) - 1)] for i in (-1, 0, 1, 2))
    t = (at - first)[:, None, None]
    leaving, arriving = (c - a) / 2, (d - b) / 2
    bend = 3 * (c - b) - 2 * leaving - arriving
    return unit(b + t * (leaving + t * (bend + t * (2 * (b - c) + leaving + arriving))))
