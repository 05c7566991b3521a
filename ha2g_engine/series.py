# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters and peaks of numbers over time, as scipy has them, in numpy alone.

Inference does without scipy, so that it starts in a moment and runs in Blender's own Python.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Double = NDArray[np.float64]
Edge = Literal["reflect", "nearest"]  # what lies beyond the ends: as scipy calls it

PADDING: Final[dict[Edge, Literal["symmetric", "edge"]]] = {
    "reflect": "symmetric",
    "nearest": "edge",
}


def gaussian(values: Array, width: float, edge: Edge = "reflect", truncate: float = 4.0) -> Double:
    """``scipy.ndimage.gaussian_filter1d`` of (T, …) over time, in double precision.

    width: standard deviation in steps. truncate: in standard deviations.
    """
    radius = int(truncate * width + 0.5)
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / width) ** 2)
    padded = _padded(values, radius, radius, edge)
    result = np.zeros(values.shape)
    for i, tap in enumerate(taps / taps.sum()):
        result += tap * padded[i : i + len(values)]
    return result


def mean(values: Array, steps: int) -> Double:
    """The mean of the ``steps``, odd, around each of (T,); the ends are held beyond themselves."""
    padded = _padded(values, steps // 2, steps // 2, "nearest")
    return np.asarray(sliding_window_view(padded, steps).mean(axis=-1))


def maximum(values: Array, before: int, after: int) -> Array:
    """The greatest of (T,) from ``before`` steps before each to ``after`` after it; 0 beyond."""
    padded = np.pad(values, (before, after))
    return np.asarray(sliding_window_view(padded, before + 1 + after).max(axis=-1))


def peaks(values: Array, prominence: float) -> tuple[NDArray[np.int64], Double]:
    """``scipy.signal.find_peaks``: where (T,) is higher than beside it, and how prominent that is.

    A peak's prominence is its height above the higher of the two lowest points between it and
    where, on either side, something is higher still or the series ends.
    """
    middles, lows = _local_maxima(values)
    heights = np.asarray(values, np.float64)[middles]
    before = _bases(heights, lows[:-1])
    after = _bases(heights[::-1], lows[:0:-1])[::-1]
    found = heights - np.maximum(before, after)
    kept = found >= prominence
    return middles[kept], found[kept]


def _padded(values: Array, before: int, after: int, edge: Edge) -> Double:
    widths = [(before, after)] + [(0, 0)] * (values.ndim - 1)
    return np.pad(np.asarray(values, np.float64), widths, mode=PADDING[edge])


def _local_maxima(values: Array) -> tuple[NDArray[np.int64], Double]:
    """The middles of the P peaks or plateaus, and the lowest values before, between and after."""
    values = np.asarray(values, np.float64)
    starts = np.flatnonzero(np.diff(values, prepend=np.nan) != 0)  # of runs of equal values
    ends = np.append(starts[1:], len(values)) - 1
    level = values[starts]
    inner = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] > level[2:])) + 1
    middles = (starts[inner] + ends[inner]) // 2
    if not len(values):
        return middles, np.zeros(1)
    return middles, np.minimum.reduceat(values, np.concatenate(([0], middles)))


def _bases(heights: Double, lows: Double) -> Double:
    """The lowest value between each of P peaks and the nearest higher one before it.

    lows: (P,) the lowest value between a peak and the one before.
    """
    result = np.empty(len(heights))
    higher: list[tuple[float, float]] = []  # peaks with nothing as high after them, and their bases
    for i, (height, low) in enumerate(zip(heights.tolist(), lows.tolist(), strict=True)):
        while higher and higher[-1][0] <= height:
            low = min(low, higher.pop()[1])
        higher.append((height, low))
        result[i] = low
    return result
