# SPDX-License-Identifier: GPL-3.0-or-later
"""Which checkpoints belong to one system: runs of one configuration with several seeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ha2g_engine.errors import InputError
from ha2g_engine.training.state import BEST


@dataclass(frozen=True)
class Group:
    """A row of the table: a name and one checkpoint a training seed."""

    name: str
    files: tuple[Path, ...]


def grouped(arguments: Sequence[str]) -> list[Group]:
    """``NAME=A,B`` or plain files → groups, in the order given.

    Plain files whose names differ in a number at the end only (``ha2g-1``, ``ha2g-2``) make one
    group; a run's ``best.safetensors`` is called by its folder, and files of the same name by as
    many folders as tell them apart. Raises InputError for a name or a file given twice.
    """
    groups: dict[str, list[Path]] = {}
    named: set[str] = set()
    plain = [a for a in arguments if "=" not in a or Path(a).is_file()]
    rows = dict(zip(plain, _rows(_names([Path(a) for a in plain])), strict=True))
    for argument in arguments:
        if argument in rows and rows[argument] not in named:
            groups.setdefault(rows[argument], []).append(Path(argument))
            continue
        name, _, files = argument.partition("=")
        if not name or not files or name in groups or name in named:
            raise InputError(f"'{argument}' must read NAME=FILE,FILE … with a name of its own.")
        named.add(name)
        groups[name] = [Path(file) for file in files.split(",")]
    return [Group(name, tuple(files)) for name, files in groups.items()]


def _names(files: Sequence[Path]) -> list[str]:
    """The stems, with as many folders before them as make each the only one."""
    parts = [_parts(file) for file in files]
    for file, some in zip(files, parts, strict=True):
        if parts.count(some) > 1:
            raise InputError(f"'{file}' is there twice: leave one out or write NAME=FILE.")
    count = 1
    while len({some[-count:] for some in parts}) < len(parts):
        count += 1
    return ["/".join(some[-count:]) for some in parts]


def _parts(file: Path) -> tuple[str, ...]:
    """The folders and the stem; of a run's best file the folders."""
    folders = file.parent.resolve().parts
    return folders if file.name == BEST else (*folders, file.stem)


def _rows(names: Sequence[str]) -> list[str]:
    """The names without their numbers, where another one shares the rest."""
    bases = [_base(name) for name in names]
    return [b if bases.count(b) > 1 else n for n, b in zip(names, bases, strict=True)]


def _base(name: str) -> str:
    folder, slash, stem = name.rpartition("/")
    return folder + slash + (re.sub(r"[-_.]?(seed|s)?[-_]?\d+$", "", stem) or stem)
