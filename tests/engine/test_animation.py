# SPDX-License-Identifier: GPL-3.0-or-later
"""`ha2g animate`: one file, a folder with a broken one, and what cannot be animated."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest

from ha2g_engine import animation
from ha2g_engine.cli.main import main
from ha2g_engine.errors import Ha2gError, InputError

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


OF_A_SPEAKER = (
    ["--image", "x"], ["--checkpoint", "x"], ["--transcript", "x.srt"], ["--style", "x.json"],
    ["--plan", "x.npz"], ["--identity-seed", "3"], ["--energy", "0.2"], ["--no-rest"],
    ["--no-fade"], ["--moods", "x.json"],
)  # fmt: skip


@pytest.mark.parametrize("mode", ["listen", "idle"])
@pytest.mark.parametrize("given", OF_A_SPEAKER, ids=lambda given: given[0])
def test_who_only_listens_moves_like_nobody(tmp_path, capsys, mode, given):
    option = given[0]
    command = ["animate", "s.wav", "--rig", "r.fbx", "--out", str(tmp_path / "o.fbx")]
    assert main([*command, "--mode", mode, *given]) == 2
    error = capsys.readouterr().err
    assert f"--mode {mode}" in error
    assert option in error


@pytest.mark.parametrize(("name", "asked"), [("out.fbx", True), ("out.bvh", False)])
def test_the_preset_is_for_fbx_files(name, asked):
    options = animation.Options(Path("rig.fbx"), Path(name), preset="unity")
    command = animation._command(Path("m.npz"), Path("s.wav"), options.out, options)
    assert (command[-2:] == ["--preset", "unity"]) == asked


def test_a_transcript_is_of_one_speech(tmp_path, capsys):
    command = ["animate", str(tmp_path), "--rig", "r.fbx", "--out", str(tmp_path / "out")]
    assert main([*command, "--transcript", "x.srt"]) == 2
    assert "name a file, not a folder" in capsys.readouterr().err


def test_animate_takes_all_that_generate_takes():
    """But for what belongs to a motion file alone."""
    from inspect import signature

    from ha2g_engine.cli import gestures

    alone = {"video", "from_dataset", "count", "split", "apart"}
    wanted = signature(gestures.generate).parameters
    given = signature(gestures.animate).parameters
    assert set(wanted) - alone <= set(given)
    assert all(
        given[name].default == wanted[name].default
        for name in set(wanted) & set(given) - {"speech"}
    )


SAYS = """
import sys
print("chatter that nobody reads " * 4000)
print("reading the rig", file=sys.stderr)
print("", file=sys.stderr)
print("the sentence", file=sys.stderr)
sys.exit({status})
"""


def test_what_blender_says_is_heard_while_it_works():
    heard = []
    command = [sys.executable, "-c", SAYS.format(status=0)]
    said = animation._run_blender(command, lambda fraction, message: heard.append(fraction))
    assert said == ["reading the rig", "the sentence"]
    assert heard == sorted(heard) and animation.PREDICTION < heard[0] < heard[-1] < 1.0


@pytest.mark.parametrize(("status", "kind"), [(2, InputError), (1, Ha2gError)])
def test_the_sentence_of_a_failure_becomes_ours(status, kind):
    command = [sys.executable, "-c", SAYS.format(status=status)]
    with pytest.raises(kind, match=r"^the sentence$"):
        animation._run_blender(command, lambda fraction, message: None)


def test_a_blender_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(animation, "TIMEOUT", 0.5)
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(Ha2gError, match="was stopped"):
        animation._run_blender(command, lambda fraction, message: None)


@pytest.mark.parametrize("failures", [[], ["'b.wav' is no sound."]])
def test_a_pipeline_reads_json(monkeypatch, tmp_path, capsys, failures):
    asked = []

    def animate(speech, settings, options, progress):
        asked.append((settings, options))
        return animation.Report([tmp_path / "o.fbx"], ["remark"], failures)

    monkeypatch.setattr(animation, "animate", animate)
    style = tmp_path / "style.json"
    style.write_text("[[1,1,1,1,1,1],[0,0,0,0,0,0],[0,0,0,0,0,0]]")
    command = ["animate", "s.wav", "--rig", "r.fbx", "--out", "o.fbx", "--json", "--seed", "4"]
    command += ["--style", str(style), "--identity-seed", "7", "--energy", "0.1", "--no-rest"]
    assert main([*command, "--limits", "warn"]) == (2 if failures else 0)
    said = capsys.readouterr()
    wanted = {"written": [str(tmp_path / "o.fbx")], "remarks": ["remark"], "failures": failures}
    assert json.loads(said.out) == wanted
    ((settings, options),) = asked
    assert (settings.seed, settings.identity_seed, settings.energy, settings.rest) == (
        4,
        7,
        0.1,
        False,
    )
    assert settings.style[0].tolist() == [1.0] * 6
    assert options.limits == "warn"
