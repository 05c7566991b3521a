# SPDX-License-Identifier: GPL-3.0-or-later
"""The mel spectrogram that librosa computes by default, in numpy alone.

Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above; triangles of
equal area.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .sizes import HOP, N_FFT, N_MELS, SAMPLE_RATE

Array = NDArray[np.float32]
Double = NDArray[np.float64]

HERTZ_A_MEL: Final = 200 / 3  # in the linear part
LINEAR: Final = 1000.0  # Hz, where it ends
STEP: Final = np.log(6.4) / 27  # of the logarithm a mel above
FRAMES: Final = 1024  # that are transformed at once


def power(waveform: Array) -> Array:
    """(samples,) at SAMPLE_RATE → (N_MELS, 1 + samples // HOP), power a band.

    Frames of N_FFT samples are centred, with silence beyond the ends, under Hann's window.
    """
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    padded = np.pad(waveform, N_FFT // 2)
    frames = sliding_window_view(padded, N_FFT)[::HOP]
    bands = filters(N_FFT, N_MELS).T.astype(np.float64)
    parts = [
        np.square(np.abs(np.fft.rfft(frames[i : i + FRAMES] * window))) @ bands
        for i in range(0, len(frames), FRAMES)
    ]
    return np.ascontiguousarray(np.concatenate(parts).T, np.float32)


@cache
def filters(n_fft: int, bands: int) -> Array:
    """(bands, 1 + n_fft // 2) triangles over the frequencies of a transform at SAMPLE_RATE."""
    edges = frequencies(bands + 2)
    found = np.arange(1 + n_fft // 2) * (SAMPLE_RATE / n_fft)
    ramps = edges[:, None] - found
    widths = np.diff(edges)[:, None]
    triangles = np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:])
    heights = 2.0 / (edges[2:] - edges[:-2])
    return np.asarray(np.maximum(0, triangles) * heights[:, None], np.float32)


def frequencies(count: int) -> Double:
    """(count,) Hz, evenly spaced in mel from 0 to half of SAMPLE_RATE."""
    mels = np.linspace(0, LINEAR / HERTZ_A_MEL + np.log(SAMPLE_RATE / 2 / LINEAR) / STEP, count)
    above = LINEAR * np.exp(STEP * (mels - LINEAR / HERTZ_A_MEL))
    return np.asarray(np.where(mels < LINEAR / HERTZ_A_MEL, HERTZ_A_MEL * mels, above))


def decibel(values: NDArray[Any], reference: float, least: float = 1e-10) -> Array:
    """Power in dB re ``reference``; nothing counts as less than ``least``."""
    return np.asarray(
        10 * np.log10(np.maximum(values, least)) - 10 * np.log10(max(reference, least)), np.float32
    )
