# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies between a mouth and a file: dynamics, room, microphone, noise, level."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from ha2g_engine.speech.prosody import envelope
from ha2g_engine.speech.sizes import SAMPLE_RATE

Array = NDArray[np.float32]


def recorded(speech: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """(samples,) clean speech → what was said, and what some microphone in some room hears.

    Both have the speech's length. The first has the second's dynamics but neither room nor
    noise: accents and pauses are found in it.
    """
    lively = dynamics(speech, random)
    roomy = _room(lively, random) if random.random() < 0.6 else lively
    heard = _microphone(roomy, random) if random.random() < 0.6 else roomy
    ratio = random.choice((random.uniform(15, 30), random.uniform(30, 60)))  # dB
    noisy = heard + noise(len(heard), random) * _rms(heard) * 10 ** (-ratio / 20)
    return lively, at_level(noisy, random.uniform(0.1, 0.95))


def noise(samples: int, random: np.random.Generator) -> Array:
    """(samples,) noise of RMS 1 whose spectrum falls by 0 to 9 dB an octave, some with hum."""
    spectrum = np.fft.rfft(random.standard_normal(samples))
    frequency = np.maximum(np.fft.rfftfreq(samples, 1 / SAMPLE_RATE), 20)
    sound = np.fft.irfft(spectrum * frequency ** -random.uniform(0, 1.5), samples)
    sound /= _rms(sound)
    if random.random() < 0.3:
        time = np.arange(samples) / SAMPLE_RATE
        sound = sound + random.uniform(0.2, 1) * np.sin(2 * np.pi * random.choice((50, 60)) * time)
    return np.asarray(sound / _rms(sound), np.float32)


def dynamics(speech: Array, random: np.random.Generator) -> Array:
    """Louder and softer phrases, and accents expanded or compressed, as people differ in."""
    level, rate = envelope(speech, 0.15)
    expansion = random.uniform(-0.2, 0.7)
    gain = (level / max(float(level.max()), 1e-6) + 0.05) ** expansion
    knots = max(2, len(level) // int(1.2 * rate))
    drift = np.interp(
        np.linspace(0, 1, len(level)), np.linspace(0, 1, knots), random.normal(0, 2.5, knots)
    )
    curve = gain * 10 ** (drift / 20)
    at_samples = np.interp(
        np.arange(len(speech)), np.arange(len(curve)) * SAMPLE_RATE / rate, curve
    )
    return np.asarray(speech * at_samples, np.float32)


def _room(speech: Array, random: np.random.Generator) -> Array:
    """Reverberation: noise that decays by 60 dB in 0.1 to 0.7 s, under the direct sound."""
    seconds = random.uniform(0.1, 0.7)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tail = random.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail *= random.uniform(0.2, 0.8) / np.linalg.norm(tail)
    tail[0] += 1
    return np.asarray(signal.fftconvolve(speech, tail)[: len(speech)], np.float32)


def _microphone(speech: Array, random: np.random.Generator) -> Array:
    """A band from 50-250 Hz to 3-7.5 kHz, as telephones and old microphones have."""
    band = (random.uniform(50, 250), random.uniform(3000, 7500))
    filters = signal.butter(2, band, "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(signal.sosfilt(filters, speech), np.float32)


def at_level(sound: Array, peak: float) -> Array:
    return np.asarray(sound * (peak / max(float(np.abs(sound).max()), 1e-6)), np.float32)


def _rms(sound: NDArray[np.floating[Any]]) -> float:
    return float(np.sqrt(np.mean(np.square(sound)))) + 1e-9
