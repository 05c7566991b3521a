# SPDX-License-Identifier: GPL-3.0-or-later
"""What is spoken where a figure is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from ha2g_engine.speech.sizes import SAMPLE_RATE


def write_speech(path: Path, length: float) -> Path:
    """LENGTH s of noise in syllables, a pause every few seconds."""
    rng = np.random.default_rng(0)
    at = np.arange(int(length * SAMPLE_RATE)) / SAMPLE_RATE
    syllables = np.clip(np.sin(2 * np.pi * 4 * at), 0, 1) * (at % 5 < 4)
    soundfile.write(path, 0.2 * syllables * rng.standard_normal(len(at)), SAMPLE_RATE)
    return path
