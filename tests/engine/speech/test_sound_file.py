# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound files are bounded by their headers, decoded in pieces, and only formats with a name."""

import io
import os
import struct
import time
import tracemalloc

import numpy as np
import pytest
import soundfile

from ha2g_engine.errors import InputError
from ha2g_engine.speech import decoding, sound_file
from ha2g_engine.speech.wav_header import FilledIn


def silence(path, seconds, rate=44_100, channels=2, data=None):
    """A wav file of 16-bit silence whose samples take no place on the disk; DATA: announced."""
    size = round(seconds * rate) * channels * 2
    announced = min(size, 0x7FFF0000 - 1) if data is None else data
    facts = 16, 1, channels, rate, rate * channels * 2, channels * 2, 16
    head = struct.pack("<4sI8s", b"RIFF", (announced + 36) & 0xFFFFFFFF, b"WAVEfmt ")
    head += struct.pack("<IHHIIHH4sI", *facts, b"data", announced)
    path.write_bytes(head)
    os.truncate(path, len(head) + size)
    return path


@pytest.mark.parametrize(("seconds", "data"), [(3 * 3600, None), (3601, None), (2 * 3600, 0)])
def test_over_an_hour_is_said_at_once_and_costs_nothing(tmp_path, seconds, data):
    path = silence(tmp_path / "long.wav", seconds, data=data)
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(InputError, match="over an hour"):
        sound_file.mono(path)
    took, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 1.0
    assert peak < 1e6


@pytest.mark.parametrize("data", [None, 0])
def test_a_long_file_never_stands_there_whole(tmp_path, data):
    path = silence(tmp_path / "long.wav", 300, data=data)
    tracemalloc.start()
    waveform, seconds = sound_file.mono(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(waveform), seconds) == (300 * 16_000, 300.0)
    assert peak < 3 * waveform.nbytes  # its samples alone are 106 MB as numbers, this has 19


@pytest.mark.parametrize("rate", [7_919, 16_000, 44_100])
def test_in_pieces_it_is_what_it_is_at_once(tmp_path, monkeypatch, rate):
    path = tmp_path / "a.wav"
    noise = 0.1 * np.random.default_rng(0).standard_normal((round(1.234 * rate), 2))
    soundfile.write(path, noise, rate, "FLOAT")
    whole, _ = sound_file.mono(path)
    monkeypatch.setattr(decoding, "BLOCK", 1000)
    np.testing.assert_allclose(sound_file.mono(path)[0], whole, atol=1e-7)


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [("AU", "PCM_16"), ("CAF", "PCM_16"), ("VOC", "PCM_16"), ("MAT4", "FLOAT"), ("PVF", "PCM_16")],
)
def test_formats_without_a_name_are_not_decoded(tmp_path, monkeypatch, kind, subtype):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(16_000), 16_000, subtype, format=kind)
    monkeypatch.setattr(soundfile, "SoundFile", None)  # not even opened
    with pytest.raises(InputError, match="save it as wav, flac, ogg or mp3"):
        sound_file.mono(path)


def test_a_format_hidden_behind_a_tag_is_not_decoded(tmp_path):
    path, plain = tmp_path / "a.mp3", tmp_path / "a.au"
    soundfile.write(plain, np.zeros(16_000), 16_000, "PCM_16", format="AU")
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x00\x00" + plain.read_bytes())
    with pytest.raises(InputError, match="save it as wav, flac, ogg or mp3"):
        sound_file.mono(path)


@pytest.mark.parametrize("name", ["a.aiff", "a.w64"])
def test_what_else_was_read_is_still(tmp_path, name):
    soundfile.write(tmp_path / name, np.full(16_000, 0.25), 16_000)
    waveform, _ = sound_file.mono(tmp_path / name)
    np.testing.assert_allclose(waveform, 0.25, atol=1e-4)


def test_a_sound_that_is_called_raw_is_what_its_bytes_say(tmp_path):
    path = silence(tmp_path / "a.raw", 1.0)
    assert sound_file.mono(path)[1] == 1.0
    soundfile.write(path, np.zeros(16_000), 16_000, "PCM_16", format="FLAC")
    with pytest.raises(InputError, match="save it as wav"):
        sound_file.mono(path)


@pytest.mark.parametrize("rate", [1, 1999, 768_001, 2**31 - 1])
def test_a_rate_that_no_speech_has_is_a_sentence(tmp_path, rate):
    path = silence(tmp_path / "a.wav", 1.0)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 24, rate)
    path.write_bytes(content)
    with pytest.raises(InputError, match="samples a second, which is no speech"):
        sound_file.mono(path)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e30, 3e38])
@pytest.mark.parametrize("at", [0, 12_345, -1])
def test_samples_that_are_no_numbers_are_refused_wherever_they_are(tmp_path, number, at):
    samples = np.zeros((600_000, 2), np.float32)
    samples[at, 1] = number
    soundfile.write(tmp_path / "a.wav", samples, 16_000, "FLOAT")
    with pytest.raises(InputError, match="samples that are not numbers"):
        sound_file.mono(tmp_path / "a.wav")


def test_numbers_that_were_never_scaled_are_sound(tmp_path):
    samples = (32768 * np.sin(np.arange(16_000) / 9)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, 16_000, "FLOAT")
    np.testing.assert_array_equal(sound_file.mono(tmp_path / "a.wav")[0], samples)


@pytest.mark.parametrize("kept", [12, 20, 30, 43])
def test_a_wav_that_ends_in_its_header_is_a_sentence(tmp_path, kept):
    path = silence(tmp_path / "a.wav", 1.0)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"not a sound file|holds 0\.00 s"):
        sound_file.mono(path)


def test_a_million_chunks_without_sound_are_not_all_read(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\xff\xff\xff\x7fWAVE" + b"junk\0\0\0\0" * 1_000_000)
    began = time.perf_counter()
    with pytest.raises(InputError):
        sound_file.mono(path)
    assert time.perf_counter() - began < 2.0


@pytest.mark.parametrize("piece", [1, 3, 7, 100])
def test_patches_are_seen_however_the_file_is_read(tmp_path, piece):
    path = tmp_path / "a"
    path.write_bytes(bytes(range(40)))
    with FilledIn(path, [(4, b"abcd"), (36, b"wxyz")]) as file:
        buffered = io.BufferedReader(file, piece)
        read = b"".join(iter(lambda: buffered.read(piece), b""))
    assert read == bytes(range(4)) + b"abcd" + bytes(range(8, 36)) + b"wxyz"


def test_one_of_two_speakers_is_heard_alone(tmp_path):
    path = tmp_path / "two.wav"
    left, right = 0.1 * np.random.default_rng(0).standard_normal((2, 16_000)).astype(np.float32)
    soundfile.write(path, np.stack([left, right], axis=1), 16_000, "FLOAT")
    np.testing.assert_array_equal(sound_file.mono(path, "left")[0], left)
    np.testing.assert_array_equal(sound_file.mono(path, "right")[0], right)
    np.testing.assert_allclose(sound_file.mono(path)[0], (left + right) / 2, atol=1e-7)


def test_a_side_that_a_file_has_not_is_a_sentence(tmp_path):
    path = tmp_path / "one.wav"
    soundfile.write(path, np.zeros(16_000), 16_000)
    assert not sound_file.mono(path, "left")[0].any()
    with pytest.raises(InputError, match="has one channel, and its right one was asked for"):
        sound_file.mono(path, "right")
