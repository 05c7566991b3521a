# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole table from one run: the engine's rows here, others by programs of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from ha2g_engine.errors import Ha2gError

from .engine import bench, gpu
from .machine import describe, rates
from .rows import Figure, Row, Values, chosen

ADDON: Final = Path("tests", "surveys", "speed.py")
REFERENCE: Final = Path("tests", "surveys", "against_reference.py")
CHECKOUT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 1800  # s for the rows of another program
NO_GPU: Final = "no graphics card"
NO_REFERENCE: Final = "give the folder of the reference's code: --reference"
NO_CHECKOUT: Final = "these scripts are in the repository: run it from there"


@dataclass(frozen=True)
class Ask:
    """names: of rows, all for none. blender: a Python with bpy, this one for None.

    reference: the folder of the reference's code, if it is there.
    """

    names: Sequence[str] = ()
    checkpoint: Path | None = None
    blender: str | None = None
    reference: Path | None = None


def measured(ask: Ask, told: Callable[[str], None] = lambda _name: None) -> dict[str, Any]:
    """The machine, and a dictionary a row; ``told`` hears what is measured next.

    Raises InputError for a row that there is not.
    """
    rows = chosen(ask.names)
    machine = {**describe(), **rates()}
    figures = {figure.row.name: figure for figure in _figures(rows, ask, told)}
    return {"machine": machine, "rows": [figures[row.name].to_dict() for row in rows]}


def _figures(rows: Sequence[Row], ask: Ask, told: Callable[[str], None]) -> Iterator[Figure]:
    with bench(ask.checkpoint) as own:
        for row in rows:
            if row.by == "engine":
                told(row.work)
                yield _figure(row, own.measures[row.name])
    programs: dict[str, Callable[[list[str]], dict[str, Values]]] = {
        "add-on": lambda names: _others(ADDON, names, ask.blender),
        "reference": lambda names: _beside_reference(names, ask.reference),
        "GPU": _gpu,
    }
    for by, program in programs.items():
        those = [row for row in rows if row.by == by]
        if those:
            told(f"{len(those)} rows by the {by}")
            yield from _by(program, those)


def _figure(row: Row, measure: Callable[[], Values]) -> Figure:
    try:
        return Figure(row, tuple(measure()))
    except OSError as error:
        return Figure(row, why_not=f"not told here ({error.strerror})")


def _by(program: Callable[[list[str]], dict[str, Values]], rows: list[Row]) -> Iterator[Figure]:
    try:
        values = program([row.name for row in rows])
    except Missing as missing:
        yield from (Figure(row, why_not=str(missing)) for row in rows)
        return
    for row in rows:
        found = tuple(values.get(row.name, ()))
        yield Figure(row, found, "" if found else "its program does not tell")


class Missing(Ha2gError):
    """Why a program's rows cannot be measured here."""


def _gpu(_names: list[str]) -> dict[str, Values]:
    if not torch.cuda.is_available():
        raise Missing(NO_GPU)
    return gpu()


def _beside_reference(names: list[str], folder: Path | None) -> dict[str, Values]:
    if folder is None:
        raise Missing(NO_REFERENCE)
    return _others(REFERENCE, [str(folder), *names], None)


def _others(script: Path, arguments: list[str], python: str | None) -> dict[str, Values]:
    """What SCRIPT of the repository prints last: JSON, row → values."""
    path = CHECKOUT / script
    if not path.is_file():
        raise Missing(NO_CHECKOUT)
    command = [python or sys.executable, str(path), "--json", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, cwd=CHECKOUT, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise Missing(f"{script.name} fails: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    found: dict[str, Values] = json.loads(lines[-1])
    return found
