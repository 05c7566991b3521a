# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g data convert …``, ``ha2g data inspect`` and ``ha2g data statistics``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ha2g_engine.data.source import Tried

convert_app = typer.Typer(
    help="Turn recordings into a data set: 34-pose windows filtered as in the paper, splits by "
    "speaker.",
    no_args_is_help=True,
)


class SkeletonName(StrEnum):
    """The skeletons of the two published data sets."""

    expressive = "expressive"
    gesture = "gesture"


class By(StrEnum):
    """What must not part over train, val and test."""

    auto = "auto"
    speaker = "speaker"
    take = "take"


class Anatomy(StrEnum):
    """Whose collars, spine and face."""

    skeleton = "skeleton"
    own = "own"


Out = Annotated[Path, typer.Option(help="Folder of the data set to write.")]
KeepAll = Annotated[
    bool, typer.Option(help="Keep still, typical, leaning and wordless windows, and whole clips.")
]
SkipBad = Annotated[
    bool, typer.Option(help="Leave faulty recordings out and name them, instead of stopping.")
]
Overwrite = Annotated[bool, typer.Option(help="Replace a data set that is already there.")]
SplitBy = Annotated[By, typer.Option(help="Splits share no speaker, or at least no take.")]
Data = Annotated[Path, typer.Argument(help="A data set's folder.")]


@convert_app.command("bvh")
def convert_bvh(
    folder: Annotated[
        Path, typer.Argument(help="X.bvh with X.wav or .flac; X.json [[word, start s, end s], …].")
    ],
    out: Out,
    joint_map: Annotated[
        Path | None, typer.Option("--map", help="Joint names (.toml) if not a known family.")
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(help="Pattern whose (group) in the path is the speaker; else the subfolder."),
    ] = None,
    by: SplitBy = By.auto,
    keep_all: KeepAll = False,
    skip_bad: SkipBad = False,
    overwrite: Overwrite = False,
) -> None:
    """Motion capture with sound: Mixamo, MotionBuilder, Biped or mapped joint names."""
    from . import from_bvh as reader

    sources = reader.sources(folder, reader.Options(joint_map, speaker))
    _write(out, sources, "expressive", str(folder), by, keep_all, skip_bad, overwrite)


@convert_app.command("ted")
def convert_ted(
    root: Annotated[Path, typer.Argument(help="Folder of lmdb_train|val|test or train|val|test.")],
    out: Out,
    skeleton: Annotated[SkeletonName, typer.Option(help="Which of the two data sets.")],
    python: Annotated[
        Path | None, typer.Option(help="Python with lmdb and pyarrow below 12; else one is set up.")
    ] = None,
    keep_all: KeepAll = False,
    skip_bad: SkipBad = False,
    overwrite: Overwrite = False,
) -> None:
    """The published TED Gesture or TED-Expressive LMDBs, in their own splits."""
    from ha2g_engine.body.skeleton import skeleton as table

    from . import ted as reader

    sources = reader.sources(root, table(skeleton.value), python, _say)
    _write(out, sources, skeleton.value, str(root), By.auto, keep_all, skip_bad, overwrite)


@convert_app.command("smartbody")
def convert_smartbody(
    folder: Annotated[Path, typer.Argument(help="Folder of the SmartBody gesture clips.")],
    out: Out,
    anatomy: Annotated[
        Anatomy, typer.Option(help="Collars, spine and face: the skeleton's, or each body's own.")
    ] = Anatomy.skeleton,
    skeleton: Annotated[
        SkeletonName, typer.Option(help="With fingers, or the nine bones of TED Gesture.")
    ] = SkeletonName.expressive,
    voiced: Annotated[
        bool, typer.Option(help="With a voice made by rule that names the phases; else silent.")
    ] = False,
    only: Annotated[
        str, typer.Option(help="Clips with this in their name, such as ChrBrad@Idle01.")
    ] = "",
    by: SplitBy = By.auto,
    keep_all: KeepAll = False,
    overwrite: Overwrite = False,
) -> None:
    """SmartBody's gestures, a body set a speaker; silent, or with a made voice to try training."""
    from . import smartbody as reader

    for reason, count in reader.left_out(folder).items():
        _say(f"{count} clips left out: {reason}")
    gesture = skeleton is SkeletonName.gesture
    sources = reader.sources(folder, anatomy.value, voiced=voiced, gesture=gesture, only=only)
    _write(out, sources, skeleton.value, str(folder), by, keep_all, False, overwrite)


def inspect(
    folder: Data,
    picture: Annotated[Path | None, typer.Option(help="Where the picture goes (.png).")] = None,
    seed: Annotated[int, typer.Option(help="Picks the moments drawn.")] = 0,
) -> None:
    """Counts, minutes, speakers, words, angles against the published data, and a picture."""
    from ha2g_engine.data import inspect as inspector

    seen = inspector.inspect(folder, seed)
    typer.echo("\n".join(seen.lines))
    where = picture or folder / "inspect.png"
    inspector.save(seen.picture, where)
    typer.echo(f"picture: {where}")


def statistics(
    folder: Data,
    out: Annotated[Path | None, typer.Option(help="JSON file; printed if left out.")] = None,
    split: Annotated[
        str | None, typer.Option(help="train, val or test; all of it if left out.")
    ] = None,
) -> None:
    """Mean pose and direction, angle means and variances, MAAC, as skeleton.json has them."""
    import json

    from ha2g_engine.body.skeleton import skeleton as table
    from ha2g_engine.data import statistics as measured
    from ha2g_engine.data.store import Store
    from ha2g_engine.errors import InputError

    data = Store(folder)
    if split not in (None, "train", "val", "test"):
        raise InputError(f"There is no split '{split}': choose train, val or test.")
    clips = None if split is None else data.split(split)  # type: ignore[arg-type]
    content = measured.as_table(measured.measure(data, clips), table(data.skeleton))
    if out is None:
        typer.echo(json.dumps(content, indent=1))
    else:
        measured.write(out, content)
        typer.echo(f"{out}: {content[data.skeleton]['frames']} frames")


def register(data_app: typer.Typer) -> None:
    """Hang these commands below ``ha2g data``."""
    data_app.add_typer(convert_app, name="convert")
    data_app.command("inspect")(inspect)
    data_app.command("statistics")(statistics)


def _write(
    out: Path,
    sources: Iterable[Tried],
    skeleton: str,
    origin: str,
    by: By,
    keep_all: bool,
    skip_bad: bool,
    overwrite: bool,
) -> None:
    from tqdm import tqdm

    from ha2g_engine.body.skeleton import skeleton as table
    from ha2g_engine.data.writer import Settings, write_sources

    settings = Settings(keep_all, skip_bad, by.value, overwrite)
    with tqdm(unit=" recordings", disable=None, leave=False) as bar:
        report = write_sources(
            out, sources, table(skeleton), settings, origin=origin, progress=lambda _: bar.update()
        )
    typer.echo("\n".join([*report.sentences(), f"{out}: done"]))


def _say(message: str) -> None:
    typer.echo(message, err=True)
