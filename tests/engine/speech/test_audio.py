# SPDX-License-Identifier: GPL-3.0-or-later
"""Files become mel windows: every rate and format, each window its own part."""

from __future__ import annotations

import struct
import subprocess
import wave

import librosa
import numpy as np
import pytest
import soundfile
from imageio_ffmpeg import get_ffmpeg_exe

from ha2g_engine.errors import InputError
from ha2g_engine.speech import audio
from ha2g_engine.speech.sizes import HOP, N_MELS, SAMPLE_RATE, SILENCE_DB, mel_frames


def test_a_window_has_the_papers_70_mel_frames():
    assert mel_frames(34) == 70


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


# --- what looked like speech and was not all of it ------------------------------------------


def voice(seconds=2.0, rate=16_000):
    return 0.1 * np.random.default_rng(2).standard_normal(round(seconds * rate))


@pytest.mark.parametrize("second", [-1.0, -0.97])
def test_channels_that_cancel_each_other_out_are_heard_as_the_louder(tmp_path, second):
    path, speech = tmp_path / "opposite.flac", voice()
    soundfile.write(path, np.stack([speech, second * speech], axis=1), 16_000, "PCM_24")
    np.testing.assert_allclose(audio.load_speech(path), speech, atol=1e-6)


@pytest.mark.parametrize("others", [(0.0,), (0.5, -0.2), (0.0,) * 7])
def test_channels_that_do_not_are_averaged(tmp_path, others):
    path, speech = tmp_path / "channels.wav", voice()
    channels = np.stack([speech, *(level * speech for level in others)], axis=1)
    soundfile.write(path, channels, 16_000, "FLOAT")
    np.testing.assert_allclose(audio.load_speech(path), channels.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("name", ["half.wav", "half.mp3"])
def test_a_file_that_was_cut_says_so(write_speech, name):
    path = write_speech(name, seconds=20.0)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(
        InputError, match=r"cut short: it announces 20\.0 s and holds \d+\.\d s"
    ) as e:
        audio.load_speech(path)
    assert "half" in str(e.value)


ENDLESS = [("half.ogg", "VORBIS"), ("half.ogg", "OPUS"), ("half.aiff", "PCM_16")]


@pytest.mark.parametrize(("name", "subtype"), ENDLESS)
@pytest.mark.parametrize("kept", [0.4, 0.5, 0.98])
def test_a_file_without_its_end_says_so(tmp_path, name, subtype, kept):
    path = tmp_path / name
    soundfile.write(path, np.tile(voice(), 10), 16_000, subtype)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(InputError, match=r"half\..*is cut short: its end is missing"):
        audio.load_speech(path)


@pytest.mark.parametrize(("name", "subtype"), ENDLESS)
@pytest.mark.parametrize("more", [b"", b"TAG" + bytes(125), b"OggS"])
def test_a_whole_one_is_read_and_so_is_one_with_a_tag_behind_it(tmp_path, name, subtype, more):
    path = tmp_path / name
    soundfile.write(path, voice(), 16_000, subtype)
    path.write_bytes(path.read_bytes() + more)
    assert audio.read_speech(path).seconds == pytest.approx(2.0, abs=0.01)


def test_an_ogg_that_was_never_closed_is_read(tmp_path):
    """Its last page is whole and does not say that it is the last."""
    path = tmp_path / "open.ogg"
    soundfile.write(path, np.tile(voice(), 10), 16_000, "VORBIS")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rfind(b"OggS")])
    assert 15.0 < audio.read_speech(path).seconds < 20.0


def test_a_wav_that_lacks_a_few_bytes_is_read(write_speech):
    path = write_speech(seconds=2.0)
    path.write_bytes(path.read_bytes()[:-1001])
    assert audio.read_speech(path).seconds == pytest.approx(2.0, abs=0.04)


def announcing(path, size):
    """A wav file of 2 s by Python's own writer, with another size of its sound in the header."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((voice() * 32767).astype("<i2").tobytes())
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 40, size)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000])
def test_a_streamed_wav_is_read_to_its_end(tmp_path, size):
    waveform = audio.load_speech(announcing(tmp_path / "stream.wav", size))
    np.testing.assert_allclose(waveform, voice(), atol=1e-4)


def test_a_wav_from_ffmpegs_pipe_is_whole(write_speech, tmp_path):
    command = [
        get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        str(write_speech(seconds=3.0)),
        "-f",
        "wav",
        "-",
    ]
    path = tmp_path / "piped.wav"
    path.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    assert audio.read_speech(path).seconds == pytest.approx(3.0)


def test_a_wav_without_sound_is_no_streamed_one(tmp_path):
    path = announcing(tmp_path / "empty.wav", 0)
    path.write_bytes(path.read_bytes()[:44] + b"LIST\x04\x00\x00\x00INFO")
    with pytest.raises(InputError, match=r"holds 0\.00 s"):
        audio.load_speech(path)
