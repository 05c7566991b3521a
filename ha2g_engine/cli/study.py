# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g study …``: a blind viewer study as one HTML page, and its scores."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ha2g_engine.errors import InputError
from ha2g_engine.files import write_text
from ha2g_engine.study.page import TITLE, Study, read_clips, render_clips, write_page

from .options import AsJson

app = typer.Typer(help="Viewer studies: a rating page, and its scores.", no_args_is_help=True)


@app.command()
def build(
    out: Annotated[Path, typer.Option(help="Where the page goes (.html).")],
    clips: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FOLDER of a system's mp4 clips, the same stems in each folder."),
    ] = None,
    speech: Annotated[
        Path | None, typer.Option(help="Folder of speech files, for --checkpoint.")
    ] = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FILE of a model whose stick-figure clips are made first."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Varies the orders participants meet.")] = 0,
    title: Annotated[str, typer.Option(help="Heading of the page.")] = TITLE,
) -> None:
    """Make one self-contained HTML page: blind clips side by side, three ratings each, 1 to 5.

    Each participant opens it in a browser and sends back the JSON file that it saves.
    """
    folders = _named(clips or [], "--clips", "FOLDER")
    models = _named(checkpoint or [], "--checkpoint", "FILE")
    if twice := folders.keys() & models.keys():
        raise InputError(f"Two systems are named '{min(twice)}': give each its own name.")
    _check_once(folders)
    _check_once(models)
    if bool(models) != (speech is not None):
        raise InputError("--speech FOLDER and --checkpoint NAME=FILE need each other: give both.")
    systems = {name: read_clips(folder) for name, folder in folders.items()}
    with tempfile.TemporaryDirectory(prefix="ha2g-study-") as temporary:
        if speech is not None:
            systems |= render_clips(speech, models, Path(temporary))
        study = Study(systems, title, seed)
        write_page(study, out)
    size = out.stat().st_size / 1e6
    typer.echo(f"{out}: {len(study.speeches)} speeches × {len(systems)} systems, {size:.1f} MB")


@app.command("score")
def score_results(
    results: Annotated[
        list[Path], typer.Argument(help="Participants' JSON files, or folders of them.")
    ],
    out: Annotated[Path | None, typer.Option(help="Also write the table here (.md).")] = None,
    as_json: AsJson = False,
) -> None:
    """Mean opinion scores with 95 % intervals, and Fleiss' kappa for each question."""
    from ha2g_engine.study.score import read_results, score

    report = score(read_results(results))
    if out:
        write_text(out, report.markdown())
    typer.echo(report.json() if as_json else report.markdown(), nl=as_json)


def _check_once(paths: Mapping[str, Path]) -> None:
    """Raise InputError where two systems are one: viewers would compare it with itself."""
    names: dict[Path, str] = {}
    for name, path in paths.items():
        if other := names.get(path.resolve()):
            raise InputError(f"'{other}' and '{name}' are both '{path}': leave one out.")
        names[path.resolve()] = name


def _named(values: Sequence[str], option: str, kind: str) -> dict[str, Path]:
    """["NAME=PATH", …] → name → path; raises InputError for no name or a name given twice."""
    named: dict[str, Path] = {}
    for value in values:
        name, _, path = (part.strip() for part in value.partition("="))
        if not name or not path:
            raise InputError(f"{option} '{value}' must read NAME={kind}.")
        if name in named:
            raise InputError(f"Two systems are named '{name}': give each its own name.")
        named[name] = Path(path)
    return named
