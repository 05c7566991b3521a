# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion over time: smoothing directions, changing a track's frame rate."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from . import rotations as rot
from .rotations import Floats
from .skeleton import checked

Values: TypeAlias = NDArray[Any]  # real or complex
Ends: TypeAlias = Literal["reflect", "edge"]

SMOOTHEST: Final = 0.2  # seconds, the Gaussian's sigma at amount 1


def smooth(directions: Floats, amount: float, fps: float) -> Floats:
    """DIRECTIONS (T, 42, 3) under a Gaussian of AMOUNT (0 none, 1 strongest), unit again.

    Symmetric in time: nothing arrives later. The ends are mirrored, so nothing jumps there.
    """
    motion = checked(directions)
    sigma = max(0.0, min(1.0, amount)) * SMOOTHEST * fps
    return rot.unit(gaussian(motion, sigma)) if sigma >= 1e-3 and len(motion) > 1 else motion


def gaussian(
    values: Values, sigma: float, *, ends: Ends = "reflect", sigmas: float = 3.0
) -> Values:
    """VALUES (T, ...) under a Gaussian of SIGMA frames along time, of SIGMAS to either side.

    ends: what is beyond them: "reflect", the motion mirrored, or "edge", its ends held.
    """
    reach = int(np.ceil(sigmas * sigma))
    if ends == "reflect":
        reach = min(reach, len(values) - 1)
    if sigma < 1e-3 or reach == 0:
        return values
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(values, ((reach, reach), *((0, 0),) * (values.ndim - 1)), mode=ends)
    summed = sum(w * padded[i : i + len(values)] for i, w in enumerate(weights / weights.sum()))
    return np.asarray(summed)


def through(keys: Floats, times: Floats) -> Floats:
    """The curve through KEYS (T, B, ...) at TIMES (N,) in frames, unit."""
    last = len(keys) - 1
    start = np.minimum(times.astype(np.int64), max(last - 1, 0))
    u = (times - start)[:, None, None]
    before, here, after, beyond = (keys[np.clip(start + i, 0, last)] for i in (-1, 0, 1, 2))
    slope_in, slope_out = 0.5 * (after - before), 0.5 * (beyond - here)
    return rot.unit(hermite(u, (here, slope_in), (after, slope_out)))


def hermite(u: Floats, begin: tuple[Floats, Floats], end: tuple[Floats, Floats]) -> Floats:
    """The cubic at U, 0 to 1, that has these values and slopes where it begins and ends."""
    return np.asarray(
        begin[0] * (1.0 + 2.0 * u) * (1.0 - u) ** 2
        + begin[1] * u * (1.0 - u) ** 2
        + end[0] * u**2 * (3.0 - 2.0 * u)
        + end[1] * u**2 * (u - 1.0)
    )
