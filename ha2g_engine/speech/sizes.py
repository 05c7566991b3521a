# SPDX-License-Identifier: GPL-3.0-or-later
"""Rates and sizes of the sound that the networks hear."""

from typing import Final

from ha2g_engine.body.skeleton import FPS

SAMPLE_RATE: Final = 16_000  # Hz
N_FFT: Final = 1024  # samples, 64 ms
HOP: Final = 512  # samples, 32 ms
N_MELS: Final = 128
SILENCE_DB: Final = -80.0  # a mel bin that holds nothing
MEL_PER_POSE: Final = SAMPLE_RATE / FPS / HOP  # 2.083 mel frames a pose


def mel_frames(poses: int) -> int:
    """Of the spectrogram within a window of so many poses: 70 of the published 34."""
    return round((poses / FPS * SAMPLE_RATE - N_FFT) / HOP + 1)


def samples(poses: int) -> int:
    """Of the waveform within a window of so many poses: 36,267 of the published 34."""
    return round(poses / FPS * SAMPLE_RATE)
