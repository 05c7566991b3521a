# SPDX-License-Identifier: GPL-3.0-or-later
"""Phrases: speech between pauses, found in noise and in a real recording."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from ha2g_engine.speech.phrases import phrases

RATE = 16_000


def test_pauses_part_phrases_and_gaps_do_not(tmp_path):
    rng = np.random.default_rng(0)
    spoken = [(0.5, 2.0), (2.15, 3.0), (4.0, 5.5), (6.5, 6.6)]  # a gap, a pause, a click
    samples = np.zeros(8 * RATE)
    for begin, end in spoken:
        part = slice(int(begin * RATE), int(end * RATE))
        samples[part] = 0.1 * rng.standard_normal(part.stop - part.start)
    path = tmp_path / "s.wav"
    soundfile.write(path, samples, RATE)
    assert len(phrases(path)[0]) == 0  # it is noise
    found, seconds = phrases(path, voice_only=False)
    assert seconds == pytest.approx(8.0)
    np.testing.assert_allclose(found, [(0.5, 3.0), (4.0, 5.5)], atol=1 / 15)


def test_silence_has_none(tmp_path):
    path = tmp_path / "s.wav"
    soundfile.write(path, np.zeros(3 * RATE), RATE)
    assert phrases(path)[0].shape == (0, 2)


def test_real_speech(jfk):
    found, seconds = phrases(jfk)
    assert seconds == pytest.approx(11.0)
    assert 3 <= len(found) <= 6  # "And so, my fellow Americans / ask not / what your …"
    assert (found[1:, 0] > found[:-1, 1]).all()
