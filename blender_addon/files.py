# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that appear under their name only when they are whole; none is replaced unasked."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from . import endings
from .errors import GestureError

PART: Final = ".part-"
LONGEST_NAME: Final = 240  # bytes; systems allow 255, and Blender appends to what it writes
PROBE: Final = 1 << 20  # bytes


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write to the path this yields; it becomes PATH at the end, or is gone after an error.

    It stands in the same folder, which has to be there, and has the same suffix. What was there
    is replaced once the new file is whole and on the disk.
    Raises OSError where the disk or the folder is at fault, whatever the writer said of it.
    """
    part = path.with_name(_part_name(path.name))
    try:
        with blaming_the_disk(part):
            yield part
        settle(part)
        part.replace(path)
        _sync_folder(path.parent)
    finally:
        with suppress(OSError):  # there is none in a folder that cannot be written to
            part.unlink(missing_ok=True)


@contextmanager
def blaming_the_disk(part: Path) -> Iterator[None]:
    """A failure to write PART is told as the disk's or the folder's where that is the reason."""
    try:
        yield
    except (RuntimeError, OSError) as error:
        if reason := _no_room(part):
            raise reason from error
        raise


def settle(part: Path) -> None:
    """Let PART, which was written, be on the disk. Raises OSError unless it is whole."""
    if not endings.is_whole(part):
        what = (
            OSError(errno.EIO, "The file was cut short", str(part))
            if part.exists()
            else FileNotFoundError(errno.ENOENT, "Nothing was written", str(part))
        )
        raise _no_room(part) or what
    sync(part)


def sync(part: Path) -> None:
    """Let PART be on the disk. Raises OSError."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def why(error: Exception) -> str:
    """Why a file could not be written, in a few words: of what Blender's operators raise, too."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith(("Location:", "File "))]
    return told[-1].removeprefix("Error: ") if told else "no reason given"


def _no_room(part: Path) -> OSError | None:
    """Why nothing more can be written to PART; None if something can."""
    try:
        with part.open("ab") as file:
            file.write(bytes(PROBE))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error
    return None


def _part_name(name: str) -> str:
    """What a file called NAME is called while it is written: no longer than systems allow."""
    whole_name = f"{PART}{name}"
    if len(os.fsencode(whole_name)) <= LONGEST_NAME:
        return whole_name
    return f"{PART}{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}{Path(name).suffix}"


def _sync_folder(folder: Path) -> None:
    """Let the new name be on the disk, where folders can be told so."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        with suppress(OSError):  # some network disks refuse
            os.fsync(handle)
        os.close(handle)


def whole(folder: Path, suffix: str) -> list[Path]:
    """The files of FOLDER whose names end in SUFFIX, by name; none that is being written."""
    return sorted(path for path in folder.glob(f"*{suffix}") if not path.name.startswith(PART))


def check_free(path: Path, what: str, *, overwrite: bool) -> None:
    """Raise GestureError if PATH is there, called WHAT to the user, and not to OVERWRITE."""
    if path.exists() and not overwrite:
        raise GestureError(f"There is a {what} already: choose another name, or tick Overwrite.")


def check_folder(path: Path) -> None:
    """Raise GestureError unless the folder in which PATH is to be written is there."""
    if not path.parent.is_dir():
        raise GestureError(f"The folder '{path.parent}' does not exist: choose another one.")


def first_free(name: str, taken: Callable[[str], bool]) -> str:
    """NAME, or with the first number behind it that makes it one that is not TAKEN."""
    numbered = (f"{name} {number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([name], numbered) if not taken(one))
