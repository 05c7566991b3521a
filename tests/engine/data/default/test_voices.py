# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences, the voices that say them, and the rooms they are recorded in."""

import numpy as np
import pytest
from bursts import bursts

from ha2g_engine.data.default import build, recording, sentences, voices
from ha2g_engine.errors import InputError
from ha2g_engine.speech.sizes import SAMPLE_RATE


def test_sentences_differ_and_end():
    random = np.random.default_rng(0)
    texts = {sentences.sentence(random) for _ in range(400)}
    assert len(texts) > 320
    assert all(text[-1] in ".!?" for text in texts)


def test_words_take_the_time_of_their_letters():
    words = build._timed("So be it.", 1.0, 2.0)
    assert [w for w, _, _ in words] == ["so", "be", "it"]
    assert words[0][1] == 1.0
    assert words[-1][2] == 2.0
    assert words[0][2] == words[1][1] == pytest.approx(1 + 1 / 3, abs=1e-3)


@pytest.mark.parametrize("name", ["espeak-ng", "flite", "piper"])
def test_a_voice_says_the_same_again(name):
    try:
        known = voices.installed()
    except InputError:
        known = {}
    if name not in known:
        pytest.skip(f"{name} is not installed")

    def said(seed):
        speak = voices.manner(name, np.random.default_rng(seed))
        return np.concatenate([speak("Stand up."), speak("Sit down.")])

    first, again, other = said(3), said(3), said(4)
    np.testing.assert_array_equal(first, again)
    assert len(first) > SAMPLE_RATE / 2
    assert len(first) != len(other) or not np.allclose(first, other)


def test_recording_keeps_length_and_is_repeatable():
    speech = bursts([1.0, 4.0])
    first = recording.recorded(speech, np.random.default_rng(3))
    again = recording.recorded(speech, np.random.default_rng(3))
    assert all(len(sound) == len(speech) for sound in first)
    np.testing.assert_array_equal(first[1], again[1])
