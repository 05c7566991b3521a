# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of neighbouring frames."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Run = tuple[int, int]  # first and last


def of_flags(marked: NDArray[np.bool_]) -> list[Run]:
    """First and last index of every run of True in MARKED (T,)."""
    return of_frames(np.flatnonzero(marked).tolist())


def of_frames(frames: Iterable[int]) -> list[Run]:
    """First and last of every run of consecutive FRAMES, which are in order."""
    runs: list[Run] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], frame
        else:
            runs.append((frame, frame))
    return runs
