# SPDX-License-Identifier: GPL-3.0-or-later
"""Loudness, beats and pauses as they are drawn over the timeline."""

import numpy as np
import pytest
import soundfile

from ha2g_engine.errors import InputError
from ha2g_engine.speech import marks
from ha2g_engine.speech.sizes import SAMPLE_RATE

BURSTS = (0.5, 1.1, 3.0)  # s


@pytest.fixture
def bursts():
    """Three tone bursts of 0.1 s, a long silence before the last."""
    time = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    loud = sum(np.exp(-0.5 * ((time - burst) / 0.05) ** 2) for burst in BURSTS)
    return (0.5 * loud * np.sin(2 * np.pi * 220 * time)).astype(np.float32)


def test_beats_and_pauses_are_where_they_are_heard(bursts):
    found = marks.of_waveform(bursts)
    np.testing.assert_allclose(found.beats, BURSTS, atol=0.02)
    (pause,) = [p for p in found.pauses if p[0] > 1.1 and p[1] < 3.0]
    assert 1.2 < pause[0] < 1.5
    assert 2.6 < pause[1] < 2.9


def test_the_level_is_full_at_the_beats_and_empty_between(bursts):
    found = marks.of_waveform(bursts)
    assert len(found.level) == 4 * marks.RATE
    at = [found.level[round(burst * marks.RATE)] for burst in BURSTS]
    assert min(at) > 0.9
    assert found.level[round(2.0 * marks.RATE)] < 0.01


def test_silence_has_no_beats():
    found = marks.of_waveform(np.zeros(SAMPLE_RATE, np.float32))
    assert len(found.beats) == 0
    assert found.level.max() < 0.05


def test_a_file_that_changed_is_read_again(bursts, tmp_path):
    path = tmp_path / "speech.wav"
    soundfile.write(path, bursts, SAMPLE_RATE)
    assert len(marks.of_file(path, voice_only=False).beats) == 3
    soundfile.write(path, bursts[: 2 * SAMPLE_RATE], SAMPLE_RATE)
    assert len(marks.of_file(path, voice_only=False).beats) == 2
    with pytest.raises(InputError, match="is not there"):
        marks.of_file(tmp_path / "gone.wav")
