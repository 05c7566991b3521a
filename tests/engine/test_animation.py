# SPDX-License-Identifier: GPL-3.0-or-later
"""`ha2g animate`: one file, a folder with a broken one, and what cannot be animated."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from ha2g_engine import animation
from ha2g_engine.cli.main import main

needs_bpy = pytest.mark.skipif(
    importlib.util.find_spec("bpy") is None, reason="animating needs a Python with bpy"
)

BLENDER = """#!/bin/sh
echo "The arms stand on IK." >&2
"""


def test_what_blender_says_is_told_and_it_is_found_from_here(
    small_checkpoint, write_speech, tmp_path, capsys, monkeypatch, rocketbox
):
    (tmp_path / "blender").write_text(BLENDER)
    (tmp_path / "blender").chmod(0o700)
    speech = write_speech(seconds=1.0)
    monkeypatch.chdir(tmp_path)
    command = ["animate", str(speech), "--rig", str(rocketbox), "--out", "out.fbx"]
    assert main([*command, "--checkpoint", str(small_checkpoint), "--blender", "./blender"]) == 0
    said = capsys.readouterr()
    assert said.out == "out.fbx\n"
    assert "The arms stand on IK.\n" in said.err


@needs_bpy
@pytest.mark.slow
def test_a_folder_gives_a_file_each_and_a_sentence_for_the_broken(
    small_checkpoint, write_speech, tmp_path, capsys, rocketbox
):
    speeches, out = tmp_path / "speeches", tmp_path / "out"
    speeches.mkdir()
    shutil.move(write_speech("good.wav", seconds=1.0), speeches)
    (speeches / "bad.wav").write_text("not sound")
    command = ["animate", str(speeches), "--rig", str(rocketbox), "--out", str(out)]
    assert main([*command, "--checkpoint", str(small_checkpoint)]) == 2
    said = capsys.readouterr()
    assert "bad.wav" in said.err
    assert [path.name for path in out.iterdir()] == ["good.fbx"]
    assert (out / "good.fbx").stat().st_size > 100_000


def test_what_cannot_be_animated_is_one_sentence(
    small_checkpoint, write_speech, tmp_path, capsys, rocketbox
):
    out = tmp_path / "out.fbx"
    model = ["--checkpoint", str(small_checkpoint)]
    empty = tmp_path / "empty"
    empty.mkdir()
    cases = [(write_speech(), tmp_path / "no.fbx"), (empty, rocketbox), ("no.wav", rocketbox)]
    for speech, rig in cases:
        command = ["animate", str(speech), "--rig", str(rig), "--out", str(out), *model]
        assert main(command) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not out.exists()


def test_two_speeches_that_would_be_one_file_are_named(tmp_path, capsys):
    speeches, rig, out = tmp_path / "speeches", tmp_path / "rig.fbx", tmp_path / "out"
    speeches.mkdir()
    for path in (rig, speeches / "a.flac", speeches / "a.wav"):
        path.touch()
    assert main(["animate", str(speeches), "--rig", str(rig), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert "a.flac' and '" in error
    assert "a.wav' share a stem" in error
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("mode", ["listen", "idle"])
@pytest.mark.parametrize("option", ["--image", "--checkpoint"])
def test_who_only_listens_moves_like_nobody(tmp_path, capsys, mode, option):
    command = ["animate", "s.wav", "--rig", "r.fbx", "--out", str(tmp_path / "o.fbx")]
    assert main([*command, "--mode", mode, option, "x"]) == 2
    error = capsys.readouterr().err
    assert f"--mode {mode}" in error
    assert option in error


@pytest.mark.parametrize(("name", "asked"), [("out.fbx", True), ("out.bvh", False)])
def test_the_preset_is_for_fbx_files(name, asked):
    options = animation.Options(Path("rig.fbx"), Path(name), preset="unity")
    command = animation._command(Path("m.npz"), Path("s.wav"), options.out, options)
    assert (command[-2:] == ["--preset", "unity"]) == asked
