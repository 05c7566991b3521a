# SPDX-License-Identifier: GPL-3.0-or-later
"""A transcript beside the speech: talk.srt, talk.TextGrid, … for talk.wav. No bpy."""

from __future__ import annotations

import stat
from functools import lru_cache
from pathlib import Path
from typing import Final

from .timed_text import DAMAGE, Word, words

LARGEST: Final = 16 * 1024**2  # bytes of a transcript: an hour of words is half a megabyte
FORMS: Final = (".TextGrid", ".textgrid", ".json", ".srt", ".vtt", ".tsv")  # the surest first


def beside(speech: str) -> tuple[Word, ...]:
    """The words of SPEECH; none without a file, or when none is a timed transcript."""
    for form in FORMS:
        path = Path(speech).with_suffix(form)
        try:
            about = path.stat()
            if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
                continue
            if found := _read(path, about.st_mtime_ns):
                return found
        except (OSError, ValueError):  # no path at all
            continue
    return ()


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int) -> tuple[Word, ...]:
    try:
        return words(path.read_bytes())
    except DAMAGE:
        return ()
