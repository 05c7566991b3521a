# SPDX-License-Identifier: GPL-3.0-or-later
"""Loudness, beats and pauses of a take's speech as the engine heard them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Marks:
    """level: (N,) loudness 0..1, RATE values a second. beats: (B,) s. pauses: (P, 2) s."""

    level: Array
    beats: Array
    pauses: Array
    rate: float
