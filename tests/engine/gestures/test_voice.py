# SPDX-License-Identifier: GPL-3.0-or-later
"""How high a voice is, and with how much effort."""

import librosa
import numpy as np
import pytest

from ha2g_engine.gestures import voice
from ha2g_engine.speech import audio
from ha2g_engine.speech.sizes import SAMPLE_RATE


def tone(hertz, steepness, seconds=1.0):
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = range(1, int(4000 / hertz))
    return sum(np.sin(2 * np.pi * k * hertz * times) / k**steepness for k in harmonics) * 0.1


@pytest.mark.parametrize("hertz", [80.0, 120.0, 180.0, 250.0, 330.0])
def test_a_tone_has_its_pitch(hertz):
    found = voice.heard(tone(hertz, 1.5))
    inner = slice(3, -3)
    assert found.voiced[inner].all()
    assert np.abs(12 * np.log2(found.pitch[inner] / hertz)).max() < 0.5


def test_a_pressed_voice_has_more_effort_and_a_loud_one_a_higher_level():
    soft, pressed = voice.heard(tone(150, 2.0)), voice.heard(tone(150, 1.0))
    assert np.median(pressed.effort) > np.median(soft.effort) + 6
    loud = voice.heard(4 * tone(150, 2.0))
    assert np.median(loud.level - soft.level) == pytest.approx(12.04, abs=0.1)
    np.testing.assert_allclose(loud.effort[3:-3], soft.effort[3:-3], atol=1e-3)


def test_noise_and_silence_are_no_voice():
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE)
    assert voice.heard(noise).voiced.mean() < 0.05
    assert not voice.heard(np.zeros(SAMPLE_RATE)).voiced.any()


def test_real_speech_is_heard_as_another_program_hears_it(jfk):
    wave = audio.read_speech(jfk).waveform
    found = voice.heard(wave)
    theirs, sure, _ = librosa.pyin(
        np.asarray(wave, np.float32), fmin=65, fmax=400, sr=SAMPLE_RATE, frame_length=1024,
        hop_length=int(SAMPLE_RATE / voice.RATE),
    )  # fmt: skip
    count = min(len(theirs), len(found.pitch))
    both = found.voiced[:count] & sure[:count]
    assert both.mean() > 0.4
    apart = np.abs(12 * np.log2(found.pitch[:count][both] / theirs[:count][both]))
    assert (apart < 1).mean() > 0.93
