# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that appear under their name only when they are whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PART: Final = ".part-"


def remove_parts(folder: Path) -> None:
    """Remove what a process that was killed left half-written in ``folder``."""
    for part in folder.glob(f"{PART}*"):
        part.unlink(missing_ok=True)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Write to the path this yields; it becomes ``path`` at the end, or is gone after an error.

    It stands in the same folder, which is made, and has the same suffix.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{PART}{path.name}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
