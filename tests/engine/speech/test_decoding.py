# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain wav files are read as libsndfile reads them, without it."""

import sys

import numpy as np
import pytest
import soundfile

from ha2g_engine.errors import InputError
from ha2g_engine.speech import audio, decoding

PLAIN = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]


@pytest.fixture
def sound(tmp_path):
    def write(subtype, channels=2, form="WAV", name="speech.wav"):
        path = tmp_path / name
        noise = 0.3 * np.random.default_rng(0).standard_normal((5_001, channels))
        soundfile.write(path, noise, 22_050, subtype=subtype, format=form)
        return path

    return write


@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("subtype", PLAIN)
def test_every_kind_of_numbers(sound, subtype, channels, form, monkeypatch):
    path = sound(subtype, channels, form)
    expected, rate = soundfile.read(path, dtype="float32", always_2d=True)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    found, found_rate, missing = decoding.decoded(path)
    assert (found_rate, missing) == (rate, 0)
    np.testing.assert_array_equal(found, expected)


def test_other_kinds_are_libsndfiles(sound, monkeypatch):
    for subtype, name in (("ULAW", "u.wav"), ("MS_ADPCM", "a.wav"), ("PCM_16", "f.flac")):
        path = sound(subtype, form=name[2:].upper(), name=name)
        expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
        np.testing.assert_array_equal(decoding.decoded(path)[0], expected)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(InputError, match=r"f\.flac.*save it as wav"):
        audio.read_speech(path)


def test_a_cut_frame_at_the_end_is_left_out(sound):
    path = sound("PCM_24")
    path.write_bytes(path.read_bytes()[:-4])
    assert len(decoding.decoded(path)[0]) == 5_000
