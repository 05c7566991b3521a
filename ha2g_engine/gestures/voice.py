# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice over time: how high it is, how loud, with how much effort.

Pitch by the autocorrelation of windowed frames over that of the window (P. Boersma, "Accurate
short-term analysis of the fundamental frequency", IFA Proceedings 17, 1993); effort by the alpha
ratio, the energy from 1 to 5 kHz over that below: voices pressed harder fall off less steeply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ha2g_engine.speech.sizes import SAMPLE_RATE

Array = NDArray[np.float64]

RATE: Final = 50.0  # frames a second
FRAME: Final = 1024  # samples, 64 ms
PADDED: Final = 2 * FRAME  # samples of a transform, so that correlation does not go round
LOWEST, HIGHEST = 65.0, 400.0  # Hz
VOICED: Final = 0.5  # of a frame's energy that repeats, at least
FIRST: Final = 0.9  # of the best repetition is enough for an earlier one: an octave higher
QUIET: Final = -30.0  # dB below the loud parts: no voice any more
BANDS: Final = ((50.0, 1000.0), (1000.0, 5000.0))  # Hz
AT_ONCE: Final = 2000  # frames


@dataclass(frozen=True)
class Voice:
    """Of each of F frames, RATE a second: pitch in Hz, 0 without voice; level, effort in dB."""

    pitch: Array
    level: Array
    effort: Array

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """(F,) where there is one."""
        return self.pitch > 0


def heard(speech: NDArray[np.floating[Any]]) -> Voice:
    """The voice in (samples,) at SAMPLE_RATE, in frames around every 20 ms."""
    hop = int(SAMPLE_RATE / RATE)
    around = np.pad(speech.astype(np.float32), FRAME // 2)
    frames = sliding_window_view(around, FRAME)[::hop]
    parts = [_of(frames[i : i + AT_ONCE]) for i in range(0, len(frames), AT_ONCE)]
    pitch, repeats, level, effort = (np.concatenate(part) for part in zip(*parts, strict=True))
    loud = level > np.quantile(level, 0.95) + QUIET
    return Voice(np.where((repeats > VOICED) & loud, pitch, 0.0), level, effort)


def _of(frames: NDArray[np.float32]) -> tuple[Array, Array, Array, Array]:
    """(F, FRAME) → pitch, share that repeats, level and effort, each (F,)."""
    window = np.hanning(FRAME)
    centred = (frames - frames.mean(axis=1, keepdims=True)) * window
    power = np.abs(np.fft.rfft(centred, PADDED)) ** 2
    own = np.fft.irfft(np.abs(np.fft.rfft(window, PADDED)) ** 2)
    lags = np.arange(int(SAMPLE_RATE / HIGHEST), int(SAMPLE_RATE / LOWEST) + 1)
    correlated = np.fft.irfft(power)
    share = correlated[:, lags] / np.maximum(correlated[:, :1], 1e-12) / (own[lags] / own[0])
    best = share.max(axis=1)
    peaks = np.zeros(share.shape, bool)
    peaks[:, 1:-1] = (share[:, 1:-1] >= share[:, :-2]) & (share[:, 1:-1] >= share[:, 2:])
    early = (peaks & (share >= FIRST * best[:, None])).argmax(axis=1)
    hertz = np.fft.rfftfreq(PADDED, 1 / SAMPLE_RATE)
    low, high = (power[:, (hertz >= a) & (hertz < b)].sum(axis=1) for a, b in BANDS)
    level = 10 * np.log10(np.maximum((low + high) / FRAME**2, 1e-12))
    effort = 10 * np.log10(np.maximum(high, 1e-12) / np.maximum(low, 1e-12))
    return SAMPLE_RATE / lags[early], best, level, effort
