# SPDX-License-Identifier: GPL-3.0-or-later
"""Two voices in one recording: each heard alone, without what leaks from the other."""

import numpy as np
import pytest
import soundfile

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError
from ha2g_engine.speech import audio, phrases, prosody
from ha2g_engine.speech.audio import Speech
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.synthesis import two_voices

LEAK = 0.05  # of a voice in the other's microphone, -26 dB


def voices(seconds=12.0):
    """Two who talk in turns of three seconds: as they spoke, and as two microphones heard it."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    noise = np.random.default_rng(0).standard_normal((2, len(times)))
    syllables = np.sin(2 * np.pi * 3 * times) > 0
    first = (times % 6) < 2.8
    spoken = 0.2 * noise * syllables * np.stack([first, ~first])
    heard = spoken + LEAK * spoken[::-1] + 1e-4 * noise[::-1]
    return spoken, [Speech(one.astype(np.float32), seconds) for one in heard]


def test_what_leaks_is_not_spoken():
    spoken, heard = voices()
    for own, other in ((0, 1), (1, 0)):
        alone = two_voices.apart(heard[own], heard[other])
        frames = alone.frames
        truth = audio.loudness(spoken[own].astype(np.float32), frames) > -60
        theirs = audio.loudness(spoken[other].astype(np.float32), frames) > -60
        said = two_voices.speaking(alone, frames)
        assert said[truth & ~theirs].mean() > 0.95
        assert not said[theirs & ~truth].any()
        assert all(truth[int(a.time * FPS) - 1 : int(a.time * FPS) + 2].any()
                   for a in prosody.accents(alone.waveform))  # fmt: skip


def test_the_shorter_recording_goes_on_in_silence():
    _, (first, second) = voices()
    short = Speech(first.waveform[: 5 * SAMPLE_RATE], 5.0)
    longer = two_voices.apart(short, second)
    assert longer.seconds == second.seconds
    assert len(longer.waveform) == len(second.waveform)
    assert not longer.waveform[5 * SAMPLE_RATE :].any()
    assert two_voices.apart(second, short).seconds == second.seconds


def test_somebody_who_never_speaks_never_does():
    _, (first, _) = voices()
    silent = Speech(np.zeros_like(first.waveform), first.seconds)
    assert not two_voices.speaking(two_voices.apart(silent, first), first.frames).any()


def test_channels_are_heard_alone(tmp_path):
    path = tmp_path / "two.wav"
    tones = [np.sin(np.arange(SAMPLE_RATE) * pitch) * 0.3 for pitch in (0.05, 0.15)]
    soundfile.write(path, np.stack(tones, axis=1), SAMPLE_RATE)
    left, right = (audio.read_speech(path, side).waveform for side in ("left", "right"))
    np.testing.assert_allclose(left, tones[0], atol=1e-3)
    np.testing.assert_allclose(right, tones[1], atol=1e-3)
    np.testing.assert_allclose(audio.read_speech(path).waveform, (left + right) / 2, atol=1e-3)
    one = tmp_path / "one.wav"
    soundfile.write(one, tones[0], SAMPLE_RATE)
    assert len(audio.read_speech(one, "left").waveform) == SAMPLE_RATE
    with pytest.raises(InputError, match=r"one\.wav' has one channel, and its right"):
        audio.read_speech(one, "right")


def test_shorter_pauses_end_phrases_where_asked():
    speaking = np.ones(60, bool)
    speaking[20:24] = speaking[40:48] = False
    assert len(phrases.of_speaking(speaking)) == 2
    assert len(phrases.of_speaking(speaking, 0.2)) == 3
