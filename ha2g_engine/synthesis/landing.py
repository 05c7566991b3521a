# SPDX-License-Identifier: GPL-3.0-or-later
"""A stroke that was put somewhere is quickest there: time runs a little otherwise around it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import Poses
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.gestures.held import HANDS
from ha2g_engine.gestures.plan import smooth

Array = NDArray[np.float32]

NEAR: Final = 0.3  # s around a stroke's time in which its quickest moment is
WHOLE: Final = 0.2  # s around it that move as they did
FAR: Final = 0.85  # s around it beyond which time runs as it did


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
    near = np.flatnonzero(away <= NEAR)
    if not len(near):
        return directions
    both = wrist_speed(directions)
    speed = both.max(axis=1) if hands == "both" else both[:, HANDS.index(hands)]
    off = _quickest(speed, near) - time * FPS
    times = frames + off * (1 - smooth((away - WHOLE) / (FAR - WHOLE)))
    moved = times != frames
    result = directions.copy()
    result[moved] = Poses.of(directions.astype(np.float64)).at(times[moved]).together()
    return result


def _quickest(speed: NDArray[np.float64], near: NDArray[np.int64]) -> float:
    """The frame of the greatest speed among ``near``, between frames by the parabola there."""
    top = int(near[speed[near].argmax()])
    if not 0 < top < len(speed) - 1:
        return float(top)
    before, here, after = speed[top - 1 : top + 2]
    bend = before - 2 * here + after
    return top + float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else top
