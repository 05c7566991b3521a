# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preferences ask of the full engine: which parts, from where, and what is to be done."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ..errors import GestureError
from ..paths import ENGINE_DIR
from . import lock, parts, preferences, process, pythons, recipe
from .parts import Made
from .recipe import Recipe, Source

NO_CPU_BUILD: Final = (
    "There is no NVIDIA driver here, but the small build of PyTorch for processors lies in its own "
    "index alone: put the address of that into PyTorch From, or 2.5 GB more are downloaded."
)
NO_GPU_BUILD: Final = (
    "On Windows the build for graphics cards lies in PyTorch's own index alone: put its address "
    "into PyTorch From."
)


def source() -> Source:
    """Where the packages are to come from. Raises GestureError as `arguments_in` does."""
    asked = preferences.get()
    arguments = recipe.arguments_in(asked.pip_arguments)
    index = asked.torch_index or recipe.torch_index()
    return Source(asked.wheelhouse, arguments, index)


def chosen() -> frozenset[str]:
    """The parts that are ticked."""
    asked = preferences.get()
    return frozenset(part for part in parts.TITLES if getattr(asked, f"part_{part}"))


def made(target: str) -> Made | None:
    """What a set-up now would be made from; None where no lock file is for TARGET."""
    if not lock.read(target):
        return None
    return Made.from_lock(target, chosen(), source().build(preferences.get().part_gpu))


def remark() -> str:
    """What is to be said of the build before it is downloaded; "" for nothing."""
    asked, where = preferences.get(), source()
    target = pythons.likely_target()
    if asked.part_gpu:
        missing = target.startswith("windows") and not (where.torch_index or where.wheelhouse)
        return NO_GPU_BUILD if missing else ""
    return NO_CPU_BUILD if target.startswith("linux") and where.build(False) == "gpu" else ""


def changes_parts() -> bool:
    """Whether what is set up is sound, and only its parts are others than those that are ticked."""
    before = process.made()
    if before is None or not before.is_current():
        return False
    now = made(before.target)
    return now is not None and now.build == before.build and now.parts != before.parts


def instructions() -> Recipe:
    """What a set-up is to do now. Raises GestureError where it cannot be done."""
    where, folder = source(), process.setup_folder()
    if where.wheelhouse and not Path(where.wheelhouse).is_dir():
        raise GestureError(f"The folder '{where.wheelhouse}' does not exist: choose another one.")
    before = process.made()
    if before is not None and changes_parts():
        after = Made.from_lock(before.target, chosen(), before.build)
        built = recipe.built_python(folder)
        return recipe.changed(_base(built), folder, before, after, where)
    python = pythons.find_python()
    now = made(pythons.target(python))
    if now is None:
        return recipe.plain(python, folder, recipe.requirements_of(ENGINE_DIR), where)
    return recipe.locked(python, folder, now, where)


def _base(built: str) -> str:
    """The Python that watches over commands: not the one that is being changed."""
    return os.path.realpath(built)
