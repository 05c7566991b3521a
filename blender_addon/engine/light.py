# SPDX-License-Identifier: GPL-3.0-or-later
"""The light engine: the default model in numpy, run by Blender's own Python. Nothing to set up."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import bpy
import numpy as np

MODULE: Final = "ha2g_engine.light_worker"
DECODER: Final = "HA2G_DECODER"  # environment variable: see ha2g_engine/decoder.py
SCRIPT: Final = Path(__file__).with_name("decode_script.py")
THREADS: Final = "1"  # products of 128 numbers gain nothing from more


@cache  # the panels look at every redraw
def python() -> Path | None:
    """Blender's own Python, as a program; None where a Blender brings none."""
    found = (Path(path) for path in _candidates() if path)
    return next((path for path in found if path.is_file()), None)


def _candidates() -> Iterator[str | None]:
    name = "python{}.{}".format(*sys.version_info[:2])
    if Path(sys.executable).stem.startswith("python"):
        yield sys.executable
    yield str(Path(sys.prefix, "bin", name))
    yield str(Path(sys.prefix, "bin", "python.exe"))
    yield shutil.which(name)  # a Blender of the system's is linked to the system's Python


def environment(before: dict[str, str]) -> dict[str, str]:
    """BEFORE with Blender's numpy importable, and Blender named as what reads files."""
    packages = str(Path(np.__file__).parents[1])
    path = [*filter(None, [before.get("PYTHONPATH")]), packages]
    return {
        **before,
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONNOUSERSITE": "1",
        "OPENBLAS_NUM_THREADS": THREADS,
        DECODER: json.dumps(decoder()),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), bpy.app.tempdir),  # Blender removes that one
    }


def decoder() -> list[str]:
    """The command that decodes a file by a Blender of its own, before SOURCE and TARGET."""
    if not bpy.app.binary_path:  # Blender as a Python package
        return [str(python()), str(SCRIPT)]
    options = ["--background", "--factory-startup", "--python-exit-code", "1"]
    return [bpy.app.binary_path, *options, "--python", str(SCRIPT), "--"]
