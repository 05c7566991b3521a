# SPDX-License-Identifier: GPL-3.0-or-later
"""The full engine's folder: moved, removed, and told of in the preferences."""

import subprocess
import sys
import time

import bpy
import pytest

from blender_addon.engine import moving, recipe
from blender_addon.engine.moving import EngineMove, EngineRemoval


def finished(work, seconds=60):
    end = time.monotonic() + seconds
    while work.outcome is None:
        assert time.monotonic() < end, work.told
        time.sleep(0.02)
    return work.outcome


@pytest.fixture
def engine(tmp_path):
    """A finished set-up: a virtual environment with something called numpy."""
    folder = tmp_path / "here" / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python3*/site-packages"))
    (packages / "numpy.py").write_text("")
    (folder / "complete").write_text("")
    return folder


def test_a_moved_engine_runs_where_it_is_now(engine, tmp_path):
    target = tmp_path / "gestures-engine"
    assert finished(EngineMove(engine, target)) == ""
    assert not engine.exists()
    asked = [recipe.built_python(target), "-c", "import numpy; print(numpy.__file__)"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert told.startswith(str(target))


def test_an_engine_that_does_not_run_there_stays_here(engine, tmp_path):
    next(engine.glob("lib/python3*/site-packages")).joinpath("numpy.py").unlink()
    outcome = finished(EngineMove(engine, tmp_path / "there"))
    assert "does not run" in outcome
    assert (engine / "complete").exists()
    assert not list(tmp_path.glob("there*"))


def test_a_move_that_is_cancelled_leaves_nothing_there(engine, tmp_path, monkeypatch):
    copy = moving.shutil.copy2
    monkeypatch.setattr(moving.shutil, "copy2", lambda *a: (time.sleep(0.05), copy(*a))[1])
    move = EngineMove(engine, tmp_path / "there")
    while not move.fraction:
        time.sleep(0.01)
    move.cancel()
    assert finished(move) == moving.CANCELLED
    assert (engine / "complete").exists()
    assert not list(tmp_path.glob("there*"))


def test_nothing_is_moved_over_what_is_there(engine, tmp_path):
    (tmp_path / "there").mkdir()
    assert "already" in finished(EngineMove(engine, tmp_path / "there"))
    assert (engine / "complete").exists()


def test_removing_takes_all_that_set_ups_left(engine):
    for name in ("venv-before", "venv-wheels"):
        engine.with_name(name).mkdir()
    (engine.parent / "engine.log").touch()
    assert finished(EngineRemoval(engine)) == ""
    assert sorted(path.name for path in engine.parent.iterdir()) == ["engine.log", "venv.lock"]


def test_the_preferences_remember_where_it_went(addon, engine, tmp_path, monkeypatch):
    monkeypatch.delenv("HA2G_PYTHON", raising=False)
    process = addon.engine.process
    monkeypatch.setattr(process, "user_folder", lambda: engine.parent)
    assert str(process.python_path()) == recipe.built_python(engine)
    (tmp_path / "large disk").mkdir()
    bpy.ops.gestures.engine_move(directory=str(tmp_path / "large disk"))
    moved = tmp_path / "large disk" / process.OWN_FOLDER
    assert str(process.python_path()) == recipe.built_python(moved)
    bpy.ops.gestures.engine_remove()
    assert not moved.exists()
    with pytest.raises(RuntimeError, match="No full engine was set up here"):
        bpy.ops.gestures.engine_remove()
    addon.engine.preferences.get().engine_folder = ""


def test_a_folder_that_is_not_there_is_refused(addon, engine, monkeypatch):
    monkeypatch.setattr(addon.engine.process, "user_folder", lambda: engine.parent)
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.gestures.engine_move(directory="/no/such/folder")
    assert engine.exists()


@pytest.mark.parametrize("name", ["engine_python", "engine_folder", "wheelhouse"])
def test_a_path_relative_to_the_file_stays_when_another_is_opened(addon, tmp_path, name):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "here.blend"))
    asked = addon.engine.preferences.get()
    setattr(asked, name, "//tools/python")
    assert getattr(asked, name) == str(tmp_path / "tools/python")
    if name == "engine_python":
        assert addon.engine.process.python_path() == tmp_path / "tools/python"
    setattr(asked, name, "")
