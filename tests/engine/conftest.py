# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech to hear, a small untrained model, and the shared folder where there is one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ha2g_engine.checkpoints import files
from ha2g_engine.speech import audio

sys.path.insert(0, str(Path(__file__).with_name("support")))

import tiny_models
from shared_folder import ROOT, SHARED

os.environ["PYTHONPATH"] = str(ROOT)  # other processes, too, run the engine beside these tests


@pytest.fixture(scope="session")
def golden():
    """The folder of reference outputs; tests that need it are skipped without it."""
    folder = SHARED / "golden"
    if not folder.is_dir():
        pytest.skip(f"needs the reference outputs in {folder} (set HA2G_SHARED)")
    return folder


@pytest.fixture(scope="session")
def jfk():
    return ROOT / "rigs" / "demo" / "jfk.flac"


@pytest.fixture(scope="session")
def small_checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "small.safetensors"
    files.save(path, *tiny_models.small())
    return path


@pytest.fixture(scope="session")
def told_checkpoint(tmp_path_factory):
    """An untrained model that knows gestures, of two people: one uses the left hand alone."""
    path = tmp_path_factory.mktemp("told") / "told.safetensors"
    files.save(path, *tiny_models.told())
    return path


@pytest.fixture
def write_speech(tmp_path, jfk):
    """write(name, seconds, rate, channels, level) → a file of a voice, over again past its end."""

    def write(name="speech.wav", seconds=2.0, rate=16_000, channels=1, level=0.1):
        path = tmp_path / name
        voice = audio.load_speech(jfk)
        times = np.arange(round(seconds * rate)) / rate % (len(voice) / audio.SAMPLE_RATE)
        samples = np.interp(times * audio.SAMPLE_RATE, np.arange(len(voice)), voice)
        samples *= level / voice.std()
        soundfile.write(path, np.repeat(samples[:, None], channels, axis=1), rate)
        return path

    return write


@pytest.fixture(scope="session")
def rocketbox():
    return ROOT / "rigs" / "rocketbox" / "Male_Adult_04.fbx"
