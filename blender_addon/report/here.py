# SPDX-License-Identifier: GPL-3.0-or-later
"""What is private on this computer and in this file, and which folders are the programs'."""

from __future__ import annotations

import getpass
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bpy

from ..engine import process
from ..keys.actions import take_stem
from ..paths import ENGINE_DIR, PACKAGE_DIR
from ..takes import record
from ..takes.files import FILES
from .privacy import Privacy

VENV: Final = "pyvenv.cfg"  # a file in each virtual environment


def privacy() -> Privacy:
    """For this user, this computer and the file that is open."""
    blend = bpy.data.filepath
    return Privacy(
        homes=set(_homes()),
        people=set(_people()),
        project=str(Path(blend).parent) if blend else "",
        kept=dict(_programs()),
        names=set(_names()),
    )


def _homes() -> Iterator[str]:
    yield str(Path.home())
    yield os.path.realpath(Path.home())


def _people() -> Iterator[str]:
    yield from (Path.home().name, platform.node(), platform.node().partition(".")[0])
    for variable in ("USER", "LOGNAME", "USERNAME"):
        yield os.environ.get(variable, "")
    try:
        yield getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in this system's list
        return


def _programs() -> Iterator[tuple[str, str]]:
    yield sys.prefix, "<python>"
    if found := bpy.utils.resource_path("LOCAL"):
        yield found, "<blender>"
    yield str(ENGINE_DIR.parent), "<add-on>"
    yield str(PACKAGE_DIR), "<add-on>"
    yield str(process.user_folder()), "<user files>"
    python = process.python_path()
    if python is not None and (python.parent.parent / VENV).is_file():
        yield str(python.parent.parent), "<engine's python>"


def _names() -> Iterator[str]:
    """The names of the file, of its sounds and of its takes, and of what these were made from."""
    yield Path(bpy.data.filepath).stem
    for sound in bpy.data.sounds:
        yield from _file(sound.filepath)
    for scene in bpy.data.scenes:
        settings = getattr(scene, "gestures", None)
        for name in FILES:
            yield from _file(getattr(settings, name, ""))
    for action in bpy.data.actions:
        made = record.of(action)
        if made is not None:
            yield from (action.name, take_stem(action.name))
            for name in FILES:
                yield from _file(getattr(made, name) or "")


def _file(path: str) -> Iterator[str]:
    name = path.replace("\\", "/").rpartition("/")[2]
    yield from (name, name.rpartition(".")[0] or name)
