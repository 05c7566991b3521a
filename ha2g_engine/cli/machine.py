# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g worker``, ``bench`` and ``doctor``: the engine as a process, how fast and whole it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from ha2g_engine.errors import InputError

from .options import AsJson, BlenderPython, Checkpoint

BATCH: Final = "16"  # of a training step, where nothing else is said


def worker(
    log: Annotated[Path | None, typer.Option(help="File to log to; stderr if left out.")] = None,
) -> None:
    """Serve JSON requests on stdin for the Blender add-on."""
    from ha2g_engine.worker import main

    main(log)


def doctor(as_json: AsJson = False) -> None:
    """Say what of the engine is here. And what is missing, what for, how to get it."""
    from ha2g_engine import doctor as examination

    report = examination.look()
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=2))
    else:
        for name, fact in report.facts.items():
            typer.echo(f"{name:16} {fact}")
        for one in report.findings:
            typer.echo(f"{one.name:16} {one.found or 'not there'} ({one.purpose})")
            if one.missing:
                typer.echo(f"{'':16} → {one.get}")
    if not report.works:
        raise InputError("The engine lacks what it needs: see the lines with an arrow.")


def bench(
    only: Annotated[
        list[str] | None, typer.Option(help="A row's name; give several. All if left out.")
    ] = None,
    checkpoint: Checkpoint = None,
    blender: BlenderPython = None,
    reference: Annotated[
        Path | None, typer.Option(help="Folder of the reference's code, for the ratios.")
    ] = None,
    as_json: AsJson = False,
    training: Annotated[bool, typer.Option(help="Steps of full-size HA2G instead.")] = False,
    batch: Annotated[
        str | None, typer.Option(help="With --training: sizes, such as 96,192; 16 if left out.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="With --training: key=value, such as training.compile=true."),
    ] = None,
) -> None:
    """Measure the table of docs/performance.md on this machine."""
    if training and (checkpoint or only or blender or reference):
        raise InputError("--training measures full-size HA2G alone: leave the others out.")
    if (batch is not None or settings) and not training:
        raise InputError("--batch and --set are for --training: give both.")
    if training:
        _training(BATCH if batch is None else batch, settings or (), as_json)
        return
    from ha2g_engine.bench import rows, table

    ask = table.Ask(only or (), checkpoint, blender, reference)
    told = table.measured(ask, lambda work: typer.echo(f"{work} …", err=True))
    lines = [f"{name:12} {fact}" for name, fact in told["machine"].items()]
    lines += [rows.line(row) for row in told["rows"]]
    typer.echo(json.dumps(told, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))


def _training(batch: str, settings: Sequence[str], as_json: bool) -> None:
    from ha2g_engine.training.speed import batch_sizes, measure_training

    tables = measure_training(batch_sizes(batch), overrides=settings)
    lines = [f"{k.replace('_', ' '):24} {v}" for table in tables for k, v in table.items()]
    typer.echo(json.dumps(tables, indent=2) if as_json else "\n".join(lines))
