# SPDX-License-Identifier: GPL-3.0-or-later
"""What everybody gets who asked for a take: the worker sends it, the shell saves it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import __version__
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.files import replacing
from ha2g_engine.gestures import moods, tags
from ha2g_engine.speech import marks
from ha2g_engine.speech.transcript import read_transcript
from ha2g_engine.speech.voices import cleaning

from .performer import Performer
from .settings import Settings, Take

Arrays = dict[str, NDArray[np.float32]]

MOSTLY: Final = 0.5  # of what sounds: beyond it what is no voice is worth a word


def introduction(performer: Performer) -> dict[str, str]:
    """What the engine says of itself: version, what computes on which device, checkpoint."""
    return {
        "version": __version__,
        **performer.computed_by,
        "device": performer.device,
        "checkpoint": performer.checkpoint,
    }


def on_words(performer: Performer, settings: Settings) -> str:
    """What is to be said of the words in SETTINGS; "" if they are used as they are."""
    if not settings.has_words:
        return ""
    if not performer.knows_words:
        named = settings.transcript or "the words"
        return f"'{performer.checkpoint}' knows no words: '{named}' changes nothing."
    remark = ""
    if settings.words is None and settings.transcript:
        remark = read_transcript(settings.transcript).remark
    known = performer.planner.repertoire if performer.planner else None
    strange = tags.remarks(settings.said(), known) if known else ()
    return " ".join((*filter(None, (remark,)), *strange))


def on_sound(speech: str | Path, settings: Settings, performer: Performer) -> str:
    """What is to be said of SPEECH; "" where it is mostly a voice, or all of it counts."""
    channel, voice_only = settings.meant(performer.notes).sound
    if cleaning.unheard(speech, channel, voice_only) <= MOSTLY:
        return ""
    return (
        f"Most of what sounds in '{speech}' is taken for no voice and makes no gestures: ask for "
        "--any-sound if it is one."
    )


def of(
    take: Take, speech: str | Path, channel: str = "", voice_only: bool = True
) -> tuple[dict[str, Any], Arrays]:
    """TAKE in values and arrays: directions (T, bones, 3), and the marks of SPEECH, heard so.

    stride, overlap: frames from one window of the network to the next, and that two share.
    unheard: how much of what sounds is taken for no voice, 0 to 1.
    """
    values = {
        "fps": FPS,
        "seconds": len(take.directions) / FPS,
        "style": take.style.tolist(),
        "seed": take.seed,
        "bones": take.skeleton.bone_names,
        "levels_run": take.levels_run,
        "plan": None if take.plan is None else take.plan.to_dict(),
        "strokes": [dict(stroke) for stroke in take.strokes],
        "moods": moods.told(take.moods),
        "manner": None if take.manner is None else take.manner.to_dict(),
        "level_rate": marks.RATE,
        "stride": take.cut.stride,
        "overlap": take.cut.overlap,
        "unheard": cleaning.unheard(speech, channel, voice_only),
    }
    marked = marks.of_file(speech, channel, voice_only).arrays
    arrays = {"directions": take.directions, **marked}
    return values, arrays if take.attention is None else {**arrays, "attention": take.attention}


def save(
    path: str | Path, take: Take, speech: str | Path, settings: Settings, performer: Performer
) -> None:
    """Write TAKE as npz, by a rename, with all that making it again takes.

    The contract: directions, fps, style, bones, seed. Beside it the speech's marks, and as JSON
    `asked` (speech, image and the settings), `engine`, `plan`, which gesture
    strokes when, null of a model without plans, its `strokes` as people read them, and `manner`,
    the person's. Raises InputError for a path that cannot be written.
    """
    meant = settings.meant(performer.notes)
    values, arrays = of(take, speech, *meant.sound)
    texts = {
        "asked": asked(speech, meant),
        "engine": introduction(performer),
        "plan": values["plan"],
        "strokes": values["strokes"],
        "manner": values["manner"],
    }
    with replacing(path) as part, part.open("wb") as file:
        np.savez(
            file,
            **arrays,
            fps=np.float32(values["fps"]),
            style=take.style,
            bones=np.array(values["bones"]),
            seed=np.int64(values["seed"]),
            level_rate=np.float32(values["level_rate"]),
            stride=np.int64(values["stride"]),
            overlap=np.int64(values["overlap"]),
            **{name: np.array(json.dumps(text)) for name, text in texts.items()},
        )


def asked(speech: str | Path, settings: Settings) -> dict[str, Any]:
    """What a take of SPEECH was made from, as plain values; paths are absolute.

    image: the picture, or the first of several, which are then all in `images`. held: hand shapes,
    if there are any.
    """
    plain = asdict(settings)
    images, style = [str(Path(i).resolve()) for i in plain.pop("images")], plain.pop("style")
    words, held, other = (plain.pop(name) for name in ("transcript", "held", "listen_to"))
    plain["words"] = [word.row for word in settings.words or ()]
    return {
        **plain,
        "speech": str(Path(speech).resolve()),
        "image": images[0] if images else None,
        **({"images": images} if len(images) > 1 else {}),
        **({"held": held} if held else {}),
        "listen_to": str(Path(other).resolve()) if other else None,
        "transcript": str(Path(words).resolve()) if words else None,
        "style": None if style is None else np.asarray(style, float).tolist(),
        "own_style": style is not None,
    }
