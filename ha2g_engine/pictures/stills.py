# SPDX-License-Identifier: GPL-3.0-or-later
"""The first frames of a film as pictures of a person, by OpenCV, which the part Pictures brings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ha2g_engine import paths
from ha2g_engine.errors import InputError

from .finder import MISSING

FILMS: Final = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v")
MOMENTS: Final = (0.0, 0.5, 1.0, 1.5)  # s, of the pictures


def pictures_of(given: Sequence[Path], out: Path) -> list[Path]:
    """GIVEN, each film in it exchanged for its first frames, which are kept beside OUT.

    Raises InputError for what is no film, and without the part.
    """
    found: list[Path] = []
    for path in given:
        found += stills(path, out) if path.suffix.lower() in FILMS else [path]
    return found


def stills(film: Path, out: Path) -> list[Path]:
    """Pictures of the film's MOMENTS as OUT_FILM_1.png …; fewer of a shorter one."""
    try:
        import cv2
    except ImportError as error:
        raise InputError(MISSING) from error
    path = paths.regular(film, "an existing film", 1 << 40)
    capture = cv2.VideoCapture(str(path))
    try:
        frames = [frame for moment in MOMENTS if (frame := _at(capture, moment)) is not None]
    finally:
        capture.release()
    if not frames:
        raise InputError(f"'{film}' is not a film that can be read: choose an mp4 file.")
    names = [out.with_name(f"{out.stem}_{film.stem}_{n + 1}.png") for n in range(len(frames))]
    for name, frame in zip(names, frames, strict=True):
        if not cv2.imwrite(str(name), frame):
            raise InputError(f"'{name}' cannot be written: choose another folder for --out.")
    return names


def _at(capture: Any, seconds: float) -> Any:
    """The frame at SECONDS; None beyond the end."""
    import cv2

    rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
    capture.set(cv2.CAP_PROP_POS_FRAMES, round(seconds * rate))
    read, frame = capture.read()
    return frame if read else None
