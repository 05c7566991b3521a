# SPDX-License-Identifier: GPL-3.0-or-later
"""What the overlay draws, as triangles in pixels. No bpy in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..motion.marks import Marks

Floats = NDArray[np.floating[Any]]
Points = NDArray[np.float32]  # (3 N, 2): the corners of N triangles


@dataclass(frozen=True)
class View:
    """A region: width in pixels, and the seconds of the take at its two edges."""

    width: float
    left: float
    right: float

    def x(self, seconds: Any) -> Any:
        """Pixels from the left edge of SECONDS (a number or an array)."""
        return (seconds - self.left) / (self.right - self.left) * self.width


def wave(marks: Marks, view: View, height: float) -> Points:
    """The loudness as a filled curve of HEIGHT pixels, a column a pixel or a value."""
    end = len(marks.level) / marks.rate
    first, last = max(view.left, 0.0), min(view.right, end)
    if last <= first or not len(marks.level):
        return np.zeros((0, 2), np.float32)
    columns = int(min(np.ceil(view.x(last) - view.x(first)), (last - first) * marks.rate)) + 2
    seconds = np.linspace(first, last, columns)
    peaks = np.maximum.reduceat(marks.level, _starts(seconds, marks))
    x = view.x(seconds)
    return _strip(x, np.zeros_like(x), peaks * height)


def _starts(seconds: Floats, marks: Marks) -> NDArray[np.int64]:
    """The value with which each of SECONDS begins."""
    return np.clip((seconds * marks.rate).astype(np.int64), 0, len(marks.level) - 1)


def _strip(x: Floats, low: Floats, high: Floats) -> Points:
    """Triangles between two curves over X."""
    a, b = np.stack([x, low], axis=1), np.stack([x, high], axis=1)
    corners = np.stack([a[:-1], a[1:], b[:-1], b[:-1], a[1:], b[1:]], axis=1)
    return np.asarray(corners.reshape(-1, 2), np.float32)


def bars(spans: Floats, view: View, low: float, high: float) -> Points:
    """Rectangles over SPANS (N, 2) in seconds, as far as they are in view."""
    seen = np.asarray(spans, np.float64).reshape(-1, 2)
    seen = seen[(seen[:, 1] > view.left) & (seen[:, 0] < view.right)]
    x = view.x(np.clip(seen, view.left, view.right))
    corners = [(0, low), (1, low), (0, high), (0, high), (1, low), (1, high)]
    boxes = [np.stack([x[:, side], np.full(len(x), y)], axis=1) for side, y in corners]
    return np.asarray(np.stack(boxes, axis=1).reshape(-1, 2), np.float32)


def box(left: float, right: float, low: float, high: float) -> Points:
    """One rectangle."""
    return _strip(np.array([left, right]), np.array([low, low]), np.array([high, high]))


def lines(seconds: Floats, view: View, low: float, high: float, width: float) -> Points:
    """Upright lines WIDTH pixels wide at SECONDS (N,)."""
    half = 0.5 * width / view.width * (view.right - view.left)
    times = np.asarray(seconds, np.float64)
    return bars(np.stack([times - half, times + half], axis=1), view, low, high)


def diamonds(seconds: Floats, view: View, y: float, size: float) -> Points:
    """Diamonds of SIZE pixels around (SECONDS, Y)."""
    times = np.asarray(seconds, np.float64)
    x = view.x(times[(times >= view.left) & (times <= view.right)])
    corners = [(-1, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)]
    points = [np.stack([x + a * size, np.full(len(x), y + b * size)], axis=1) for a, b in corners]
    return np.asarray(np.stack(points, axis=1).reshape(-1, 2), np.float32)
