# SPDX-License-Identifier: GPL-3.0-or-later
"""A transcript beside the speech: talk.json for talk.wav, as the engine reads it. No bpy."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

Word = tuple[str, float, float]  # text, first and last second


def beside(speech: str) -> tuple[Word, ...]:
    """The words of SPEECH; none without a file, or when it is no timed transcript."""
    path = Path(speech).with_suffix(".json")
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return ()


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int) -> tuple[Word, ...]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return tuple((str(text), float(first), float(last)) for text, first, last in rows)
    except (ValueError, TypeError):
        return ()
