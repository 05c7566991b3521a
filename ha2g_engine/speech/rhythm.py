# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a speech a body feels: its beats and how loud they are, its slow rise and fall."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import series

from . import prosody

Array = NDArray[np.floating[Any]]

NUMBERS: Final = 2  # a frame: beat, phrase
SLOW: Final = 0.45  # s, of the phrase's rise and fall
RANGE_DB: Final = 35.0  # below the loudest: no voice any more
SOFT_DB: Final = -16.0  # below the loudest: the softest beat
LIFT: Final = (0.24, 0.14)  # s before a beat, and width of the small rise that leads to it
FALL: Final = (0.11, 0.2)  # s, widths of a beat's fall and of its recovery
LIFTED: Final = 0.35  # of a beat's depth, before it
SOFTEST: Final = 0.3  # of a loud beat's depth
FELT: Final = 6.0  # s from a beat in which it is felt: beyond, in doubles, it is 0


def felt(speech: Array, frames: int, fps: float) -> NDArray[np.float64]:
    """(samples,) at SAMPLE_RATE → (frames, 2): how deep a body is in a beat, and in a phrase.

    Beat is 1 on a loud one and below 0 just before; phrase is smoothed loudness, 0 to about 1.
    """
    if not len(speech) or not np.any(speech):
        return np.zeros((frames, NUMBERS))
    level, rate = prosody.envelope(speech)
    decibel = 20 * np.log10(level / level.max())
    times = np.arange(frames) / fps
    slow = series.gaussian(np.clip(1 + decibel / RANGE_DB, 0, 1), SLOW * rate)
    phrase = np.interp(times, np.arange(len(slow)) / rate, slow)
    peaks, prominence = prosody.peaks(speech)
    foremost = peaks[np.argsort(-prominence, kind="stable")]
    beat = _beat(prosody.spaced(foremost, prosody.BEAT_GAP), decibel, rate, times)
    return np.stack([beat, phrase], axis=1)


def _beat(peaks: list[float], decibel: Array, rate: float, times: Array) -> Array:
    fall, lift = np.zeros(len(times)), np.zeros(len(times))
    for peak in peaks:
        loud = float(np.clip(1 - decibel[int(peak * rate)] / SOFT_DB, 0, 1))
        depth = SOFTEST + (1 - SOFTEST) * loud
        near = slice(*np.searchsorted(times, (peak - FELT, peak + FELT)))
        away = times[near] - peak
        width = np.where(away < 0, *FALL)
        fall[near] = np.maximum(fall[near], depth * np.exp(-((away / width) ** 2)))
        before = np.exp(-(((away + LIFT[0]) / LIFT[1]) ** 2))
        lift[near] = np.maximum(lift[near], LIFTED * depth * before)
    return fall - lift
