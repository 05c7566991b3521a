# SPDX-License-Identifier: GPL-3.0-or-later
"""What options name, read: styles, plans, moods, hand shapes, voices; and the settings of all."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

from ha2g_engine import paths
from ha2g_engine.errors import InputError

from .options import Channel

if TYPE_CHECKING:
    from ha2g_engine.synthesis.settings import Settings

DAMAGE: Final = (  # what files that are not what they are called raise
    OSError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, MemoryError,
    RuntimeError, AttributeError, BadZipFile, zlib.error,
)  # fmt: skip


def read_style(path: Path | None) -> Any:
    """(3, H) of a JSON file. Raises InputError."""
    from ha2g_engine.synthesis import asking

    if path is None:
        return None
    try:
        content = json.loads(paths.text_of(path, "an existing style"))
        rows = content.get("style", content) if isinstance(content, dict) else content
        return asking.settings({"style": rows}).style
    except DAMAGE as error:
        raise InputError(
            f"'{path}' is no style: it must be JSON with 3 rows (low, mid, high) of numbers."
        ) from error


def voices_of(
    speech: Path, channel: Channel | None, listen_to: str | None
) -> tuple[str, Path | None, str]:
    """The own channel, and file and channel of whom the character listens to.

    Who listens to one channel and names no own one speaks on the other one. Raises InputError
    where both would be the same voice.
    """
    own = channel.value if channel else ""
    if listen_to in Channel.__members__:
        if listen_to == own:
            raise InputError(f"Both voices would be the {own} channel: name the other one.")
        left, right = Channel.left.value, Channel.right.value
        return own or (left if listen_to == right else right), speech, str(listen_to)
    if listen_to and Path(listen_to).resolve() == speech.resolve():
        raise InputError(
            f"'{listen_to}' is the speech itself: name the channel that the other one speaks on, "
            "left or right, or another file."
        )
    return own, Path(listen_to) if listen_to else None, ""


def read_held(texts: list[str] | None) -> Any:
    """Hand shapes as SHAPE, SHAPE:HAND, SHAPE:START-END or SHAPE:HAND:START-END."""
    from ha2g_engine.gestures import held

    found = []
    for text in texts or ():
        shape, *more = text.split(":")
        hand = more.pop(0) if more and more[0] in held.HANDS else "both"
        start, end = more.pop(0).split("-", 1) if more and "-" in more[0] else (None, None)
        try:
            if more:
                raise ValueError(more)
            found.append(held.read({"shape": shape, "hand": hand, "start": start, "end": end}))
        except ValueError as error:
            raise InputError(
                f"'{text}' is no hand shape: write SHAPE, SHAPE:left or SHAPE:right:2.5-4, from "
                "a second to a later one."
            ) from error
    return tuple(found)


def read_plan(path: Path | None) -> Any:
    """The plan of a take or in a JSON file. Raises InputError."""
    import numpy as np

    from ha2g_engine.gestures.plan import Plan

    if path is None:
        return None
    try:
        if path.suffix == ".npz":
            with np.load(paths.regular(path, "an existing take"), allow_pickle=False) as arrays:
                if arrays.zip.getinfo("plan.npy").file_size > paths.SETTINGS_BYTES:
                    raise ValueError("too large")
                content = json.loads(str(arrays["plan"]))
        else:
            content = json.loads(paths.text_of(path, "an existing plan"))
    except DAMAGE as error:
        raise InputError(
            f"'{path}' holds no plan: name a take of 'ha2g generate' (.npz) or its plan as JSON."
        ) from error
    return Plan.from_dict(content)


def pictures(
    images: list[Path] | None, from_image: str | None, out: Path
) -> tuple[list[Path], tuple[str, ...] | None]:
    """--image with films as pictures, and what they are to give.

    Raises InputError for --from-image alone.
    """
    from ha2g_engine.pictures.stills import pictures_of
    from ha2g_engine.synthesis.settings import TAKEN

    if not images:
        if from_image is not None:
            raise InputError("--from-image says what a picture gives: name one with --image.")
        return [], None
    asked = TAKEN if from_image is None else from_image.replace(",", " ").split()
    return pictures_of(images, out), tuple(asked)


def settings_of(
    shown: tuple[list[Path], tuple[str, ...] | None],
    identity_seed: int,
    seed: int,
    style: Path | None,
    transcript: Path | None,
    rest: bool | None,
    energy: float | None,
    fade: bool | None,
    plan: Path | None,
    home: str | None,
    word_gestures: float,
    moods: Path | None,
    hand_shapes: list[str] | None,
    voices: tuple[str, Path | None, str],
    voice_only: bool | None,
) -> Settings:
    """The options that both commands have, files read; shown: of ``pictures``.

    Raises InputError.
    """
    from ha2g_engine.synthesis.settings import Settings

    how = (transcript, rest, energy, fade, read_plan(plan), home, None, word_gestures)
    more = (read_moods(moods), read_held(hand_shapes), *voices)
    known, taken = shown
    given = (known, identity_seed, seed, read_style(style), *how, *more)
    return Settings(*given, taken=taken, voice_only=voice_only)


def read_moods(path: Path | None) -> Any:
    """The moods in a JSON file. Raises InputError."""
    from ha2g_engine.gestures.moods import of

    if path is None:
        return ()
    try:
        content = json.loads(paths.text_of(path, "existing moods"))
    except DAMAGE as error:
        raise InputError(
            f"'{path}' holds no moods: it must be JSON, as 'ha2g moods' writes it."
        ) from error
    return of(content)
