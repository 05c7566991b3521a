# SPDX-License-Identifier: GPL-3.0-or-later
"""A stroke moved in time: the frames around it run slower or faster. No bpy in here."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..body import rotations as rot
from ..body.smoothing import hermite
from ..errors import GestureError
from .strokes import Stroke

Floats = NDArray[np.floating[Any]]

NEAREST: Final = 1.0  # frames that must be left between a stroke and the slow moments around it


def moved(directions: Floats, stroke: Stroke, target: float) -> NDArray[np.float32]:
    """(T, 42, 3) with the peak of STROKE at frame TARGET; nothing changes outside its span.

    Raises GestureError if TARGET is not inside the span: the stroke would run backwards.
    """
    if not stroke.start + NEAREST <= target <= stroke.end - NEAREST:
        raise GestureError(
            "The playhead is not between the stroke's neighbours: move it nearer to the stroke."
        )
    frames = np.arange(len(directions), dtype=np.float64)
    inside = slice(stroke.start, stroke.end + 1)
    places = (float(stroke.start), target, float(stroke.end))
    times = (float(stroke.start), float(stroke.peak), float(stroke.end))
    frames[inside] = monotone(places, times, frames[inside])
    return sampled(directions, frames)


def monotone(x: tuple[float, ...], y: tuple[float, ...], at: Floats) -> NDArray[np.float64]:
    """The rising cubic through the three points (X, Y), with slope 1 at its ends where it can.

    (F. Fritsch, R. Carlson, "Monotone piecewise cubic interpolation", 1980: slopes of at most
    three times the secants' keep it rising.)
    """
    xs, ys = np.array(x), np.array(y)
    secants = np.diff(ys) / np.diff(xs)
    middle = 2.0 * secants[0] * secants[1] / max(float(secants.sum()), 1e-9)
    slopes = np.array([min(1.0, 3.0 * secants[0]), middle, min(1.0, 3.0 * secants[1])])
    part = (at >= xs[1]).astype(int)
    width = np.diff(xs)[part]
    u = (at - xs[part]) / width
    ends = ((ys[one], slopes[one] * width) for one in (part, part + 1))
    return hermite(u, *ends)


def sampled(directions: Floats, frames: Floats) -> NDArray[np.float32]:
    """DIRECTIONS (T, 42, 3) at fractional FRAMES (N,), unit."""
    motion = np.asarray(directions, np.float64)
    before = np.clip(frames.astype(int), 0, len(motion) - 1)
    after = np.minimum(before + 1, len(motion) - 1)
    share = (frames - before)[:, None, None]
    between = motion[before] * (1.0 - share) + motion[after] * share
    return rot.unit(between).astype(np.float32)
