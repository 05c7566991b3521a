# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g data …``: build and look at data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ha2g_engine.body.windows import PUBLISHED, Windows
from ha2g_engine.errors import InputError

from . import convert
from .convert import By, Frames, Given, KeepAll, Out, Overwrite, SplitBy, Stride
from .options import Split, aside

Data = Annotated[Path, typer.Argument(help="A data set's folder.")]

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
    frames: Frames = PUBLISHED.frames,
    stride: Stride = PUBLISHED.stride,
    given: Given = PUBLISHED.given,
) -> None:
    """Pair synthesised speech with gestures by rule: the data of the default model."""
    from ha2g_engine.data.default.build import build

    build(
        out,
        gestures,
        minutes=minutes,
        seed=seed,
        renders=renders,
        workers=workers,
        overwrite=overwrite,
        cut=Windows(frames, stride, given),
        progress=aside,
    )
    typer.echo(f"{out}: done")


@app.command("build")
def build_videos(
    folder: Annotated[
        Path,
        typer.Argument(help="Videos, a folder a speaker; X.srt, .vtt, .json or .txt beside X.mp4."),
    ],
    out: Out,
    workers: Annotated[int, typer.Option(help="Videos that are read at once.", min=1)] = 2,
    part: Annotated[
        str, typer.Option(help="K/N: only read every Nth video from the Kth on; write nothing yet.")
    ] = "",
    keep_all: KeepAll = False,
    by: SplitBy = By.auto,
    overwrite: Overwrite = False,
    frames: Frames = PUBLISHED.frames,
    stride: Stride = PUBLISHED.stride,
    given: Given = PUBLISHED.given,
) -> None:
    """Videos of people who talk → a data set; run again after whatever stopped it, it goes on."""
    from ha2g_engine.data import writer
    from ha2g_engine.data.videos import build

    cut = Windows(frames, stride, given)
    found = build.read(folder, out, workers, _part(part), progress=aside)
    if part:
        typer.echo(f"{out}{build.STEPS}: part {part} of {len(found)} videos is read")
        return
    settings = writer.Settings(keep_all, by=by.value, overwrite=overwrite, cut=cut)
    typer.echo("\n".join(build.write(found, out, settings).sentences()))


def _part(text: str) -> tuple[int, int]:
    """K and N of "K/N". Raises InputError."""
    number, slash, parts = (text or "1/1").partition("/")
    if not (slash and number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise InputError(f"--part {text} does not work: write 2/4 for the second of four parts.")
    return int(number), int(parts)


@app.command("review")
def review_videos(
    folder: Data,
    out: Annotated[
        Path | None, typer.Option(help="The page, .html; review.html in the folder if left out.")
    ] = None,
    count: Annotated[int, typer.Option(help="Clips on it, evenly from all.", min=1)] = 40,
) -> None:
    """A page of a data set's clips: the video with the skeleton that was found drawn over it."""
    from ha2g_engine.data.videos import review

    where = out or folder / "review.html"
    shown = review.write(folder, where, count)
    typer.echo(f"{where}: {shown} clips")


@app.command("portrait-poses")
def portrait_poses(
    gestures: Annotated[Path, typer.Option(help="Folder of the SmartBody gesture clips.")],
    out: Annotated[Path, typer.Option(help="The file to write, .npz.")],
    count: Annotated[int, typer.Option(help="Poses of each speaker.")] = 150,
    seed: Annotated[int, typer.Option(help="The same seed gives the same poses.")] = 0,
) -> None:
    """The poses in which people's reference frames are to be rendered: speakers, then postures."""
    from ha2g_engine.data.default import repertoire, sitters

    shown = repertoire.repertoires(gestures, repertoire.SPEAKERS)
    people = dict(zip(repertoire.SPEAKERS, shown, strict=True))
    sitters.save_poses(out, people, count, seed)
    typer.echo(f"{out}: done")


@app.command()
def inspect(
    folder: Data,
    picture: Annotated[Path | None, typer.Option(help="Where the picture goes (.png).")] = None,
    seed: Annotated[int, typer.Option(help="Picks the moments drawn.")] = 0,
) -> None:
    """Counts, minutes, speakers, words, angles against the published data, and a picture."""
    from ha2g_engine.data.inspect import inspect, save

    seen = inspect(folder, seed)
    typer.echo("\n".join(seen.lines))
    where = picture or folder / "inspect.png"
    save(seen.picture, where)
    typer.echo(f"picture: {where}")


@app.command()
def statistics(
    folder: Data,
    out: Annotated[Path | None, typer.Option(help="JSON file; printed if left out.")] = None,
    split: Annotated[Split | None, typer.Option(help="All of it if left out.")] = None,
) -> None:
    """Mean pose and direction, angle means and variances, MAAC, as skeleton.json has them."""
    from ha2g_engine.body.skeleton import skeleton
    from ha2g_engine.data.statistics import as_table, measure, write
    from ha2g_engine.data.store import Store

    data = Store(folder)
    clips = None if split is None else data.split(split.value)
    content = as_table(measure(data, clips), skeleton(data.skeleton))
    if out is None:
        typer.echo(json.dumps(content, indent=1))
    else:
        write(out, content)
        typer.echo(f"{out}: {content[data.skeleton]['frames']} frames")


@app.command()
def vectors(
    folder: Data,
    source: Annotated[
        Path,
        typer.Option(
            "--from", help="fastText's .vec or .bin, or a spaCy pipeline's folder or wheel."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The file, .npz; vectors.npz in the folder if left out.")
    ] = None,
) -> None:
    """Keep the vectors of the words that a data set says, for vectors= of train."""
    from ha2g_engine.data import vectors
    from ha2g_engine.data.store import Store

    words = vectors.said(Store(folder))
    found = vectors.find(words, source)
    where = out or folder / vectors.FILE
    vectors.save(where, found)
    size = len(next(iter(found.values())))
    typer.echo(f"{where}: {len(found)} of {len(words)} words, {size} numbers each")


app.add_typer(convert.app, name="convert")
