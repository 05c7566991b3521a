# SPDX-License-Identifier: GPL-3.0-or-later
"""Timed words → one word index a pose."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError

from . import timed_text

PAD: Final = 0  # no word starts here
NOISE: Final = re.compile(r"\[[^\[\]]*\]")  # "[applause]"
LATEST: Final = 1e6  # s, of a time in a transcript
DAMAGE: Final = (  # what readers raise for files that are not what they look like
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError,
)  # fmt: skip
UNKNOWN: Final = 3  # <UNK> in the published vocabularies


@dataclass(frozen=True)
class Word:
    """text in any case; start and end in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Transcript:
    """What is said. remark: a sentence for the user where words have no times of their own."""

    words: list[Word]
    remark: str


def load_transcript(path: str | Path) -> list[Word]:
    """The words of ``read_transcript``."""
    return read_transcript(path).words


def read_transcript(path: str | Path) -> Transcript:
    """SRT, VTT, TextGrid, TSV, a recogniser's JSON or a list of [word, start, end] → words.

    Raises InputError with the file's name when it is missing or says not when it is spoken.
    """
    path = paths.regular(path, "an existing transcript", paths.SETTINGS_BYTES)
    try:
        found = [checked(span) for span in timed_text.spans(path)]
    except timed_text.NoTimes as error:
        raise InputError(
            f"'{path}' is text that does not say when it is spoken: let 'ha2g align' find out, or "
            "save it with times, as SRT, VTT, TextGrid, a table of word, start and end, or a "
            "speech recogniser's JSON."
        ) from error
    except ImportError as error:
        raise InputError(
            f"'{path}' is a transcript of a form that only the full engine with its part Words "
            "reads: set that up, or save the words as JSON or as a table of word, start and end."
        ) from error
    except DAMAGE as error:
        raise InputError(
            f"'{path}' is no timed transcript: it must be SRT, VTT, TextGrid, a speech "
            'recogniser\'s JSON, or JSON like [["hello", 0.30, 0.72], …] with times in seconds.'
        ) from error
    said = [list(_words(*span)) for span in found]
    words = [word for words in said for word in words]
    return Transcript(words, _remark(path) if any(len(one) > 1 for one in said) else "")


def _remark(path: Path) -> str:
    return f"'{path}' times phrases, not words: each word has a share of its phrase's by length."


def checked(span: timed_text.Span) -> timed_text.Span:
    """SPAN, if its times are some. Raises ValueError."""
    text, first, last = span
    if not (abs(first) < LATEST and abs(last) < LATEST):  # NaN is not either
        raise ValueError("no time")
    return text, first, last


def _words(text: str, first: float, last: float) -> Iterator[Word]:
    """The words of a span, each with a share of its time by its length; [noises] are none."""
    words = [word for word in NOISE.sub(" ", text).split() if re.search(r"\w", word)]
    letters = sum(map(len, words))
    for word in words:
        end = first + (last - first) * len(word) / letters
        yield Word(word, first, end)
        first, letters = end, letters - len(word)


Index = Mapping[str, int]  # of each word of a vocabulary


def indexed(vocabulary: Sequence[str]) -> Index:
    """Where each word stands; made once, for a published vocabulary has tens of thousands."""
    return {word: i for i, word in enumerate(vocabulary)}


def word_frames(words: list[Word], index: Index, frames: int) -> NDArray[np.int64]:
    """(frames,) the index of the word that starts in each pose's 1/15 s, else PAD."""
    result = np.full(frames, PAD, np.int64)
    for word in words:
        frame = int(word.start * FPS)
        if 0 <= frame < frames:
            result[frame] = found(word.text, index)
    return result


def words_under_way(words: list[Word], index: Index, frames: int) -> NDArray[np.int64]:
    """(frames,) the index of the last word that began before each pose and sounds on, else PAD."""
    result = np.full(frames, PAD, np.int64)
    for word in words:
        begun, ended = math.floor(word.start * FPS) + 1, math.ceil(word.end * FPS)
        result[max(0, begun) : max(0, ended)] = found(word.text, index)
    return result


def found(text: str, index: Index) -> int:
    """A word's index; the published vocabularies have "dont" for "don't"."""
    word = spelled(text)
    return index.get(word, index.get(word.replace("'", ""), UNKNOWN))


def spelled(text: str) -> str:
    """A word as vocabularies spell it: lower case, no punctuation but apostrophes."""
    return re.sub(r"[^\w']", "", text.lower())
