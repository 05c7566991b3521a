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
    speech: str | Path, channel: str = "", voice_only: bool = True
) -> tuple[NDArray[np.float64], float]:
    """First and last second of each phrase (P, 2), and the length of ``speech`` in seconds.

    channel, voice_only: as ``cleaning.hear`` has them. Raises InputError.
    """
    sound = cleaning.hear(speech, channel, voice_only)
    return of(sound), len(sound.waveform) / SAMPLE_RATE


def of(sound: audio.Speech) -> NDArray[np.float64]:
    """First and last second of each phrase (P, 2): speech without a pause of SHORTEST_PAUSE."""
    return of_speaking(activity.spoken(audio.loudness(sound.waveform, sound.frames)))


def of_speaking(speaking: NDArray[np.bool_], pause: float = SHORTEST_PAUSE) -> NDArray[np.float64]:
    """(P, 2) s, the phrases of who is speaking or not on each frame (T,).

    pause: s of silence that end a phrase.
    """
    joined: list[list[float]] = []
    for begin, end in activity.runs(speaking) / FPS:
        if joined and begin - joined[-1][1] < pause:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    kept = [run for run in joined if run[1] - run[0] >= SHORTEST_PHRASE]
    return np.array(kept, np.float64).reshape(-1, 2)
