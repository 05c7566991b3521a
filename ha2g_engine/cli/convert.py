# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g data convert …``: recordings and published data → a data set."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ha2g_engine.body.windows import PUBLISHED, Windows

from .options import aside

if TYPE_CHECKING:
    from ha2g_engine.data.source import Tried
    from ha2g_engine.data.writer import Settings

app = typer.Typer(
    help="Turn recordings into a data set: windows (34 poses) filtered as in the paper, splits "
    "by speaker.",
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
Portraits = Annotated[
    Path | None, typer.Option("--pictures", help="Folder with one of pictures for each speaker.")
]
Frames = Annotated[int, typer.Option(help="Poses of a window at 15 a second, N of the paper.")]
Stride = Annotated[int, typer.Option(help="Poses from one window that leads on to the next.")]
Given = Annotated[int, typer.Option(help="First poses of a window that are given, M of the paper.")]
SplitBy = Annotated[
    By, typer.Option(help="Splits share no speaker, or at least no take; one take alone is cut.")
]


@app.command("bvh")
def convert_bvh(
    folder: Annotated[
        Path, typer.Argument(help="X.bvh with X.wav, .flac, …; X.TextGrid, .json, .srt, … if any.")
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
    pictures: Portraits = None,
    frames: Frames = PUBLISHED.frames,
    stride: Stride = PUBLISHED.stride,
    given: Given = PUBLISHED.given,
) -> None:
    """Motion capture with sound: Mixamo, MotionBuilder, Biped, GENEA, SMPL-X or mapped names."""
    from ha2g_engine.data.convert import from_bvh
    from ha2g_engine.data.writer import Settings

    sources = from_bvh.sources(folder, from_bvh.Options(joint_map, speaker))
    cut = Windows(frames, stride, given)
    settings = Settings(keep_all, skip_bad, by.value, overwrite, pictures, cut)
    _write(out, sources, "expressive", str(folder), settings)


@app.command("ted")
def convert_ted(
    root: Annotated[Path, typer.Argument(help="Folder of lmdb_train|val|test or train|val|test.")],
    out: Out,
    skeleton: Annotated[SkeletonName, typer.Option(help="Which of the two data sets.")],
    keep_all: KeepAll = False,
    skip_bad: SkipBad = False,
    overwrite: Overwrite = False,
    pictures: Portraits = None,
    frames: Frames = PUBLISHED.frames,
    stride: Stride = PUBLISHED.stride,
    given: Given = PUBLISHED.given,
) -> None:
    """The published TED Gesture or TED-Expressive LMDBs, in their own splits."""
    from ha2g_engine.body.skeleton import skeleton as table
    from ha2g_engine.data.convert import ted
    from ha2g_engine.data.writer import Settings

    sources = ted.sources(root, table(skeleton.value))
    cut = Windows(frames, stride, given)
    settings = Settings(keep_all, skip_bad, "auto", overwrite, pictures, cut)
    _write(out, sources, skeleton.value, str(root), settings)


@app.command("smartbody")
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
    frames: Frames = PUBLISHED.frames,
    stride: Stride = PUBLISHED.stride,
    given: Given = PUBLISHED.given,
) -> None:
    """SmartBody's gestures, a body set a speaker; silent, or with a made voice to try training."""
    from ha2g_engine.data.convert import smartbody
    from ha2g_engine.data.writer import Settings

    for reason, count in smartbody.left_out(folder).items():
        aside(f"{count} clips left out: {reason}")
    gesture = skeleton is SkeletonName.gesture
    sources = smartbody.sources(folder, anatomy.value, voiced=voiced, gesture=gesture, only=only)
    cut = Windows(frames, stride, given)
    settings = Settings(keep_all, False, by.value, overwrite, cut=cut)
    _write(out, sources, skeleton.value, str(folder), settings)


def _write(
    out: Path, sources: Iterable[Tried], skeleton: str, origin: str, settings: Settings
) -> None:
    from tqdm import tqdm

    from ha2g_engine.body.skeleton import skeleton as table
    from ha2g_engine.data.writer import write_sources

    with tqdm(unit=" recordings", disable=None, leave=False) as bar:
        report = write_sources(
            out, sources, table(skeleton), settings, origin=origin, progress=lambda _: bar.update()
        )
    typer.echo("\n".join([*report.sentences(), f"{out}: done"]))
