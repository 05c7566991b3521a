# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion over time: smoothing directions, changing a track's frame rate."""

from __future__ import annotations

from typing import Final

import numpy as np

from . import rotations as rot
from .rotations import Floats
from .skeleton import checked

SMOOTHEST: Final = 0.2  # seconds, the Gaussian's sigma at amount 1


def smooth(directions: Floats, amount: float, fps: float) -> Floats:
    """DIRECTIONS (T, 42, 3) under a Gaussian of AMOUNT (0 none, 1 strongest), unit again.

    Symmetric in time: nothing arrives later. The ends are mirrored, so nothing jumps there.
    """
    motion = checked(directions)
    sigma = max(0.0, min(1.0, amount)) * SMOOTHEST * fps
    return rot.unit(gaussian(motion, sigma)) if sigma >= 1e-3 and len(motion) > 1 else motion


def gaussian(values: Floats, sigma: float) -> Floats:
    """VALUES (T, ...) under a Gaussian of SIGMA frames along time; the ends are mirrored."""
    reach = min(int(np.ceil(3.0 * sigma)), len(values) - 1)
    if sigma < 1e-3 or reach == 0:
        return values
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(values, ((reach, reach), *((0, 0),) * (values.ndim - 1)), mode="reflect")
    summed = sum(w * padded[i : i + len(values)] for i, w in enumerate(weights / weights.sum()))
    return np.asarray(summed)


def through(keys: Floats, times: Floats) -> Floats:
    """The curve through KEYS (T, B, ...) at TIMES (N,) in frames, unit."""
    last = len(keys) - 1
    start = np.minimum(times.astype(np.int64), max(last - 1, 0))
    u = (times - start)[:, None, None]
    before, here, after, beyond = (keys[np.clip(start + i, 0, last)] for i in (-1, 0, 1, 2))
    slope_in, slope_out = 0.5 * (after - before), 0.5 * (beyond - here)
    curve = (
        here * (1.0 + 2.0 * u) * (1.0 - u) ** 2
        + slope_in * u * (1.0 - u) ** 2
        + after * u**2 * (3.0 - 2.0 * u)
        + slope_out * u**2 * (u - 1.0)
    )
    return rot.unit(np.asarray(curve))
