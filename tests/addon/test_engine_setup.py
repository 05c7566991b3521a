# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the engine: a real virtual environment, with a tiny package in place of torch."""

import subprocess
import sys
import time
import zipfile

import bpy
import pytest

from blender_addon import engine_setup
from blender_addon.engine_setup import EngineSetup
from blender_addon.paths import ENGINE_DIR

METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def tiny_wheel(tmp_path):
    path = tmp_path / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny.py": "",
        "tiny-1.0.dist-info/METADATA": METADATA,
        "tiny-1.0.dist-info/WHEEL": WHEEL,
        "tiny-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def finished(setup, seconds=90):
    end = time.monotonic() + seconds
    while setup.outcome is None:
        assert time.monotonic() < end, setup.message
        time.sleep(0.05)
    return setup.outcome


def test_it_builds_an_environment_with_the_packages(tmp_path, tiny_wheel, monkeypatch, addon):
    monkeypatch.setattr(engine_setup, "IMPORT_CHECK", "import tiny")
    folder = tmp_path / "venv"
    setup = EngineSetup(sys.executable, folder, ["--no-index", str(tiny_wheel)], "complete")
    assert finished(setup) == ""
    assert (folder / "complete").is_file()
    python = addon.engine.venv_python(folder)
    assert subprocess.run([python, "-c", "import tiny"], check=False).returncode == 0


def test_another_place_for_pytorch_may_be_out_of_reach(tmp_path, tiny_wheel, monkeypatch):
    monkeypatch.setattr(engine_setup, "IMPORT_CHECK", "import tiny")
    monkeypatch.setattr(engine_setup, "TORCH", "no-such-package-as-this")
    arguments = ["--no-index", str(tiny_wheel)]
    nowhere = (tmp_path / "nowhere").as_uri()
    setup = EngineSetup(sys.executable, tmp_path / "venv", arguments, "complete", nowhere)
    assert finished(setup) == ""


def test_what_fails_is_said_and_removed(tmp_path):
    folder = tmp_path / "venv"
    setup = EngineSetup(sys.executable, folder, ["--no-index", "no-such-package"], "complete")
    assert "no-such-package" in finished(setup)
    assert not folder.exists()


def test_cancelling_removes_what_was_built(tmp_path):
    folder = tmp_path / "venv"
    setup = EngineSetup(sys.executable, folder, ["--no-index", "x"], "complete")
    while not folder.exists():
        time.sleep(0.01)
    setup.cancel()
    assert "Cancelled" in finished(setup, 10)
    assert not folder.exists()


def test_a_found_python_suits():
    python = engine_setup.find_python()
    version = subprocess.run([python, "-V"], capture_output=True, text=True).stdout
    assert (3, 11) <= tuple(int(n) for n in version.split()[1].split(".")[:2]) <= (3, 13)


def test_the_packages_are_those_of_the_project():
    names = [line.split(">")[0] for line in engine_setup.requirements_of(ENGINE_DIR)]
    assert {"torch", "librosa", "soundfile", "safetensors"} <= set(names)


def test_without_online_access_the_button_is_off(addon):
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Allow online access"):
        bpy.ops.gestures.engine_setup()


def test_a_set_up_that_was_not_finished_is_not_used(addon, monkeypatch, tmp_path):
    monkeypatch.delenv("HA2G_PYTHON", raising=False)
    monkeypatch.setattr(addon.engine, "ENGINE_DIR", tmp_path / "ha2g_engine")
    monkeypatch.setattr(addon.engine, "setup_folder", lambda: tmp_path / "venv")
    python = addon.engine.venv_python(tmp_path / "venv")
    python.parent.mkdir(parents=True)
    python.touch()
    assert addon.engine.python_path() is None
    assert addon.engine.why_missing()
    (tmp_path / "venv" / addon.engine.BUILT_MARKER).touch()
    assert addon.engine.python_path() == python


def test_the_environment_variable_comes_before_what_is_found(addon, monkeypatch):
    monkeypatch.setenv("HA2G_PYTHON", sys.executable)
    assert str(addon.engine.python_path()) == sys.executable
    addon.preferences.get().engine_python = "/chosen/python"
    assert str(addon.engine.python_path()) == "/chosen/python"
