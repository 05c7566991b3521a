# SPDX-License-Identifier: GPL-3.0-or-later
"""The network in numpy hears voices where the published one does."""

import numpy as np
import sounds
from shared_folder import ROOT

from ha2g_engine.speech import audio
from ha2g_engine.speech.voices import silero

ALIKE = 0.01  # half precision


def test_it_says_what_onnxruntime_says(jfk):
    expected = np.load(ROOT / "tests" / "fixtures" / "speech" / "jfk_silero.npy")
    found = silero.likely(audio.load_speech(jfk))
    np.testing.assert_allclose(found, expected, atol=ALIKE)
    assert 0.6 < (found > 0.5).mean() < 0.75


def test_in_pieces_it_is_what_it_is_at_once(jfk, monkeypatch):
    waveform = audio.load_speech(jfk)
    whole = silero.likely(waveform)
    monkeypatch.setattr(silero, "BATCH", 7)
    np.testing.assert_allclose(silero.likely(waveform), whole, atol=1e-5)


def test_music_and_noise_are_nobody():
    for samples in (sounds.music(10), *(sounds.noise(10, slope) for slope in (0, 1, 2))):
        assert silero.likely((0.05 * samples).astype(np.float32)).max() < 0.4


def test_nothing_and_next_to_nothing_can_be_heard():
    assert silero.likely(np.zeros(0, np.float32)).shape == (0,)
    assert silero.likely(np.zeros(1, np.float32)).shape == (1,)
    assert silero.likely(np.zeros(513, np.float32)).shape == (2,)
