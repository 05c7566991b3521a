# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech files → mono waveform → log-mel windows, and how loud it is when."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError

from .compiled import librosa
from .sizes import (
    HOP,
    MEL_PER_POSE,
    N_FFT,
    N_MELS,
    SAMPLE_RATE,
    SILENCE_DB,
    WINDOW_MEL_FRAMES,
    WINDOW_SAMPLES,
)
from .wav_header import filled_in, wav_data

Array = NDArray[np.float32]

QUIET_POWER: Final = 1e-3  # mel power of a hiss at about -66 dB; quieter is never scaled up
MP3_HEAD: Final = 4096  # bytes, within which the first frame tells how many there are
VANISHED: Final = 0.1  # of the loudest channel: an average below it is of opposite channels
MIN_SECONDS: Final = 0.1
MAX_SECONDS: Final = 3600.0


@dataclass(frozen=True)
class Speech:
    """waveform: (samples,) mono at SAMPLE_RATE. seconds: the length of the file itself."""

    waveform: Array
    seconds: float

    @property
    def frames(self) -> int:
        """Poses the speech needs: ceil(seconds × 15)."""
        return int(np.ceil(self.seconds * FPS - 1e-6))


def read_speech(path: str | Path) -> Speech:
    """Any file libsndfile reads (wav, flac, ogg, mp3) → mono speech at SAMPLE_RATE.

    Channels are averaged; where they cancel each other out, the loudest speaks for all. Raises
    InputError, one sentence with the file's name, when it is missing, empty, not sound, cut
    short, not finite, under 0.1 s or over an hour.
    """
    samples, rate = _read(Path(path))
    seconds = len(samples) / rate
    if rate != SAMPLE_RATE:
        samples = librosa.resample(samples, orig_sr=rate, target_sr=SAMPLE_RATE)
    return Speech(np.ascontiguousarray(samples, np.float32), seconds)


def load_speech(path: str | Path) -> Array:
    """The waveform of ``read_speech``: (samples,) mono at SAMPLE_RATE."""
    return read_speech(path).waveform


def _read(path: Path) -> tuple[Array, int]:
    if not path.is_file():
        raise InputError(f"'{path}' is not there: choose an existing speech file.")
    if path.stat().st_size == 0:
        raise InputError(f"'{path}' is empty: choose a file with speech in it.")
    samples, rate = _decoded(path)
    return _checked(_mixed(samples), rate, path), rate


def _decoded(path: Path) -> tuple[Array, int]:
    """(samples, channels) and their rate. Raises InputError for what was cut or is no sound."""
    wav = wav_data(path)
    source = io.BytesIO(filled_in(path, wav)) if wav and wav.streamed else path
    try:
        with soundfile.SoundFile(source) as file:
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
            missing = wav.missing if wav else _missing(path, file, len(samples))
    except soundfile.LibsndfileError as error:
        raise InputError(
            f"'{path}' is not a sound file that can be read: save it as wav, flac, ogg or mp3."
        ) from error
    if missing > MIN_SECONDS:
        there = len(samples) / rate
        raise InputError(
            f"'{path}' is cut short: it announces {there + missing:.1f} s and holds {there:.1f} s: "
            "copy it again, or save what is there as a new file."
        )
    return samples, rate


def _missing(path: Path, file: soundfile.SoundFile, samples: int) -> float:
    """Seconds that an MP3 file announces beyond these samples; without a count it is a guess."""
    if file.format != "MP3":
        return 0.0
    with path.open("rb") as content:
        head = content.read(MP3_HEAD)
    counted = b"Xing" in head or b"Info" in head
    return float(file.frames - samples) / file.samplerate if counted else 0.0


def _mixed(samples: Array) -> Array:
    """(samples, channels) → (samples,): the average, or the loudest channel if that vanishes."""
    mean = samples.mean(axis=1)
    if samples.shape[1] == 1 or not len(samples):
        return np.asarray(mean, np.float32)
    powers = np.square(samples, dtype=np.float64).mean(axis=0)
    if np.square(mean, dtype=np.float64).mean() < VANISHED**2 * powers.max():
        return samples[:, int(powers.argmax())]
    return np.asarray(mean, np.float32)


def _checked(samples: Array, rate: int, path: Path) -> Array:
    seconds = len(samples) / rate
    if seconds < MIN_SECONDS:
        raise InputError(f"'{path}' holds {seconds:.2f} s of sound: at least 0.1 s are needed.")
    if seconds > MAX_SECONDS:
        raise InputError(f"'{path}' lasts over an hour: cut it into shorter files.")
    if not np.isfinite(samples).all():
        raise InputError(f"'{path}' has samples that are not numbers: export the sound again.")
    return samples


def mel_spectrogram(waveform: Array) -> Array:
    """Log-mel spectrogram in dB below the loudest bin of the speech.

    waveform: (samples,) mono at SAMPLE_RATE. Returns (N_MELS, frames) float32 in
    [SILENCE_DB, 0], frames = 1 + samples // HOP (librosa's defaults, power 2, ref = max).
    Speech below QUIET_POWER is measured against that instead, so that silence stays silent.
    """
    padded = np.pad(waveform, (0, max(0, N_FFT - len(waveform))))
    power = librosa.feature.melspectrogram(
        y=padded, sr=SAMPLE_RATE, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS, power=2.0
    )
    reference = max(float(power.max()), QUIET_POWER)
    decibel = librosa.power_to_db(power, ref=reference, amin=1e-10, top_db=None)
    return np.asarray(np.maximum(decibel, SILENCE_DB)[:, : 1 + len(waveform) // HOP], np.float32)


def mel_windows(mel: Array, starts: NDArray[np.int64]) -> Array:
    """Each window's own part of the spectrogram.

    mel: (N_MELS, frames). starts: (W,) first pose of each window.
    Returns (W, N_MELS, WINDOW_MEL_FRAMES); what lies beyond the end is silence.
    """
    first = np.round(starts * MEL_PER_POSE).astype(int)
    missing = max(0, int(first.max()) + WINDOW_MEL_FRAMES - mel.shape[1])
    padded = np.pad(mel, ((0, 0), (0, missing)), constant_values=SILENCE_DB)
    return np.stack([padded[:, i : i + WINDOW_MEL_FRAMES] for i in first])


def wave_windows(waveform: Array, starts: NDArray[np.int64]) -> Array:
    """Each window's own part of the waveform.

    starts: (W,) first pose of each window. Returns (W, WINDOW_SAMPLES); silence past the end.
    """
    first = np.round(starts * SAMPLE_RATE / FPS).astype(int)
    missing = max(0, int(first.max()) + WINDOW_SAMPLES - len(waveform))
    padded = np.pad(waveform, (0, missing))
    return np.stack([padded[i : i + WINDOW_SAMPLES] for i in first])


def loudness(waveform: Array, frames: int) -> Array:
    """(frames,) root mean square of each pose's 1/15 s in dB re full scale, at least -100."""
    edges = np.round(np.arange(frames + 1) * SAMPLE_RATE / FPS).astype(int)
    padded = np.pad(waveform, (0, max(0, edges[-1] - len(waveform)))).astype(np.float64)
    energy = np.concatenate(([0.0], np.cumsum(padded**2)))
    mean = np.diff(energy[edges]) / np.diff(edges)
    return np.asarray(10 * np.log10(np.maximum(mean, 1e-10)), np.float32)
