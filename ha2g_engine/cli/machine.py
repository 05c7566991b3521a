# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g worker``, ``bench`` and ``doctor``: the engine as a process, how fast and whole it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from ha2g_engine.errors import InputError

from .options import AsJson, Checkpoint

BATCH: Final = "16"  # of a training step, where nothing else is said


def worker(
    log: Annotated[Path | None, typer.Option(help="File to log to; stderr if left out.")] = None,
) -> None:
    """Serve JSON requests on stdin for the Blender add-on."""
    from ha2g_engine.worker import main

    main(log)


def doctor(as_json: AsJson = False) -> None:
    """Say what of the engine is here, what is missing, what for, and how to get it."""
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
    checkpoint: Checkpoint = None,
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
    """Measure what the README's performance table says, on this machine."""
    from ha2g_engine.bench.speed import measure
    from ha2g_engine.training.speed import batch_sizes, measure_training

    if training and checkpoint:
        raise InputError("--training measures full-size HA2G: leave --checkpoint out.")
    if (batch is not None or settings) and not training:
        raise InputError("--batch and --set are for --training: give both.")
    sizes = batch_sizes(BATCH if batch is None else batch)
    tables = (
        measure_training(sizes, overrides=settings or ()) if training else [measure(checkpoint)]
    )
    lines = [f"{k.replace('_', ' '):24} {v}" for table in tables for k, v in table.items()]
    numbers = tables if training else tables[0]
    typer.echo(json.dumps(numbers, indent=2) if as_json else "\n".join(lines))
