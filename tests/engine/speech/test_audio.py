# SPDX-License-Identifier: GPL-3.0-or-later
"""Files become mel windows: every rate and format, each window its own part."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from ha2g_engine.errors import InputError
from ha2g_engine.speech import audio
from ha2g_engine.speech.sizes import HOP, N_MELS, SAMPLE_RATE, SILENCE_DB, WINDOW_MEL_FRAMES


def test_a_window_has_the_papers_70_mel_frames():
    assert WINDOW_MEL_FRAMES == 70


def test_mel_is_librosas_log_mel_for_loud_speech(jfk):
    waveform = audio.load_speech(jfk)
    power = librosa.feature.melspectrogram(y=waveform, sr=16_000, n_fft=1024, hop_length=512)
    expected = librosa.power_to_db(power, ref=np.max)
    np.testing.assert_allclose(audio.mel_spectrogram(waveform), expected, atol=1e-3)


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_silence_is_not_scaled_up(level):
    noise = level * np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    assert audio.mel_spectrogram(noise).max() < -30


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_gives_the_same_length(write_speech, rate, channels):
    sound = audio.read_speech(write_speech(seconds=1.2, rate=rate, channels=channels))
    assert sound.frames == 18
    assert abs(len(sound.waveform) - 1.2 * 16_000) <= 1
    assert sound.waveform.dtype == np.float32


@pytest.mark.parametrize("name", ["speech.wav", "speech.flac", "speech.ogg", "speech.mp3"])
def test_every_format(write_speech, name):
    sound = audio.read_speech(write_speech(name, seconds=2.0, rate=44_100))
    assert abs(sound.seconds - 2.0) < 0.1
    assert np.abs(sound.waveform).max() > 0.05


def test_each_window_hears_its_own_sound():
    mel = np.arange(2000, dtype=np.float32)[None].repeat(N_MELS, axis=0)
    windows = audio.mel_windows(mel, np.array([0, 30, 60, 900]))
    assert windows.shape == (4, 128, 70)
    seconds = windows[:, 0, 0] * HOP / SAMPLE_RATE
    np.testing.assert_allclose(seconds, [0, 2, 4, 60], atol=0.016)


def test_beyond_the_end_is_silence():
    windows = audio.mel_windows(np.zeros((128, 80), np.float32), np.array([0, 30]))
    assert (windows[1, :, 80 - 62 :] == SILENCE_DB).all()


def test_loudness_is_root_mean_square():
    tone = np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000).astype(np.float32)
    np.testing.assert_allclose(audio.loudness(tone, 30), 20 * np.log10(np.sqrt(0.5)), atol=0.05)
    assert audio.loudness(np.zeros(16_000, np.float32), 15).max() == -100


def test_unusable_files_are_one_sentence(tmp_path, write_speech):
    text, empty = tmp_path / "text.wav", tmp_path / "empty.wav"
    text.write_text("not sound")
    empty.write_bytes(b"")
    short = write_speech("short.wav", seconds=0.02)
    for path in (text, empty, short, tmp_path / "missing.wav", tmp_path):
        with pytest.raises(InputError) as caught:
            audio.load_speech(path)
        assert str(path) in str(caught.value)
        assert str(caught.value).count("\n") == 0
