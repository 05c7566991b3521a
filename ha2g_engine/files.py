# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that appear under their name only when they are whole, and files found by their stem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from .errors import InputError, NotWritten

PART: Final = ".part-"
LONGEST_NAME: Final = 60  # characters after PART, which together stay below 255 bytes
SPEECH_SUFFIXES: Final = (".wav", ".flac", ".ogg", ".mp3")
SPEECH_FILES: Final = "wav, flac, ogg or mp3 file"


def remove_parts(folder: Path) -> None:
    """Remove what a process that was killed left half-written in ``folder``."""
    for part in folder.glob(f"{PART}*"):
        part.unlink(missing_ok=True)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Write to the path this yields; it becomes ``path`` at the end, or is gone after an error.

    It stands in the same folder, which is made, and has the same suffix. Raises NotWritten where
    the disk does not take it.
    """
    path = Path(path)
    part = path.with_name(f"{PART}{path.name[-LONGEST_NAME:]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise NotWritten(
            f"'{path}' cannot be written ({error.strerror or error}): choose another place."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """``text`` as a UTF-8 file that appears only when it is whole."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def by_stem(folder: Path, suffixes: Sequence[str], kind: str) -> dict[str, Path]:
    """The files of ``folder`` with these suffixes, stem → path, sorted.

    kind: what one of them is called. Raises InputError when there is no such folder or file,
    or two of one stem.
    """
    if not folder.is_dir():
        raise InputError(f"'{folder}' is no folder: name one that holds a {kind}.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in suffixes or not path.is_file():
            continue
        if other := found.get(path.stem):
            raise InputError(f"'{other}' and '{path}' share a stem: rename or remove one.")
        found[path.stem] = path
    if not found:
        raise InputError(f"'{folder}' holds no {kind}: choose another folder.")
    return found
