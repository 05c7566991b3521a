# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech files → mono waveform → log-mel windows, and how loud it is when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.windows import PUBLISHED, Windows

from . import mel
from .sizes import (
    HOP,
    MEL_PER_POSE,
    N_FFT,
    SAMPLE_RATE,
    SILENCE_DB,
    mel_frames,
    samples,
)
from .sound_file import mono

Array = NDArray[np.float32]

QUIET_POWER: Final = 1e-3  # mel power of a hiss at about -66 dB; quieter is never scaled up


@dataclass(frozen=True)
class Speech:
    """waveform: (samples,) mono at SAMPLE_RATE. seconds: the length of the file itself."""

    waveform: Array
    seconds: float

    @property
    def frames(self) -> int:
        """Poses the speech needs: ceil(seconds × 15)."""
        return int(np.ceil(self.seconds * FPS - 1e-6))


def read_speech(path: str | Path, channel: str = "") -> Speech:
    """A wav, flac, ogg, mp3 or aiff file → mono speech at SAMPLE_RATE.

    channel: left or right, which is heard alone. Else channels are averaged; where they cancel
    each other out, the loudest speaks for all. Raises
    InputError, one sentence with the file's name, when it is missing, empty, not sound, cut
    short, not finite, under 0.1 s or over an hour.
    """
    return Speech(*mono(path, channel))


def load_speech(path: str | Path, channel: str = "") -> Array:
    """The waveform of ``read_speech``: (samples,) mono at SAMPLE_RATE."""
    return read_speech(path, channel).waveform


def mel_spectrogram(waveform: Array) -> Array:
    """Log-mel spectrogram in dB below the loudest bin of the speech.

    waveform: (samples,) mono at SAMPLE_RATE. Returns (N_MELS, frames) float32 in
    [SILENCE_DB, 0], frames = 1 + samples // HOP (librosa's defaults, power 2, ref = max).
    Speech below QUIET_POWER is measured against that instead, so that silence stays silent.
    """
    padded = np.pad(waveform, (0, max(0, N_FFT - len(waveform))))
    power = mel.power(padded)
    decibel = mel.decibel(power, max(float(power.max()), QUIET_POWER))
    return np.asarray(np.maximum(decibel, SILENCE_DB)[:, : 1 + len(waveform) // HOP], np.float32)


def mel_windows(levels: Array, starts: NDArray[np.int64], cut: Windows = PUBLISHED) -> Array:
    """Each window's own part of the spectrogram.

    levels: (N_MELS, frames) dB. starts: (W,) first pose of each window.
    Returns (W, N_MELS, mel frames of a window); what lies beyond the end is silence.
    """
    first = np.round(starts * MEL_PER_POSE).astype(int)
    frames = mel_frames(cut.frames)
    missing = max(0, int(first.max()) + frames - levels.shape[1])
    padded = np.pad(levels, ((0, 0), (0, missing)), constant_values=SILENCE_DB)
    return np.stack([padded[:, i : i + frames] for i in first])


def wave_windows(waveform: Array, starts: NDArray[np.int64], cut: Windows = PUBLISHED) -> Array:
    """Each window's own part of the waveform.

    starts: (W,) first pose of each window. Returns (W, samples of a window); silence
    past the end.
    """
    first = np.round(starts * SAMPLE_RATE / FPS).astype(int)
    length = samples(cut.frames)
    missing = max(0, int(first.max()) + length - len(waveform))
    padded = np.pad(waveform, (0, missing))
    return np.stack([padded[i : i + length] for i in first])


def loudness(waveform: Array, frames: int) -> Array:
    """(frames,) root mean square of each pose's 1/15 s in dB re full scale, at least -100."""
    edges = np.round(np.arange(frames + 1) * SAMPLE_RATE / FPS).astype(int)
    energy = np.zeros(1 + max(len(waveform), edges[-1]))  # one array: an hour's has half a gigabyte
    energy[1 : 1 + len(waveform)] = waveform
    np.cumsum(np.square(energy, out=energy), out=energy)
    mean = np.diff(energy[edges]) / np.diff(edges)
    return np.asarray(10 * np.log10(np.maximum(mean, 1e-10)), np.float32)
