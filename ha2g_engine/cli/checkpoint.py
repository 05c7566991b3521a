# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g checkpoint …``: bring published files in, look inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

COUNTED: Final = {"vocabulary": "words", "speakers": "speakers", "gestures": "gestures"}

app = typer.Typer(help="Checkpoints: import published files, look inside.")


@app.command("import")
def import_checkpoint(
    file: Annotated[Path, typer.Argument(help="A published checkpoint (.bin).")],
    out: Annotated[Path, typer.Option(help="Where the safe file goes (.safetensors).")],
    half: Annotated[bool, typer.Option(help="Store half precision.")] = False,
    state: Annotated[
        Path | None,
        typer.Option(help="Also a run's state.pt, with the discriminator, for train --resume."),
    ] = None,
) -> None:
    """Turn a published pickle into a safetensors file, running nothing from it."""
    from ha2g_engine.checkpoints.files import save
    from ha2g_engine.checkpoints.published import import_published

    model, notes = import_published(file)
    save(out, model, notes, half=half)
    if state:
        from ha2g_engine.training.published_state import training_state
        from ha2g_engine.training.state import write_state

        write_state(state, training_state(file, model, notes["epoch"]))
    typer.echo(f"{out}: {model.config.skeleton}, hidden {model.config.hidden}")


@app.command("info")
def checkpoint_info(
    file: Annotated[Path, typer.Argument(help="A .safetensors checkpoint.")],
) -> None:
    """Print a checkpoint's settings, notes and size as JSON."""
    from ha2g_engine.checkpoints.files import info

    content = info(file)
    for many, counted in COUNTED.items():
        if many in content["notes"]:
            content["notes"][counted] = len(content["notes"].pop(many))
    typer.echo(json.dumps(content, indent=2))
