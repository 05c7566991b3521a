# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of ``ha2g evaluate`` together: data set, recordings, table, plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ha2g_engine.data.store import Split
from ha2g_engine.errors import InputError

from . import report, run, scatter, speech
from .systems import Group, grouped

SEEDS: Final = 3  # of each checkpoint on a data set
PEOPLE: Final = 5  # imagined, for recordings


@dataclass(frozen=True)
class Wanted:
    """What to measure on and where it goes; see ``ha2g evaluate --help``.

    split, seeds: of ``data``, people: of ``speech``; None for the usual.
    """

    data: Path | None = None
    autoencoder: Path | None = None
    speech: Path | None = None
    table: Path | None = None
    plot: Path | None = None
    split: Split | None = None
    seeds: int | None = None
    people: int | None = None


def evaluate(models: Sequence[str], wanted: Wanted, progress: run.Progress) -> str:
    """The tables as Markdown; writes what ``wanted`` names.

    Raises InputError for options that do not fit together, and for files that cannot be used.
    """
    _check(wanted)
    groups, texts, content = grouped(models), [], {}
    if wanted.data is not None:
        text, content["data"] = _on_data(groups, wanted, progress)
        texts.append(text)
    if wanted.speech is not None:
        text, content["speech"] = _on_speech(groups, wanted, progress)
        texts.append(text)
    whole = "\n".join(texts)
    if wanted.table is not None:
        report.write(wanted.table, whole, content)
    return whole


def _check(wanted: Wanted) -> None:
    if wanted.data is None and wanted.speech is None:
        raise InputError("Nothing to measure on: give --data with --autoencoder, or --speech.")
    if wanted.data is not None and wanted.autoencoder is None:
        raise InputError('--data needs --autoencoder FILE: train configs\' system "autoencoder".')
    if wanted.plot is not None and wanted.data is None:
        raise InputError("--plot needs --data: recordings alone have no real motion to show.")
    if wanted.data is None and (wanted.autoencoder or wanted.split or wanted.seeds):
        raise InputError("--autoencoder, --split and --seeds are for --data: leave them out.")
    if wanted.speech is None and wanted.people:
        raise InputError("--people is for --speech: leave it out.")


def _on_data(
    groups: Sequence[Group], wanted: Wanted, progress: run.Progress
) -> tuple[str, dict[str, Any]]:
    assert wanted.data is not None and wanted.autoencoder is not None
    table = run.evaluate(
        groups, wanted.data, wanted.autoencoder,
        split=wanted.split or "test", seeds=wanted.seeds or SEEDS, progress=progress,
    )  # fmt: skip
    if wanted.plot is not None:
        scatter.write(wanted.plot, table.real, table.latents)
    return report.markdown(table.rows, table.facts), report.as_json(table.rows, table.facts)


def _on_speech(
    groups: Sequence[Group], wanted: Wanted, progress: run.Progress
) -> tuple[str, dict[str, Any]]:
    assert wanted.speech is not None
    people = wanted.people or PEOPLE
    rows = speech.measure(groups, wanted.speech, people, progress)
    facts = {"speech": str(wanted.speech), "imagined speakers": people}
    return report.markdown(rows, facts), report.as_json(rows, facts)
