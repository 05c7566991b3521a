# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain wav files are read as libsndfile reads them, without it."""

import json
import sys

import numpy as np
import pytest
import soundfile

from ha2g_engine import decoder
from ha2g_engine.errors import InputError
from ha2g_engine.speech import audio, decoding

PLAIN = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]


def decoded(path):
    """(samples, channels), their rate, and the seconds that are missing."""
    with decoding.opened(path) as source:
        samples = np.concatenate([np.zeros((0, source.channels), np.float32), *source.blocks()])
        return samples, source.rate, source.missing(len(samples))


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
    monkeypatch.setattr(decoding, "find_spec", lambda _name: None)
    monkeypatch.setattr(decoding, "BLOCK", 1000)  # several
    found, found_rate, missing = decoded(path)
    assert (found_rate, missing) == (rate, 0)
    np.testing.assert_array_equal(found, expected)


def test_other_kinds_are_libsndfiles(sound, monkeypatch):
    for subtype, name in (("ULAW", "u.wav"), ("MS_ADPCM", "a.wav"), ("PCM_16", "f.flac")):
        path = sound(subtype, form=name[2:].upper(), name=name)
        expected, _ = soundfile.read(path, dtype="float32", always_2d=True)
        np.testing.assert_array_equal(decoded(path)[0], expected)


def test_another_program_reads_where_libsndfile_is_not(sound, monkeypatch, tmp_path):
    path, marker = sound("PCM_16", form="FLAC", name="f.flac"), tmp_path / "runs"
    monkeypatch.setattr(decoding, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"f\.flac.*save it as wav"):
        audio.read_speech(path)
    reader = (
        "import sys, soundfile; open(sys.argv[1], 'a').write('x');"
        "soundfile.write(sys.argv[3], *soundfile.read(sys.argv[2]), subtype='FLOAT')"
    )
    command = [sys.executable, "-c", reader, str(marker)]
    monkeypatch.setenv(decoder.COMMAND, json.dumps(command))
    expected, rate = soundfile.read(path, dtype="float32", always_2d=True)
    for _ in range(2):
        found, found_rate, missing = decoded(path)
        assert (found_rate, missing) == (rate, 0)
        np.testing.assert_array_equal(found, expected)
    assert marker.read_text() == "x"  # once
    path.write_bytes(b"fLaC, but no sound at all")
    with pytest.raises(InputError, match=r"f\.flac.*no sound that"):
        audio.read_speech(path)
    for wrong in (["/no/such/program"], [sys.executable, "-c", "pass"]):
        monkeypatch.setenv(decoder.COMMAND, json.dumps(wrong))
        with pytest.raises(InputError, match=r"f\.flac.*no sound that"):
            audio.read_speech(path)


@pytest.mark.parametrize("rate", [16_000, 44_100])
@pytest.mark.parametrize("name", ["speech.flac", "speech.mp3"])
def test_what_another_program_decoded_of_a_cut_file_is_not_half_heard(
    tmp_path, monkeypatch, name, rate
):
    """Blender decodes what there is without a word."""
    path, decoded_half = tmp_path / name, tmp_path / "half.wav"
    noise = 0.1 * np.random.default_rng(4).standard_normal(10 * rate)
    soundfile.write(path, noise, rate)
    monkeypatch.setattr(decoding, "find_spec", lambda _name: None)
    copy = "import sys, shutil; shutil.copy(sys.argv[1], sys.argv[3])"
    command = [sys.executable, "-c", copy, str(decoded_half)]
    monkeypatch.setenv(decoder.COMMAND, json.dumps(command))
    soundfile.write(decoded_half, noise, rate, "FLOAT")
    assert audio.read_speech(path).seconds == pytest.approx(10.0)
    path.write_bytes(path.read_bytes() + bytes(1))  # another file, not decoded yet
    soundfile.write(decoded_half, noise[: 5 * rate], rate, "FLOAT")
    with pytest.raises(InputError, match=r"cut short: it announces (10|9\.\d)"):
        audio.read_speech(path)


def test_only_the_last_files_stay_decoded(tmp_path, monkeypatch):
    copy = "import sys, shutil; shutil.copy(sys.argv[1], sys.argv[2])"
    monkeypatch.setenv(decoder.COMMAND, json.dumps([sys.executable, "-c", copy]))
    found = []
    for number in range(decoder.KEPT + 2):
        path = tmp_path / f"{number}.mp3"
        path.write_text(str(number))
        found.append(decoder.decoded(path, ".wav"))
        assert found[-1].read_text() == str(number)
    assert [one.is_file() for one in found] == [False] * 2 + [True] * decoder.KEPT


def test_a_cut_frame_at_the_end_is_left_out(sound):
    path = sound("PCM_24")
    path.write_bytes(path.read_bytes()[:-4])
    assert len(decoded(path)[0]) == 5_000
