# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab in a real Blender window, driven with the mouse, with the real engine."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from conftest import REPOSITORY

pytestmark = pytest.mark.window

JFK = REPOSITORY / "rigs" / "demo" / "jfk.flac"
LONGEST_STALL = 0.25  # seconds
QUIET = 0.6  # idle share of a machine on which times on the wall mean something


@pytest.fixture(scope="module")
def walk(session):
    return session("panel_scenario", WINDOW_SPEECH=demo_speech, WINDOW_LONG_SPEECH=ten_minutes)


def demo_speech(folder):
    """The demo's speech, by its name alone."""
    return Path(shutil.copy(JFK, folder)).name


def ten_minutes(folder):
    """The same over and over."""
    samples, rate = soundfile.read(JFK, dtype="float32")
    path = folder / "long.flac"
    soundfile.write(path, np.resize(samples, 600 * rate), rate)
    return path.name


def test_the_tab_opens_and_waits_for_a_speech(walk):
    facts, _ = walk
    assert facts["tab"] == "Gestures"
    assert facts["started_without_speech"] is False


def test_cancel_with_the_mouse(walk):
    facts, _ = walk
    assert facts["progress"] > 0.1
    assert facts["cancel_seconds"] < 1.0
    assert facts["after_cancel"] == []


def test_generate_with_the_mouse(walk):
    facts, _ = walk
    assert facts["take"] == "jfk take 1"


def test_the_window_never_waits_long(walk, capsys):
    facts, _ = walk
    stalls = {name: value for name, value in facts.items() if name.startswith("stall_")}
    assert len(stalls) == 4
    quiet = facts["idle"] > QUIET
    with capsys.disabled():
        print(f"\nlongest gaps on a machine {facts['idle']:.0%} idle:")
        for name, gap in stalls.items():
            print(f"  {name}: {1000 * gap['wall']:.0f} ms, busy {1000 * gap['busy']:.0f} ms")
    for name, gap in stalls.items():
        assert gap["busy"] <= LONGEST_STALL, name
        assert gap["wall"] <= LONGEST_STALL or not quiet, name


def test_a_slider_is_dragged(walk):
    facts, _ = walk
    before, after = facts["slider"]
    assert after < before


def test_accept_with_the_mouse(walk):
    facts, _ = walk
    assert "jfk take 1" in facts["accepted"]


def test_the_stroke_is_snapped_and_the_report_is_there(walk):
    facts, _ = walk
    assert facts["report"].startswith("Report(beats=")


def test_the_gallery_has_pictures(walk):
    facts, _ = walk
    assert facts["variations"] == facts["pictures"] == 6


def test_a_batch_of_sound_strips_leaves_out_the_one_of_another_speed(walk):
    facts, _ = walk
    assert facts["retimed"].count(True) == 1
    assert facts["sounds"] == len(facts["retimed"])  # what was asked left nothing behind
    assert facts["batch"] == ["jfk take 1"]
    (sentence,) = facts["left_out"]
    assert "'jfk.flac' is played at another speed" in sentence


def test_bake_with_the_mouse(walk):
    _, out = walk
    assert (out / "baked.fbx").read_bytes().startswith(b"Kaydara FBX Binary")


def test_every_step_has_its_picture(walk):
    from PIL import Image

    _, out = walk
    pictures = sorted(out.glob("window_*.png"))
    assert len(pictures) == 10
    for path in pictures:
        assert np.asarray(Image.open(path).convert("L")).std() > 10, path.name
