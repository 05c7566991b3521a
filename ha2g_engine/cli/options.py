# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several commands share, and how commands speak while they work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

Checkpoint = Annotated[
    Path | None, typer.Option(help="A .safetensors checkpoint; the default model if left out.")
]
Pictures = Annotated[
    list[Path] | None,
    typer.Option(
        "--image", help="Picture of the person who speaks, or a film; give several for several."
    ),
]
FromImage = Annotated[
    str | None,
    typer.Option(help="What --image gives, of style, home, pose: 'style,home'; all if left out."),
]
Seed = Annotated[int, typer.Option(help="0 = most typical; others vary the gestures.")]
Transcript = Annotated[
    Path | None,
    typer.Option(help="SRT, VTT, TextGrid, TSV or JSON with times; [shrug] asks for one."),
]
IdentitySeed = Annotated[int, typer.Option(help="An imagined person, without a picture.")]
StyleFile = Annotated[Path | None, typer.Option(help="JSON 3 × 6: low, mid, high by level.")]
Rest = Annotated[bool | None, typer.Option("--rest/--no-rest", help="Return to rest in silence.")]
Energy = Annotated[
    float | None,
    typer.Option(help="How much the gestures' size follows loudness: 0.5.", min=0, max=1),
]
VoiceOnly = Annotated[
    bool | None,
    typer.Option("--voice-only/--any-sound", help="Whether music and noise make no gestures."),
]
Fade = Annotated[
    bool | None,
    typer.Option("--fade/--no-fade", help="Lead windows on from each other, or cross-fade them."),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan", "--strokes", help="Which gesture strokes when: a take's .npz, or its JSON."
    ),
]
HomePosture = Annotated[
    str | None,
    typer.Option("--home", help="Where hands are between gestures: 'hanging', 'arms folded' …"),
]
MoodsFile = Annotated[
    Path | None, typer.Option("--moods", help="Moods along the time: JSON, as of 'ha2g moods'.")
]
HandShapes = Annotated[
    list[str] | None,
    typer.Option(
        "--hand-shape",
        help="SHAPE[:HAND][:START-END], as in fist:left:2.5-4; without seconds at rest.",
    ),
]


class Channel(StrEnum):
    """Of a recording in stereo."""

    left = "left"
    right = "right"


OwnChannel = Annotated[
    Channel | None, typer.Option("--channel", help="The speech's channel that is heard alone.")
]
ListenTo = Annotated[
    str | None,
    typer.Option(
        help="Whom the character listens to: left, right (of the same file), or a sound file."
    ),
]
BlenderPython = Annotated[
    str | None, typer.Option("--blender", help="A Python with bpy; this one if left out.")
]
WordGestures = Annotated[
    float,
    typer.Option(help="Share of the gestures that words ask for, the surest first.", min=0, max=1),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Split(StrEnum):
    """Parts of a data set."""

    train = "train"
    val = "val"
    test = "test"


@contextmanager
def progress_bar() -> Iterator[Any]:
    """A bar on a terminal; yields ``progress(fraction, sentence)``."""
    from tqdm import tqdm  # heavy for --help

    with tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}", disable=None, leave=False) as bar:

        def progress(fraction: float, message: str) -> None:
            bar.set_description_str(message)
            bar.update(fraction - bar.n)

        yield progress


def aside(line: str) -> None:
    """Say something that is not the result, on stderr."""
    typer.echo(line, err=True)
