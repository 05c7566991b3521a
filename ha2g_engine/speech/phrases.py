# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a speech's phrases begin and end: what a listener answers to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS

from . import activity, audio
from .sizes import SAMPLE_RATE
from .voices import cleaning

SHORTEST_PAUSE: Final = 0.3  # seconds; shorter gaps belong to the words around them
SHORTEST_PHRASE: Final = 0.4  # seconds; shorter sounds are no phrase


def phrases(
    speech: str | Path, side: str | None = None, voice_only: bool = True
) -> tuple[NDArray[np.float64], float]:
    """First and last second of each phrase (P, 2), and the length of ``speech`` in seconds.

    side, voice_only: as ``cleaning.hear`` has them. Raises InputError.
    """
    sound = cleaning.hear(speech, side, voice_only)
    return of(sound), len(sound.waveform) / SAMPLE_RATE


def of(sound: audio.Speech) -> NDArray[np.float64]:
    """First and last second of each phrase (P, 2): speech without a pause of SHORTEST_PAUSE."""
    level = audio.loudness(sound.waveform, sound.frames)
    joined: list[list[float]] = []
    for begin, end in activity.runs(activity.spoken(level)) / FPS:
        if joined and begin - joined[-1][1] < SHORTEST_PAUSE:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    kept = [run for run in joined if run[1] - run[0] >= SHORTEST_PHRASE]
    return np.array(kept, np.float64).reshape(-1, 2)
