# SPDX-License-Identifier: GPL-3.0-or-later
"""A made voice for gestures that have none: it says, syllable by syllable, what the hands do.

SmartBody's clips are silent, and what is not heard cannot be learned. For trying out training a
clip gets a voice by rule from its own sync points and hand: five syllables a second, whose vowel
names the phase of the gesture (Kendon 2004: rest, preparation, stroke, hold, retraction), whose
pitch names the hand, loudest in the stroke. No person speaks like that: nothing learned from it
is fit for real speech.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.speech.transcript import Word

Array = NDArray[np.float32]

SYLLABLE: Final = 0.2  # s
PHASES: Final = {  # vowel: two formants in Hz, and loudness
    "rest": ((500, 1500), 0.05),
    "prepare": ((300, 2300), 0.4),
    "stroke": ((750, 1200), 1.0),
    "hold": ((450, 800), 0.5),
    "retract": ((350, 1800), 0.25),
}
SYNC: Final = ("ready", "stroke_start", "emphasis", "relax")  # where each phase after rest begins
PITCH: Final = {"LEFT": 110.0, "BOTH": 155.0, "RIGHT": 220.0}  # Hz


def spoken(row: Mapping[str, str], seconds: float) -> tuple[Array, list[Word]]:
    """(samples,) at SAMPLE_RATE and a word a syllable, for a row of SmartBody's table."""
    borders = [float(row[name]) for name in SYNC]
    starts = np.arange(0, seconds, SYLLABLE)
    names = [list(PHASES)[np.searchsorted(borders, t + SYLLABLE / 2)] for t in starts]
    hand = row["hand_moved"] if row["hand_moved"] in PITCH else "BOTH"
    parts = [_syllable(name, PITCH[hand]) for name in names]
    samples = round(seconds * SAMPLE_RATE)
    sound = np.concatenate(parts)[:samples]
    text = [name if name == "rest" else f"{name} {hand}".lower() for name in names]
    words = [
        Word(name.replace(" ", "-"), float(t), float(t) + SYLLABLE)
        for name, t in zip(text, starts, strict=True)
    ]
    return np.pad(sound, (0, samples - len(sound))), words


def _syllable(phase: str, pitch: float) -> Array:
    """A buzz through two resonances, swelling and fading."""
    formants, loudness = PHASES[phase]
    count = round(SYLLABLE * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    sound = signal.sawtooth(2 * np.pi * pitch * time)
    voiced = sum(_resonance(sound, formant) for formant in formants)
    swell = np.sin(np.pi * np.arange(count) / count) ** 0.5
    return np.asarray(0.5 * loudness * swell * voiced / np.abs(voiced).max(), np.float32)


def _resonance(sound: NDArray[np.float64], formant: float) -> NDArray[np.float64]:
    return np.asarray(signal.lfilter(*signal.iirpeak(formant, 8.0, fs=SAMPLE_RATE), sound))
