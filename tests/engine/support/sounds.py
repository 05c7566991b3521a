# SPDX-License-Identifier: GPL-3.0-or-later
"""Sounds that nobody speaks: music and noise made by formulas, of power 1."""

import numpy as np

RATE = 16_000
CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16))  # semitones above A3
BEAT = 0.5  # s


def of_power_one(samples):
    return samples / np.sqrt(np.mean(samples**2))


def music(seconds, seed=0):
    """Chords of five partials, a bass drum and a snare, at 120 beats a minute."""
    rng, total = np.random.default_rng(seed), round(seconds * RATE)
    made = np.zeros(total)
    for beat in range(int(seconds / BEAT)):
        start = round(beat * BEAT * RATE)
        t = np.arange(min(round(BEAT * RATE), total - start)) / RATE
        part = made[start : start + len(t)]
        for note in CHORDS[beat // 4 % 4]:
            for k in range(1, 6):
                part += (
                    0.2 / k * np.sin(2 * np.pi * 220 * 2 ** (note / 12) * k * t) * np.exp(-2 * t)
                )
        kick = np.sin(2 * np.pi * (60 + 80 * np.exp(-30 * t)) * t) * np.exp(-12 * t)
        snare = 0.5 * rng.standard_normal(len(t)) * np.exp(-18 * t)
        part += snare if beat % 2 else kick
    return of_power_one(made)


def noise(seconds, slope=0.0, seed=0):
    """Noise whose power falls with frequency to SLOPE: 0 white, 1 pink, 2 traffic."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    spectrum, hertz = np.fft.rfft(white), np.fft.rfftfreq(len(white), 1 / RATE)
    spectrum[hertz < 20] = 0
    spectrum[hertz >= 20] /= hertz[hertz >= 20] ** (slope / 2)
    return of_power_one(np.fft.irfft(spectrum, len(white)))


def syllables_of_noise(seconds):
    """Bursts as long and as often as syllables, which loudness alone takes for speech."""
    times = np.arange(round(seconds * RATE)) / RATE
    return of_power_one(noise(seconds) * (np.sin(2 * np.pi * 3 * times) > 0))
