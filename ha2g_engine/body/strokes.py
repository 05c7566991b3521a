# SPDX-License-Identifier: GPL-3.0-or-later
"""Strokes of gestures: where a wrist is quick, where it arrives and how long it stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from .skeleton import FPS, Skeleton
from .wrists import wrist_speed

Array = NDArray[np.floating[Any]]

LEAST: Final = 1 / 3  # of a take's greatest wrist speed: slower peaks are no strokes
ONE: Final = 0.55  # of a clip's greatest wrist speed: its one stroke is at least as quick
EARLY: Final = 0.66  # of a clip, the first part, in which its stroke lies
BEFORE_LABEL, AFTER_LABEL = 0.9, 0.1  # s, how far a stroke's peak is from its label
ARRIVED: Final = 0.3  # of the peak's speed: the hand is there
LEAVING: Final = 0.35  # m/s, quicker hands leave
LONGEST_HOLD: Final = 1.0  # s


@dataclass(frozen=True)
class Stroke:
    """Frames of a stroke.

    peak: of the greatest wrist speed, ``speed`` m/s. hold: where the hand has arrived. last: the
    last one before it returns.
    """

    peak: int
    hold: int
    last: int
    speed: float


def stroke_times(directions: Array, skeleton: Skeleton) -> NDArray[np.float64]:
    """Seconds of wrist-speed peaks above a third of the take's greatest, (T, bones, 3)."""
    speed = wrist_speed(directions, skeleton).max(axis=1)
    found, _ = find_peaks(speed, height=speed.max() * LEAST)
    return np.asarray(found / FPS, np.float64)


def stroke(directions: Array, emphasis: float) -> Stroke:
    """The one stroke of a clip (T, 42, 3) that is labelled at ``emphasis`` s."""
    speed = wrist_speed(directions).max(axis=1)
    peak = _peak(speed, emphasis * FPS)
    hold = _arrival(speed, peak)
    return Stroke(peak, hold, _departure(speed, hold), float(speed[peak]))


def _peak(speed: Array, emphasis: float) -> int:
    """The first wrist-speed peak above ONE of the clip's greatest in its first two thirds.

    Peaks longer before the label (a frame) than BEFORE_LABEL are preparation, passed over.
    """
    found, _ = find_peaks(speed, height=ONE * speed.max())
    early = [int(f) for f in found if f < EARLY * len(speed)]
    labelled = [f for f in early if -BEFORE_LABEL * FPS <= f - emphasis <= AFTER_LABEL * FPS]
    return (labelled or early or [int(speed.argmax())])[0]


def _arrival(speed: Array, peak: int) -> int:
    """First frame after the peak where the wrist has slowed to ARRIVED or turns faster."""
    for frame in range(peak + 1, len(speed) - 1):
        if speed[frame] < ARRIVED * speed[peak] or speed[frame + 1] > speed[frame]:
            return frame
    return len(speed) - 1


def _departure(speed: Array, hold: int) -> int:
    """Last frame of the slow part that begins at ``hold``, at most LONGEST_HOLD long."""
    limit = min(len(speed) - 1, hold + int(LONGEST_HOLD * FPS))
    for frame in range(hold + 1, limit):
        if speed[frame] > LEAVING:
            return frame - 1
    return limit
