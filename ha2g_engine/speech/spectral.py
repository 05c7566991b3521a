# SPDX-License-Identifier: GPL-3.0-or-later
"""Beats and loudness from a log-mel spectrogram, for data that keeps no waveform."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import series

from . import mel as mel_bands
from . import prosody
from .compiled import librosa
from .sizes import HOP, N_FFT, N_MELS, SAMPLE_RATE

Array = NDArray[np.float64]
Mel = NDArray[np.floating[Any]]


def mel_beats(mel: Mel) -> Array:
    """Seconds of librosa's onsets in (N_MELS, frames) dB of ``audio.mel_spectrogram``."""
    strength = librosa.onset.onset_strength(
        S=np.asarray(mel, np.float32), sr=SAMPLE_RATE, hop_length=HOP, n_fft=N_FFT
    )
    return np.asarray(
        librosa.onset.onset_detect(
            onset_envelope=strength, sr=SAMPLE_RATE, hop_length=HOP, units="time"
        )
    )


def mel_envelope(mel: Mel) -> tuple[Array, float]:
    """``prosody.envelope`` of (N_MELS, frames) dB, up to a factor, and its rate.

    A mel filter's power over its height (Slaney's norm: 2 over the bandwidth) is the energy in
    its band; the bands add up to the energy of the frame (Parseval).
    """
    energy = (10 ** (np.asarray(mel, np.float64) / 10) / _heights()[:, None]).sum(axis=0)
    times = np.arange(len(energy)) * HOP / SAMPLE_RATE
    fine = np.arange(0, times[-1] + 1e-9, 1 / prosody.RATE)
    smooth = series.gaussian(np.interp(fine, times, energy), prosody.SYLLABLE * prosody.RATE)
    return np.sqrt(np.maximum(smooth, 1e-14)), prosody.RATE


def mel_peaks(mel: Mel) -> Array:
    """Seconds of the prosodic peaks in (N_MELS, frames) dB; as ``prosody.peaks`` finds them."""
    return prosody.level_peaks(*mel_envelope(mel))[0]


@cache
def _heights() -> Array:
    """(N_MELS,) the filters' heights."""
    edges = mel_bands.frequencies(N_MELS + 2)
    return np.asarray(2.0 / (edges[2:] - edges[:-2]))
