# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender with the add-on, a rig, and an engine that is a small script."""

import os
import sys
import tempfile
from pathlib import Path

PROFILE = tempfile.mkdtemp(prefix="gestures-profile-")
os.environ["BLENDER_USER_RESOURCES"] = PROFILE  # before bpy is imported: nothing of the user's

REPOSITORY = Path(__file__).resolve().parents[2]
SUPPORT = Path(__file__).with_name("support")
sys.path[:0] = [str(REPOSITORY), str(SUPPORT), str(REPOSITORY / "tests" / "surveys")]

import bpy  # noqa: E402 - `addon_utils` is importable after it
import pytest  # noqa: E402
from chains import chain  # noqa: E402, F401 - a fixture
from take_stage import ready  # noqa: E402, F401 - a fixture

FAKE_WORKER = SUPPORT / "fake_worker.py"
DEVELOPED, NEWEST = (5, 0), (5, 2)
JFK = REPOSITORY / "rigs" / "demo" / "jfk.flac"


def pytest_collection_modifyitems(items):
    """Leave what one Blender has said to that one."""
    skip = pytest.mark.skip(reason="run on the Blender that the rest is developed on")
    for item in items if bpy.app.version[:2] != DEVELOPED else ():
        if item.get_closest_marker("once"):
            item.add_marker(skip)


@pytest.fixture
def addon():
    """The add-on, enabled in an empty file (other tests may have reset Blender)."""
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    module = addon_utils.enable("blender_addon", default_set=True)
    bpy.ops.ed.undo_push(message="Empty")
    yield module
    module.engine.jobs.abandon()
    addon_utils.disable("blender_addon", default_set=True)


@pytest.fixture
def fake_engine(addon, monkeypatch):
    """Let the add-on start the fake worker instead of the engine."""
    command = [sys.executable, "-u", str(FAKE_WORKER)]
    monkeypatch.setattr(addon.engine.client, "worker_command", lambda python, module: command)
    addon.engine.preferences.get().engine_python = sys.executable
    yield addon
    addon.engine.process.stop()


@pytest.fixture
def speech_named(tmp_path):
    """A real recording under a name that tells the fake worker what to do."""

    def copy(name):
        path = tmp_path / f"{name}.flac"
        path.write_bytes(JFK.read_bytes())
        return path

    return copy


@pytest.fixture
def character(addon):
    """An armature with fingers, selected."""
    import rig_library

    armature = rig_library.mixamo()
    bpy.context.view_layer.objects.active = armature
    return armature


def pytest_sessionfinish(session, exitstatus):
    session.config.stash[STATUS] = int(exitstatus)


def pytest_unconfigure(config):
    """Blender hangs at exit when a class is left registered: leave without its help."""
    if "bpy" in sys.modules and STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[STATUS])


STATUS = pytest.StashKey[int]()
