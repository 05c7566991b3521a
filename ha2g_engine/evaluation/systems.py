# SPDX-License-Identifier: GPL-3.0-or-later
"""Which checkpoints belong to one system: runs of one configuration with several seeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ha2g_engine.errors import InputError
from ha2g_engine.training.loop import BEST


@dataclass(frozen=True)
class Group:
    """A row of the table: a name and one checkpoint a training seed."""

    name: str
    files: tuple[Path, ...]


def grouped(arguments: Sequence[str]) -> list[Group]:
    """``NAME=A,B`` or plain files → groups, in the order given.

    Plain files whose names differ in a number at the end only (``ha2g-1``, ``ha2g-2``) make one
    group; a run's ``best.safetensors`` is called by its folder. Raises InputError for a name
    given twice and for a file that is not there.
    """
    groups: dict[str, list[Path]] = {}
    named: set[str] = set()
    plain = [Path(a) for a in arguments if "=" not in a or Path(a).is_file()]
    for argument in arguments:
        if Path(argument) in plain:
            groups.setdefault(_name(Path(argument), plain), []).append(Path(argument))
            continue
        name, _, files = argument.partition("=")
        if not name or not files or name in groups or name in named:
            raise InputError(f"'{argument}' must read NAME=FILE,FILE … with a name of its own.")
        named.add(name)
        groups[name] = [Path(file) for file in files.split(",")]
    return [Group(name, tuple(files)) for name, files in groups.items()]


def _name(file: Path, others: Sequence[Path]) -> str:
    """The stem without its number, where another file shares the rest."""
    stems = [_stem(other) for other in others]
    base = _base(_stem(file))
    return base if sum(_base(stem) == base for stem in stems) > 1 else _stem(file)


def _stem(file: Path) -> str:
    return file.resolve().parent.name if file.name == BEST else file.stem


def _base(stem: str) -> str:
    return re.sub(r"[-_.]?(seed|s)?[-_]?\d+$", "", stem) or stem
