# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender window to drive, where there can be one; the add-on as it is packaged."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import room

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

LIMIT = 400  # seconds of one session
KEPT = "HA2G_KEEP_PICTURES"  # set to anything: the pictures replace those in docs/pictures
WIDEST = 900  # pixels of a picture that is kept


@pytest.fixture(scope="session")
def blender_room():
    found, reason = room.find()
    if found is None:
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def packaged(tmp_path_factory):
    import build

    path = tmp_path_factory.mktemp("zip") / "gestures.zip"
    build.write_zip(path, build.packaged_files())
    return path


@pytest.fixture(scope="session")
def session(blender_room, packaged, tmp_path_factory):
    """session(scenario, size, **environment): plays a scenario; its facts, the folder it left."""

    def run(scenario, size=room.SIZE, **more):
        out = tmp_path_factory.mktemp(scenario)
        (out / "profile").mkdir()
        shutil.copy(packaged, out / "gestures.zip")
        place = blender_room.place(out)
        given = {key: str(value(out) if callable(value) else value) for key, value in more.items()}
        environment = {
            **os.environ,
            "BLENDER_USER_RESOURCES": str(place / "profile"),
            "WINDOW_OUT": str(place),
            "WINDOW_ZIP": str(place / "gestures.zip"),
            "WINDOW_REPOSITORY": str(REPOSITORY),
            "HA2G_PYTHON": str(blender_room.engine(out)),
            **given,
        }
        script = Path(__file__).with_name(f"{scenario}.py")
        given = ("--python-exit-code", "1", "--python", script)
        command = blender_room.command(out, *given, size=size)
        status = ended(command, environment)
        facts = out / "facts.json"
        log = (out / "blender.log").read_text(errors="replace")[-3000:]
        assert facts.is_file(), f"status {status}: {log}"
        told = json.loads(facts.read_text())
        assert told.get("ok"), f"{told.get('error', 'stopped')}\n{log}"
        keep_pictures(out)
        return told, out

    return run


def ended(command, environment):
    """Run COMMAND to its end, killed with all it started when it takes too long."""
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def keep_pictures(out):
    """Put the session's pictures into docs/pictures, smaller, when asked to."""
    if not os.environ.get(KEPT):
        return
    from PIL import Image

    for path in out.glob("window_*.png"):
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((WIDEST, WIDEST))
        picture.save(REPOSITORY / "docs/pictures" / f"{path.stem}.jpg", quality=82, optimize=True)
