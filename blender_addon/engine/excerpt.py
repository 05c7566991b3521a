# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of what the engine made of a speech: the seconds that are heard."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..body.smoothing import through
from ..errors import GestureError
from .client import Result

Part: TypeAlias = tuple[float, float]  # first and last second of the speech


def of(result: Result, part: Part | None, fps: float) -> Result:
    """RESULT, FPS directions a second, as if the speech were its PART only; None: all of it.

    Raises GestureError if less than two directions are in it.
    """
    if part is None:
        return result
    directions = result.arrays["directions"]
    first, last = part[0], min(part[1], (len(directions) - 1) / fps)
    count = int(np.floor((last - first) * fps + 1e-6)) + 1
    if count < 2:
        raise GestureError(
            f"The part from {part[0]:.2f} to {part[1]:.2f} s is too short, or lies behind the "
            "speech's end: show more of it."
        )
    moved = through(np.asarray(directions, np.float64), first * fps + np.arange(count))
    arrays = {**result.arrays, "directions": moved.astype(np.float32)}
    values = {**result.values, "seconds": last - first}
    return replace(result, values=values, arrays={**arrays, **_marks(result, first, last)})


def _marks(result: Result, first: float, last: float) -> dict[str, NDArray[np.float32]]:
    """Loudness, beats and pauses from second FIRST to LAST, as far as RESULT has them."""
    found, rate = {}, float(result.values.get("level_rate", 0.0))
    if "level" in result.arrays:
        found["level"] = result.arrays["level"][round(first * rate) : round(last * rate) + 1]
    if "beats" in result.arrays:
        beats = result.arrays["beats"]
        found["beats"] = beats[(beats >= first) & (beats <= last)] - first
    if "pauses" in result.arrays:
        pauses = result.arrays["pauses"].reshape(-1, 2)
        here = pauses[(pauses[:, 1] > first) & (pauses[:, 0] < last)]
        found["pauses"] = np.clip(here, first, last) - first
    return found
