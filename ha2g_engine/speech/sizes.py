# SPDX-License-Identifier: GPL-3.0-or-later
"""Rates and sizes of the sound that the networks hear."""

from typing import Final

from ha2g_engine.body.skeleton import FPS, WINDOW_FRAMES

SAMPLE_RATE: Final = 16_000  # Hz
N_FFT: Final = 1024  # samples, 64 ms
HOP: Final = 512  # samples, 32 ms
N_MELS: Final = 128
SILENCE_DB: Final = -80.0  # a mel bin that holds nothing
WINDOW_MEL_FRAMES: Final = round((WINDOW_FRAMES / FPS * SAMPLE_RATE - N_FFT) / HOP + 1)  # 70
WINDOW_SAMPLES: Final = round(WINDOW_FRAMES / FPS * SAMPLE_RATE)  # 36,267
MEL_PER_POSE: Final = SAMPLE_RATE / FPS / HOP  # 2.083 mel frames a pose
