# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech and the picture a take was made from, found again when the project has moved.

A take stores where they were and, whenever the .blend is saved, where that is from its folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import bpy
from bpy.app.handlers import persistent

from .. import log, places, touched
from ..errors import GestureError
from . import record
from .record import Record

FILES: Final = {  # a take's setting, in words
    "speech": "speech file", "image": "picture", "listen_to": "speech file of the other",
}  # fmt: skip
SHELLS: Final = {"checkpoint": "model", "transcript": "transcript"}  # the engine looks for them


def located(made: Record, setting: str) -> str:
    """Where the file of SETTING in a take's record is: as stored if nowhere, "" for none."""
    path = getattr(made, setting) or ""
    found = _places(made, setting, path) if path else ()
    return next((str(p.resolve()) for p in found if places.is_file(p)), path)


def pictures(made: Record) -> tuple[str, ...]:
    """Where the pictures of a person of several are: as stored, or where the first one is now."""
    folder = Path(located(made, "image")).parent
    return tuple(_beside(folder, path) for path in made.images)


def _beside(folder: Path, path: str) -> str:
    """PATH, unless it is gone and its like lies in FOLDER."""
    there = folder / _name(path)
    return str(there) if not places.is_file(path) and places.is_file(there) else path


def check(made: Record, name: str) -> None:
    """Raise GestureError unless the files that the take NAME was made from may be read."""
    for setting, what in FILES.items():
        _check(what, located(made, setting), name)
    for path in pictures(made):
        _check(FILES["image"], path, name)
    for setting, what in SHELLS.items():
        _check(what, getattr(made, setting), name, needed=False)


def _check(what: str, path: str | None, name: str, *, needed: bool = True) -> None:
    """Raise GestureError unless PATH, WHAT of the take NAME, may be read; NEEDED: and is there."""
    reason = places.why_not(path) if path else ""
    if path and needed and not reason and not places.is_file(path):
        reason = "does not exist: put it back, or use the take's settings and choose another one"
    if reason:
        raise GestureError(f"The {what} '{path}' of '{name}' {reason}.")


def check_same(made: Record, name: str) -> None:
    """Raise GestureError if the speech of the take NAME has another content than it was made of.

    Its length alone does not tell: a file that was recorded again would be taken unseen.
    """
    path = located(made, "speech")
    if made.speech_digest and path and made.speech_digest != digest(path):
        raise GestureError(
            f"The speech '{path}' of '{name}' is another one than it was made from: "
            "run the take again (Re-Run)."
        )


def digest(path: str) -> str | None:
    """What the content of the file PATH is known by; None if there is no such file."""
    if not places.is_file(path):
        return None
    try:
        about = Path(path).stat()
        return _digest(path, about.st_size, about.st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _digest(path: str, size: int, modified: int) -> str:
    """Of a file that is as it was while SIZE and MODIFIED are."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@persistent  # type: ignore[untyped-decorator]
@log.watching("saving")
def remember(blend: object, *_: object) -> None:
    """BLEND is about to be saved: let its takes know where their files are from there.

    Files are looked for only of takes that the user has acted on, see `touched`.
    """
    path = blend if isinstance(blend, str) else bpy.data.filepath
    for action in bpy.data.actions if path else ():  # "" is the startup file
        made = record.of(action)
        if made is None or action.library is not None:
            continue
        folder, seen = Path(path).parent, touched.by_user(action)
        found = {name: _from(folder, made, name, looking=seen) for name in FILES}
        kept = {**made.relative, **{name: there for name, there in found.items() if there}}
        if kept != made.relative:
            record.change(action, relative=kept)


def _from(folder: Path, made: Record, setting: str, *, looking: bool) -> str:
    """The file of SETTING as Blender writes it from FOLDER; "" if not there, or another drive's.

    looking: for the file; or else it is taken to be where it is said to be from the .blend.
    """
    if looking:
        path = located(made, setting)
        path = path if path and places.is_file(path) else ""
    else:
        path = bpy.path.abspath(made.relative.get(setting, "")) if bpy.data.filepath else ""
    if not path:
        return ""
    try:
        return str(bpy.path.relpath(path, start=str(folder))).replace("\\", "/")
    except ValueError:
        return ""


def _places(made: Record, setting: str, path: str) -> Iterator[Path]:
    """Where the file may be: as stored, as seen from the .blend, where a sound of its name is."""
    yield Path(path)
    if relative := made.relative.get(setting):
        yield Path(bpy.path.abspath(relative))
    for sound in bpy.data.sounds:
        there = bpy.path.abspath(sound.filepath, library=sound.library)
        if _name(there) == _name(path):
            yield Path(there)


def _name(path: str) -> str:
    """The file's name, of whichever system PATH is."""
    return path.replace("\\", "/").rpartition("/")[2]


def register() -> None:
    """Follow saving."""
    bpy.app.handlers.save_pre.append(remember)


def unregister() -> None:
    """Follow it no more."""
    bpy.app.handlers.save_pre.remove(remember)
