# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference picture, small, as the panel shows it, and what the engine finds in it.

Where the engine looks for people, the picture is shown as it saw it, with the skeleton on it.

Only one that was chosen since the file was opened: a path in somebody's file is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import bpy
import bpy.utils.previews

from .. import log, places
from ..engine import jobs, models, process
from ..engine.client import Failure, Result
from ..errors import GestureError
from ..motion import found as people
from ..motion import words
from ..redraw import redraw_panels

TAKEN: Final = ("style", "home", "pose")  # what pictures can give
PAUSE: Final = 0.25  # seconds between two looks at whether the engine is free, or has answered

_shown: Any = None  # Blender's collection of previews, with the picture alone
_path = ""
_images: tuple[str, ...] = ()
_job: jobs.Job | None = None
_found = ""
_people: tuple[people.Found, ...] = ()


def choose(path: str, images: Sequence[str] = ()) -> None:
    """The user chose the picture at PATH, as a field holds it; "" for none.

    images: all of the person's, if there are several.
    """
    global _path, _images
    forget()
    _path, _images = path, tuple(images)
    if path and not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=PAUSE)


def icon(path: str) -> int:
    """The number of the icon that shows PATH; 0 unless the user chose it and it is there."""
    global _shown
    if not path or path != _path:
        return 0
    file = bpy.path.abspath(path)
    if _shown is None:
        if not places.is_file(file):
            return 0
        _shown = bpy.utils.previews.new()
        _shown.load("picture", file, "IMAGE")
    return int(_shown["picture"].icon_id)


def found(path: str) -> str:
    """What the engine found in PATH, in words; "" unless the user chose it, or until it looked."""
    return _found if path and path == _path else ""


def looked_for_people(path: str) -> bool:
    """Whether the engine has looked for people in PATH, the picture that the user chose."""
    return bool(_people) and bool(path) and path == _path


def forget() -> None:
    """Another file is loaded, or the add-on goes."""
    global _shown, _path, _images, _job, _found, _people
    if _shown is not None:
        bpy.utils.previews.remove(_shown)
    _shown, _path, _images, _job, _found, _people = None, "", (), None, "", ()


@log.watching("looking at the picture")
def _look() -> float | None:
    """Ask a running engine that nobody needs, and wait; the seconds until the next look."""
    global _job, _found, _people
    if not _path or _found:
        return None
    if _job is None:
        if process.is_ready() and jobs.idle():
            _job = _ask()
            return PAUSE if _job else None
        return PAUSE
    jobs.poll()
    outcome = _job.outcome
    if outcome is None:
        return PAUSE
    _job = None
    if isinstance(outcome, Failure):  # somebody needed the engine; else it cannot read the picture
        return PAUSE if outcome.kind == "cancelled" else None
    _people = people.all_of(outcome.values.get("pictures"))
    _found = _in_words(outcome, _people)
    _show_skeletons(outcome, _people)
    redraw_panels(bpy.context)
    return None


def _ask() -> jobs.Job | None:
    """The question; None for pictures that are not there, as Generate will say."""
    file = bpy.path.abspath(_path)
    if not all(map(places.is_file, (file, *_images))):
        return None
    try:
        params = {
            "image": str(Path(file).resolve()),
            "images": _images,
            "checkpoint": models.checkpoint(),
            "taken": TAKEN,
        }
        return jobs.start("style", params, "Looking at the picture", quiet=True)
    except GestureError:  # Generate will say it
        return None


def _in_words(result: Result, found: Sequence[people.Found]) -> str:
    manner = words.Manner.of(result.values.get("manner"))
    sureness = manner.sureness if manner and not found else ""
    seen = people.in_words(found) if found else ""
    said = (seen, sureness, manner.words if manner else "")
    return " ".join(filter(None, (*said, words.of_style(result.values.get("style") or ()))))


def _show_skeletons(result: Result, found: Sequence[people.Found]) -> None:
    """Exchange the picture for what the engine saw, with the people that it found drawn on it."""
    global _shown
    pictures = [
        array
        for number in range(len(found))
        if (array := result.arrays.get(f"picture_{number}")) is not None and array.ndim == 3
    ]
    if not pictures:
        return
    pixels = people.drawn(pictures, found)
    if _shown is None:
        _shown = bpy.utils.previews.new()
    shown = _shown["picture"] if "picture" in _shown else _shown.new("picture")
    shown.image_size = pixels.shape[1::-1]
    shown.image_pixels_float.foreach_set(pixels.ravel())
