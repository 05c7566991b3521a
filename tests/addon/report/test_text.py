# SPDX-License-Identifier: GPL-3.0-or-later
"""The report that a user copies: what is in it, with and without an engine, and what is not."""

import logging
import platform
import shutil
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from take_stage import generate

from blender_addon.operators.report import GESTURES_OT_copy_report
from blender_addon.report import here, text, values
from blender_addon.report.privacy import Privacy

SECRETS = ("Jürgen", "Müller", "Geheim", "Held", "Monolog")


def report():
    return text.build(bpy.context)


def section(title):
    """The lines of one section of the report."""
    found = report().split(f"\n== {title}\n")[1]
    return found.split("\n\n== ")[0].splitlines()


@pytest.fixture
def private_file(ready, character, tmp_path, monkeypatch):
    """A saved file of a user called Jürgen Müller, with a take of a speech of his."""
    home = tmp_path / "Jürgen Müller"
    project = home / "Filme" / "Geheimer Held"
    project.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", "Jürgen")
    speech = project / "Monolog des Helden.flac"
    shutil.copy(bpy.context.scene.gestures.speech, speech)
    bpy.context.scene.gestures.speech = str(speech)
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "Held.blend"))
    generate(seed=7)
    bpy.context.scene.gestures.image = str(project / "Bilder" / "Geheim.png")
    return project


def test_versions_engine_settings_take_and_logs_are_told(ready, character):
    generate(seed=7)
    first = report().splitlines()[0]
    assert first.startswith(f"Gestures 0.1.0, Blender {bpy.app.version_string} (")
    assert f"Python {platform.python_version()}" in first
    assert section("Engine") == [
        "state: ready", "version: fake", "torch: none", "device: cpu", "checkpoint: …/<folder 1>"
    ]  # fmt: skip
    assert f"numpy: {np.__version__}" in section("Installed")
    assert "device: AUTO" in section("Preferences")
    assert any("; seed 7;" in line for line in section("Settings") if line.startswith("gestures:"))
    assert "gestures_takes: <1>" in section("Armature")
    assert "seed: 7" in section("Take shown")
    assert "limits: enforce" in section("Take shown")
    assert any("request 2, generate: " in line for line in section("Log of the add-on"))


def test_it_works_without_an_engine_a_file_and_an_armature(addon, monkeypatch):
    monkeypatch.setattr(addon.engine.process, "running_python", lambda: None)
    assert section("Engine") == ["state: not started"]
    assert section("Installed")[0] == f"Python: {addon.engine.process.SETUP_HINT}"
    assert "torch: not there" in section("Installed")
    assert section("Armature") == ["none"]
    assert section("Take shown") == ["none is shown"]


def test_what_is_missing_is_told_with_how_to_get_it(addon, monkeypatch, tmp_path):
    monkeypatch.setattr(addon.engine.process, "running_python", lambda: tmp_path / "bin" / "python")
    monkeypatch.setattr(addon.engine.process, "setup_folder", lambda: tmp_path)
    told = section("Installed")
    assert "set up: no full engine" in told
    assert "to get pocketsphinx, praatio, webvtt-py, Words: tick it there" in told
    (how,) = [line for line in told if line.startswith("to get") and "torch" in line]
    assert how.endswith("the full engine: Set Up in the add-on's preferences")
    assert "praatio" not in how
    made = addon.engine.parts.Made.from_lock("linux-x86_64-3.11", ["words"], "cpu")
    (tmp_path / addon.engine.process.BUILT_MARKER).write_text("\n".join(made.lines()))
    held = "set up: engine, words; build for cpu; packages of linux-x86_64-3.11"
    assert held in section("Installed")
    addon.engine.preferences.get().engine_python = str(tmp_path / "bin" / "python")
    assert "to get torch: '-m pip install torch' in that Python" in section("Installed")


def test_a_dead_engine_is_told(ready, character, speech_named):
    bpy.context.scene.gestures.speech = str(speech_named("crash"))
    with pytest.raises(RuntimeError, match="something broke"):
        bpy.ops.gestures.generate()
    state = section("Engine")[0]
    assert state.startswith("state: died: The engine stopped unexpectedly (something broke)")
    assert "<user files>/engine.log" in state
    assert "something broke" in section("What else the engine's process said")


