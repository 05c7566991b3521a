# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that somebody named, in a request, a shell or a file: only regular files are opened.

Opening a path on a server tells that server who asks, and a device has no end.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from .errors import InputError

SHOWN: Final = 240  # characters of a path in a sentence
UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # would break the sentence or its log
MEGABYTE: Final = 1 << 20
SETTINGS_BYTES: Final = 16 * MEGABYTE  # of a transcript, plan or configuration; an hour has one


def regular(path: str | Path, instead: str, largest: int | None = None) -> Path:
    """PATH, if it is a file that may be opened: not on a server, no device, no pipe, no folder.

    instead: what to choose where it is none. largest: bytes it may have.
    Raises InputError.
    """
    if _on_server(path):
        raise InputError(f"'{shown(path)}' is on a server: copy it to this computer first.")
    if not is_file(path):
        raise InputError(f"'{shown(path)}' is not there: choose {instead}.")
    found = Path(path)
    if largest is not None and (size := found.stat().st_size) > largest:
        raise InputError(
            f"'{shown(path)}' has {size / MEGABYTE:.0f} MB, and at most {largest / MEGABYTE:.0f} "
            f"are read: choose {instead}."
        )
    return found


def text_of(path: str | Path, instead: str) -> str:
    """The UTF-8 text of a file of settings, of SETTINGS_BYTES at most.

    Raises InputError as `regular` does, and ValueError where it is no such text.
    """
    return regular(path, instead, SETTINGS_BYTES).read_text(encoding="utf-8")


def is_file(path: str | Path) -> bool:
    """Whether PATH is a regular file here; False also where no file can be called so."""
    try:
        return not _on_server(path) and Path(path).is_file()
    except (OSError, ValueError):  # longer than names can be; characters they cannot have
        return False


def stamp(path: str | Path) -> tuple[str, int, int]:
    """Name, time of the last change in ns and bytes: another stamp, another content; 0 for none."""
    if not is_file(path):
        return str(path), 0, 0
    facts = Path(path).stat()
    return str(path), facts.st_mtime_ns, facts.st_size


def shown(path: str | Path) -> str:
    """PATH on one line of bearable length."""
    text = UNSHOWN.sub("?", str(path))
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]}…{text[-SHOWN // 2 :]}"


def _on_server(path: str | Path) -> bool:
    return str(path).replace("\\", "/").startswith("//")
