# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hands strike: peaks of the wrists' speed. No bpy in here."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..body.skeleton import COLLAR, FOREARM, LENGTHS, SIDES, UPPER_ARM

Floats = NDArray[np.floating[Any]]

STROKE: Final = 1 / 3  # of a take's greatest wrist speed: slower peaks are no strokes
SIGMA: Final = 0.7  # frames: the speed's smoothing, as the engine measures strokes
REACH: Final = 3  # frames to each side that the smoothing sees


@dataclass(frozen=True)
class Stroke:
    """A hand's fastest moment, and the slowest ones around it: frames of the motion."""

    start: int
    peak: int
    end: int
    side: str


def wrists(directions: Floats) -> NDArray[np.float64]:
    """(T, 42, 3) → (T, 2, 3) places of left and right wrist from the neck, in metres."""
    motion = np.asarray(directions, np.float64)
    chains = [(COLLAR[side], UPPER_ARM[side], FOREARM[side]) for side in SIDES]
    return np.stack([sum(LENGTHS[b] * motion[:, b] for b in chain) for chain in chains], axis=1)


def wrist_speed(directions: Floats, fps: float) -> NDArray[np.float64]:
    """(T, 42, 3) → (T, 2) speeds of left and right wrist in m/s, lightly smoothed."""
    places = wrists(directions)
    if len(places) < 2:
        return np.zeros((len(places), 2))
    speed = np.linalg.norm(np.gradient(places, 1.0 / fps, axis=0), axis=-1)
    weights = np.exp(-0.5 * (np.arange(-REACH, REACH + 1) / SIGMA) ** 2)
    padded = np.pad(speed, ((REACH, REACH), (0, 0)), mode="symmetric")
    smooth = [np.convolve(column, weights / weights.sum(), "valid") for column in padded.T]
    return np.stack(smooth, axis=1)


def find(directions: Floats, fps: float) -> tuple[Stroke, ...]:
    """The strokes of a motion (T, 42, 3), in order of time."""
    both = wrist_speed(directions, fps)
    speed = both.max(axis=1)
    if len(speed) < 3:
        return ()
    inner = (speed[1:-1] > speed[:-2]) & (speed[1:-1] >= speed[2:])
    peaks = [int(i) + 1 for i in np.flatnonzero(inner & (speed[1:-1] >= speed.max() * STROKE))]
    between = [_slowest(speed, *pair) for pair in itertools.pairwise(peaks)]
    sides = tuple(SIDES)
    spans = zip([0, *between], peaks, [*between, len(speed) - 1], strict=False)
    return tuple(Stroke(a, b, c, sides[int(both[b].argmax())]) for a, b, c in spans)


def _slowest(speed: NDArray[np.float64], first: int, last: int) -> int:
    return first + int(speed[first : last + 1].argmin())
