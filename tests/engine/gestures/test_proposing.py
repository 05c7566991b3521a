# SPDX-License-Identifier: GPL-3.0-or-later
"""The moods that a voice suggests."""

import numpy as np
import pytest

from ha2g_engine.gestures.proposing import proposed
from ha2g_engine.speech.audio import Speech, read_speech
from ha2g_engine.speech.sizes import SAMPLE_RATE

SYLLABLE = 0.25  # s


def said(*phrases):
    """A voice with syllables, phrase after phrase: (seconds, Hz, semitones up and down, loudness).

    Its harmonics fall off less steeply where it is loud.
    """
    parts = []
    for seconds, hertz, melody, loud in phrases:
        times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        pitch = hertz * 2 ** (melody * np.sin(2 * np.pi * times / 1.1) / 12)
        phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
        harmonics = range(1, 12)
        wave = sum(np.sin(k * phase) / k ** (2 - loud) for k in harmonics)
        syllables = 0.15 + np.sin(np.pi * times / SYLLABLE) ** 2
        parts += [loud * 0.2 * wave * syllables, np.zeros(round(0.5 * SAMPLE_RATE))]
    return sound(np.concatenate(parts))


def sound(wave):
    return Speech(wave.astype(np.float32), len(wave) / SAMPLE_RATE)


def named(found, start, end):
    return {m.mood for m in found if m.start < end - 0.3 and m.end > start + 0.3}


def test_high_loud_and_melodic_is_joy_and_low_soft_and_even_is_sad():
    usual = (3.0, 160.0, 4.0, 0.5)
    speech = said(usual, (3.0, 230.0, 7.0, 1.0), usual, (3.0, 115.0, 0.5, 0.25), usual)
    found = proposed(speech)
    assert named(found, 3.5, 6.5) == {"joyful"}
    assert named(found, 10.5, 13.5) == {"sad"}
    assert "sad" not in named(found, 0.0, 6.5)
    tense = proposed(said(usual, (3.0, 230.0, 0.5, 1.0), usual, usual))
    assert named(tense, 3.5, 6.5) == {"tense"}


@pytest.mark.parametrize(
    "wave", [np.zeros(SAMPLE_RATE), np.random.default_rng(0).normal(0, 0.1, 32_000)]
)
def test_where_there_is_no_voice_there_is_no_mood(wave):
    assert proposed(sound(wave)) == ()


def test_a_real_speech_begins_pressed_and_ends_calm(jfk):
    found = proposed(read_speech(jfk))
    assert [m.start for m in found] == sorted(m.start for m in found)
    assert all(0 <= m.start < m.end <= 11.1 and 0 < m.strength <= 1 for m in found)
    assert named(found, 0.3, 2.1) <= {"tense", "lively", "joyful"} != set()
    assert named(found, 8.2, 11.0) <= {"calm", "sad"} != set()