def test_nothing_private_is_in_it(private_file, speech_named):
    """Settings, a take and log lines that name all of it."""
    log = logging.getLogger("blender_addon")
    log.error("'%s' cannot be read", private_file / "Monolog des Helden.flac")
    log.error("'//Bilder/Geheim.png', C:\\Users\\Jürgen Müller\\Monolog.wav")
    try:
        raise OSError(f"{private_file}/Held: gone")
    except OSError:
        log.exception("Jürgen's file is gone")
    Path(bpy.data.filepath).with_name("Monolog des Helden.flac").unlink()
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.gestures.take_again()
    told = report()
    lower = told.lower()
    assert not [secret for secret in SECRETS if secret.lower() in lower]
    assert str(private_file.parents[2]) not in told
    assert "speech: <project>/<file " in told
    assert "image <project>/<file " in told
    assert "Made '<take 1>'." in told
    assert "GESTURES_OT_take_again: The speech file '<project>/<file " in told
    assert 'File "<add-on>/tests/addon/report/test_text.py", line' in told


def test_names_are_known_from_the_whole_file(private_file):
    assert here.privacy().text("Held, Monolog des Helden and Jürgen") == "<name>, <name> and <user>"


def test_characters_and_actions_are_not_named(ready, character):
    generate()
    character.name = "Agnès's (real) rig"
    bpy.data.actions.new("walk of Agnès")
    for sentence in ("No bone of '%s' is selected", "'%s' and 'WALK OF AGNÈS' are kept"):
        logging.getLogger("blender_addon").warning(sentence, character.name)
    told = report()
    assert "agnès" not in told.lower()
    assert "No bone of '<name>' is selected" in told
    assert "'<name>' and '<name>' are kept" in told


def test_a_section_that_fails_leaves_the_others(addon, monkeypatch):
    def broken():
        raise OSError("'/home/anna/secret.toml' is gone")

    monkeypatch.setattr(addon.engine.process, "is_ready", broken)
    told = report()
    assert "cannot be told: OSError(" in told
    assert "secret" not in told.split("== Log of the add-on")[0]
    assert "== Preferences" in told


def test_values_of_settings_are_words_of_ours_numbers_and_places(addon):
    privacy = Privacy(homes=["/home/anna"])
    stored = {
        "speech": "/home/anna/x.wav",
        "image": None,
        "limits": "warn",
        "armature_name": "Secret Hero",
        "smoothing": 0.123456789,
        "style": [[0.5] * 6, [0.25] * 6],
        "overruns": [["wrist.L", 1, 2]] * 40,
        "mode": {"kind": "TALK", "look_at": "Anna"},
        "parts": {"TORSO": "Anna take 1"},
        "only_bones": ("Anna.L",),
    }
    told = {name: values.told(name, value, privacy) for name, value in stored.items()}
    assert told == {
        "speech": "~/<file 1>.wav",
        "image": "None",
        "limits": "warn",
        "armature_name": "<text>",
        "smoothing": "0.1235",
        "style": f"[[{', '.join(['0.5'] * 6)}], [{', '.join(['0.25'] * 6)}]]",
        "overruns": "<40 values>",
        "mode": "{kind: TALK, look_at: <text>}",
        "parts": "{TORSO: <text>}",
        "only_bones": "[<text>]",
    }


def test_the_last_lines_go_over_to_the_file_before(tmp_path):
    log = tmp_path / "x.log"
    assert text.tail(log, 3) == []
    log.write_text("3\n4\n")
    log.with_name("x.log.1").write_text("1\n2\n")
    assert text.tail(log, 3) == ["2", "3", "4"]


def test_the_operator_puts_it_on_the_clipboard(ready, character):
    window_manager = SimpleNamespace(clipboard="")  # Blender has none without a window
    context = SimpleNamespace(
        window_manager=window_manager, scene=bpy.context.scene, active_object=character
    )
    assert "on the clipboard" in GESTURES_OT_copy_report.do(None, context)
    assert "== Settings" in window_manager.clipboard
    assert bpy.ops.gestures.copy_report() == {"FINISHED"}


def test_it_is_always_there(addon, monkeypatch):
    monkeypatch.setattr(addon.engine.process, "running_python", lambda: None)
    assert bpy.ops.gestures.copy_report.poll()
