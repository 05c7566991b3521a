# SPDX-License-Identifier: GPL-3.0-or-later
"""What is good and bad about a take, and where: beats and seams. No bpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from . import strokes
from .marks import Marks

Floats = NDArray[np.floating[Any]]

TOLERANCE: Final = 0.2  # seconds between a beat and its stroke
WINDOW_STRIDE: Final = 30  # frames from one of the engine's windows to the next, if not told
OVERLAP: Final = 4  # frames that two windows share
CALM: Final = 1.0  # seam jump that stands out nowhere
SHOWN: Final = 12  # places kept of each kind, the worst first


@dataclass(frozen=True)
class Place:
    """Something to look at. time: seconds from the take's start. amount: behind the words."""

    time: float
    words: str
    amount: str = ""


@dataclass(frozen=True)
class Report:
    """The measures of a take and the places behind them.

    beats: stressed syllables; hit: those with a stroke within TOLERANCE; strokes, on_beat: the
    other way round, for nobody strikes on every syllable. seam: the largest change of a direction
    at a window's border over the 99th percentile of all changes.
    """

    beats: int
    hit: int
    strokes: int
    on_beat: int
    seam: float
    missed: tuple[Place, ...]
    seams: tuple[Place, ...]


def report(
    directions: Floats,
    fps: float,
    marks: Marks | None,
    stride: int = WINDOW_STRIDE,
    overlap: int = OVERLAP,
) -> Report:
    """The report of a take from its directions (T, 42, 3), its speech and the engine's windows."""
    times = np.array([stroke.peak / fps for stroke in strokes.find(directions, fps)])
    beats = marks.beats if marks is not None else np.zeros(0)
    beats = beats[beats < len(directions) / fps]
    gaps = np.abs(beats[:, None] - times[None]).min(axis=1, initial=np.inf)
    apart = np.abs(beats[:, None] - times[None]).min(axis=0, initial=np.inf)
    missed = [Place(float(t), "no stroke") for t in beats[gaps > TOLERANCE]]
    jumps = seam_jumps(directions, stride, overlap)
    loud = [Place(frame / fps, "jump", f" × {size:.1f}") for frame, size in jumps if size > CALM]
    return Report(
        beats=len(beats),
        hit=len(beats) - len(missed),
        strokes=len(times),
        on_beat=int((apart <= TOLERANCE).sum()),
        seam=max((size for _, size in jumps), default=0.0),
        missed=tuple(missed[:SHOWN]),
        seams=tuple(loud[:SHOWN]),
    )


def seam_jumps(directions: Floats, stride: int, overlap: int) -> list[tuple[int, float]]:
    """(frame, size) of the largest change at each border of the engine's windows."""
    motion = np.asarray(directions, np.float64)
    if len(motion) <= stride:
        return []
    change = np.linalg.norm(np.diff(motion, axis=0), axis=-1).max(axis=-1)
    usual = max(float(np.percentile(change, 99)), 1e-6)
    found = []
    for start in range(stride, len(change), stride):
        near = change[start - 1 : start + overlap]
        found.append((start - 1 + int(near.argmax()), float(near.max()) / usual))
    return found
