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
def write_speech(tmp_path):
    """write(name, seconds, rate, channels, level) → a file of noise in syllables."""

    def write(name="speech.wav", seconds=2.0, rate=16_000, channels=1, level=0.1):
        path = tmp_path / name
        rng = np.random.default_rng(1)
        samples = level * rng.standard_normal((round(seconds * rate), channels))
        beat = np.sin(2 * np.pi * 3 * np.arange(len(samples)) / rate) > 0
        soundfile.write(path, samples * beat[:, None], rate)
        return path

    return write


@pytest.fixture(scope="session")
def rocketbox():
    return ROOT / "rigs" / "rocketbox" / "Male_Adult_04.fbx"
