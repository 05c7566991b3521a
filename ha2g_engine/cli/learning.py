# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g train`` and ``ha2g evaluate``: models from data, and what they are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Split, aside


def train(
    config: Annotated[Path, typer.Argument(help="A training configuration (.toml).")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="key=value, such as training.epochs=3.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last epoch.")] = False,
) -> None:
    """Train as a configuration says. Prints a line an epoch and the best checkpoint."""
    from ha2g_engine import distributed
    from ha2g_engine.training import loop

    best = loop.train(config, overrides or [], resume, progress=aside)
    if distributed.leads():
        typer.echo(best)


def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(metavar="CHECKPOINT...", help="Files, or NAME=FILE,FILE for one system."),
    ],
    data: Annotated[Path | None, typer.Option(help="A data set's folder.")] = None,
    autoencoder: Annotated[
        Path | None, typer.Option(help="Checkpoint of system autoencoder; with --data.")
    ] = None,
    speech: Annotated[
        Path | None, typer.Option(help="Folder of recordings without motion: strokes on accents.")
    ] = None,
    table: Annotated[Path | None, typer.Option(help="Markdown file; JSON goes beside it.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Latents, real and generated (.png).")] = None,
    split: Annotated[
        Split | None, typer.Option(help="With --data: test if left out, or val to choose by.")
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="Variation seeds of each checkpoint, with --data: 3 if left out.", min=1),
    ] = None,
    people: Annotated[
        int | None, typer.Option(help="Imagined speakers, with --speech: 5 if left out.", min=1)
    ] = None,
) -> None:
    """Measure systems against a data set or recordings. One row each.

    Runs of one system with several training seeds make one row of means and spreads.
    """
    from ha2g_engine.evaluation import command

    wanted = command.Wanted(
        data, autoencoder, speech, table, plot, split.value if split else None, seeds, people
    )
    typer.echo(command.evaluate(models, wanted, aside))
