# SPDX-License-Identifier: GPL-3.0-or-later
"""Timed words → one word index a pose."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError

PAD: Final = 0  # no word starts here
UNKNOWN: Final = 3  # <UNK> in the published vocabularies


@dataclass(frozen=True)
class Word:
    """text in any case; start and end in seconds."""

    text: str
    start: float
    end: float


def load_transcript(path: str | Path) -> list[Word]:
    """A JSON list of [word, start, end] (seconds) → words.

    Raises InputError with the file's name when it is missing or of another form.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"'{path}' is not there: choose an existing transcript.")
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [Word(str(text), _seconds(start), _seconds(end)) for text, start, end in rows]
    except (UnicodeDecodeError, json.JSONDecodeError, TypeError, ValueError) as error:
        raise InputError(
            f"'{path}' is no timed transcript: it must be JSON like "
            '[["hello", 0.30, 0.72], …] with times in seconds.'
        ) from error


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds):
        raise ValueError("not finite")
    return seconds


def word_frames(words: list[Word], vocabulary: list[str], frames: int) -> NDArray[np.int64]:
    """(frames,) the index of the word that starts in each pose's 1/15 s, else PAD."""
    index = {word: i for i, word in enumerate(vocabulary)}
    result = np.full(frames, PAD, np.int64)
    for word in words:
        frame = int(word.start * FPS)
        if 0 <= frame < frames:
            result[frame] = _found(word.text, index)
    return result


def _found(text: str, index: dict[str, int]) -> int:
    """A word's index; the published vocabularies have "dont" for "don't"."""
    word = spelled(text)
    return index.get(word, index.get(word.replace("'", ""), UNKNOWN))


def spelled(text: str) -> str:
    """A word as vocabularies spell it: lower case, no punctuation but apostrophes."""
    return re.sub(r"[^\w']", "", text.lower())
