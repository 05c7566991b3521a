# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that appear under their name only when they are whole; none is replaced unasked."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .errors import GestureError

PART: Final = ".part-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write to the path this yields; it becomes PATH at the end, or is gone after an error.

    It stands in the same folder, which has to be there, and has the same suffix.
    """
    part = path.with_name(f"{PART}{path.name}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


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
