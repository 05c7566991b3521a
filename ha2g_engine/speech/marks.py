# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator wants to see of a speech: how loud it is when, its beats, its pauses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths

from . import prosody
from .voices import cleaning

Array = NDArray[np.float32]

RATE: Final = 50.0  # levels a second
LOUD: Final = 0.995  # quantile of the levels that is drawn at full height
QUIETEST: Final = 1e-3  # level that is drawn at full height in a speech that is all silence


@dataclass(frozen=True)
class Marks:
    """level: (N,) loudness 0..1 at RATE. beats: (B,) s, stressed syllables. pauses: (P, 2) s."""

    level: Array
    beats: Array
    pauses: Array

    @property
    def arrays(self) -> dict[str, Array]:
        """As the worker sends them."""
        return {"level": self.level, "beats": self.beats, "pauses": self.pauses}


def of_file(path: str | Path, channel: str = "", voice_only: bool = True) -> Marks:
    """The marks of what ``cleaning.hear`` hears; remembered while the file stays as it is.

    Raises InputError as that does.
    """
    return _of_file(*paths.stamp(path), channel, voice_only)


@lru_cache(maxsize=4)
def _of_file(path: str, _modified: int, _size: int, channel: str, voice_only: bool) -> Marks:
    return of_waveform(cleaning.hear(path, channel, voice_only).waveform)


def of_waveform(waveform: Array) -> Marks:
    """The marks of (samples,) speech at SAMPLE_RATE."""
    level, rate = prosody.envelope(waveform, 0.5 / RATE)
    every = level[:: round(rate / RATE)]
    beats, _ = prosody.peaks(waveform)
    pauses = np.asarray(prosody.pauses(waveform), np.float32).reshape(-1, 2)
    loudest = max(float(np.quantile(level, LOUD)), QUIETEST)
    shown = np.clip(every / loudest, 0.0, 1.0)
    return Marks(shown.astype(np.float32), beats.astype(np.float32), pauses)
