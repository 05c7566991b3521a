# SPDX-License-Identifier: GPL-3.0-or-later
"""Music and noise make no gestures, loud and faint recordings the same; clean ones stay as is."""

import numpy as np
import pytest
import soundfile
import sounds

from ha2g_engine import light_worker
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.cli.main import main
from ha2g_engine.speech import audio, prosody
from ha2g_engine.speech.audio import Speech
from ha2g_engine.speech.voices import cleaning
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

ALONE = {
    "music": sounds.music(20),
    "white": sounds.noise(20),
    "pink": sounds.noise(20, 1),
    "traffic": sounds.noise(20, 2),
    "syllables": sounds.syllables_of_noise(20),
}


@pytest.fixture(scope="module")
def voice(jfk):
    return audio.load_speech(jfk)


@pytest.fixture(scope="module", params=["full", "light"])
def engine(request):
    return Synthesizer() if request.param == "full" else light_worker.performer(str(DEFAULT))


def speech(samples):
    return Speech(np.asarray(samples, np.float32), len(samples) / sounds.RATE)


def written(path, samples):
    soundfile.write(path, samples, sounds.RATE, "FLOAT")
    return path


def strokes(engine, path, **how):
    """Times of the strokes of a take, s."""
    return [stroke.time for stroke in engine.generate(path, Settings(**how)).plan.strokes]


def test_a_clean_recording_stays_as_it_is_sample_for_sample(jfk, voice):
    np.testing.assert_array_equal(cleaning.hear(jfk).waveform, voice)


@pytest.mark.parametrize("what", ALONE)
def test_music_and_noise_alone_are_silence(what):
    assert not cleaning.voices(speech(0.05 * ALONE[what])).waveform.any()


def test_how_much_of_a_sound_is_no_voice(jfk, tmp_path, voice, capsys):
    assert cleaning.unheard(jfk) == 0.0
    half = np.concatenate([voice, 0.05 * ALONE["music"][: len(voice)]])
    assert cleaning.unheard(written(tmp_path / "half.wav", half)) == pytest.approx(0.5, abs=0.15)
    path = written(tmp_path / "music.wav", 0.05 * ALONE["music"])
    assert cleaning.unheard(path) == 1.0
    assert cleaning.unheard(path, voice_only=False) == 0.0
    command = ["generate", str(path), "--out", str(tmp_path / "m.npz")]
    assert main(command) == 0
    assert (
        "taken for no voice and makes no gestures: ask for --any-sound" in capsys.readouterr().err
    )
    assert main([*command, "--any-sound"]) == 0
    assert "no voice" not in capsys.readouterr().err


@pytest.mark.parametrize("what", ALONE)
def test_they_make_no_stroke(engine, tmp_path, what):
    path = written(tmp_path / "s.wav", 0.05 * ALONE[what])
    assert strokes(engine, path) == []
    if what in ("music", "syllables"):
        assert len(strokes(engine, path, voice_only=False)) > 3  # as it was


@pytest.mark.parametrize("decibel", [20, 10, 5])
@pytest.mark.parametrize("what", ["music", "white", "pink", "traffic"])
def test_a_voice_above_them_is_gestured_to(engine, tmp_path, voice, what, decibel):
    other = ALONE[what][: len(voice)] * voice.std() * 10 ** (-decibel / 20)
    path = written(tmp_path / "s.wav", voice + other)
    found = strokes(engine, path)
    clean = strokes(engine, written(tmp_path / "clean.wav", voice))
    assert 0.5 <= len(found) / len(clean) <= 1.25
    peaks = prosody.peaks(voice)[0]
    assert prosody.near(np.array(found), peaks, 0.25).mean() >= 0.75


def test_before_and_after_a_voice_hands_do_not_move_to_music(engine, tmp_path, voice):
    around = 0.08 * sounds.music(6)
    path = written(tmp_path / "s.wav", np.concatenate([around, voice, around]))
    found = strokes(engine, path)
    assert len(found) >= 3
    assert all(5.5 < time < 6.5 + len(voice) / sounds.RATE for time in found)


@pytest.mark.parametrize("level", [1e-3, 1e-2, 0.1, 30.0])
def test_a_faint_or_loud_recording_is_the_same_speech(engine, tmp_path, voice, level):
    clean = strokes(engine, written(tmp_path / "clean.wav", voice))
    found = strokes(engine, written(tmp_path / "s.wav", level * voice))
    assert abs(len(found) - len(clean)) <= 1


def test_a_silent_room_is_not_made_loud():
    room = speech(1e-6 * sounds.noise(5))
    assert cleaning.voices(room) is room


def test_a_side_is_heard_alone(tmp_path, voice):
    music = 0.08 * sounds.music(len(voice) / sounds.RATE)
    path = written(tmp_path / "two.wav", np.stack([voice, music], axis=1))
    np.testing.assert_array_equal(cleaning.hear(path, "left").waveform, voice)
    assert not cleaning.hear(path, "right").waveform.any()
    assert cleaning.hear(path, "right", voice_only=False).waveform.any()
