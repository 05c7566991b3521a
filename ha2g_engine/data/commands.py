# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g data …``: build and look at data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .convert.commands import Overwrite, register

app = typer.Typer(help="Data sets: build, convert, look inside.", no_args_is_help=True)


@app.command("build-default")
def build_default(
    gestures: Annotated[Path, typer.Option(help="Folder of the SmartBody gesture clips.")],
    out: Annotated[Path, typer.Option(help="Folder of the data set.")] = Path("runs/default-data"),
    minutes: Annotated[float, typer.Option(help="Minutes of speech.")] = 60.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data.")] = 0,
    renders: Annotated[
        Path | None, typer.Option(help="Folder of rendered reference frames; optional.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
    overwrite: Overwrite = False,
) -> None:
    """Pair synthesised speech with gestures by rule: the data of the default model."""
    from .default.build import build

    build(
        out,
        gestures,
        minutes=minutes,
        seed=seed,
        renders=renders,
        workers=workers,
        overwrite=overwrite,
        progress=_say,
    )
    typer.echo(f"{out}: done")


@app.command("portrait-poses")
def portrait_poses(
    gestures: Annotated[Path, typer.Option(help="Folder of the SmartBody gesture clips.")],
    out: Annotated[Path, typer.Option(help="The file to write, .npz.")],
    count: Annotated[int, typer.Option(help="Poses of each speaker.")] = 150,
    seed: Annotated[int, typer.Option(help="The same seed gives the same poses.")] = 0,
) -> None:
    """The poses in which the default speakers' reference frames are to be rendered."""
    from .default import repertoire, sitters

    shown = repertoire.repertoires(gestures, repertoire.SPEAKERS)
    sitters.save_poses(out, shown, repertoire.SPEAKERS, count, seed)
    typer.echo(f"{out}: done")


def _say(message: str) -> None:
    typer.echo(message, err=True)


register(app)
