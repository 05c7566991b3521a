# SPDX-License-Identifier: GPL-3.0-or-later
"""Timed words → one word index a pose."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError

from . import timed_text

PAD: Final = 0  # no word starts here
TAG: Final = re.compile(r"\[([^\[\]]*)\]")  # "[shrug]" before a word, or "[applause]"
MANY: Final = 100_000  # words; an hour has some nine thousand
LONGEST: Final = 1000  # characters of a word that comes over the pipe
LATEST: Final = 1e6  # s, of a time in a transcript
DAMAGE: Final = (  # what readers raise for files that are not what they look like
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError, RecursionError,
)  # fmt: skip
UNKNOWN: Final = 3  # <UNK> in the published vocabularies


@dataclass(frozen=True)
class Word:
    """text in any case; start and end in seconds; tag: the [gesture] written before it, or ""."""

    text: str
    start: float
    end: float
    tag: str = ""

    @property
    def row(self) -> tuple[str, float, float]:
        """As transcripts have it: text with its tag, start and end, s to three places."""
        text = f"[{self.tag}] {self.text}" if self.tag else self.text
        return text, round(self.start, 3), round(self.end, 3)


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
    shared = any(len(pairs) > 1 for pairs, _, _ in tagged(found))
    return Transcript(words_of(found), _remark(path) if shared else "")


def _remark(path: Path) -> str:
    return f"'{path}' times phrases, not words: each word has a share of its phrase's by length."


def checked(span: timed_text.Span) -> timed_text.Span:
    """SPAN, if its times are some. Raises ValueError."""
    text, first, last = span
    if not (abs(first) < LATEST and abs(last) < LATEST):  # NaN is not either
        raise ValueError("no time")
    return text, first, last


def words_of(found: Sequence[timed_text.Span]) -> list[Word]:
    """The words of spans, each with a share of its span's time by its length."""
    words: list[Word] = []
    for pairs, first, last in tagged(found):
        letters = sum(len(word) for word, _ in pairs)
        for word, tag in pairs:
            end = first + (last - first) * len(word) / letters
            words.append(Word(word, first, end, tag))
            first, letters = end, letters - len(word)
    return words


Tagged = list[tuple[str, str]]  # words, each with its tag


def tagged(found: Sequence[timed_text.Span]) -> list[tuple[Tagged, float, float]]:
    """Spans with their words apart: a [tag] is of the next word, the last one of the last word."""
    result: list[tuple[Tagged, float, float]] = []
    waiting = ""
    for text, first, last in found:
        pairs: Tagged = []
        for number, part in enumerate(TAG.split(text)):
            if number % 2:
                waiting = part.strip() or waiting
                continue
            for word in filter(_is_word, part.split()):
                pairs.append((word, waiting))
                waiting = ""
        result.append((pairs, first, last))
    _keep_last(result, waiting)
    return result


def _is_word(text: str) -> bool:
    return re.search(r"\w", text) is not None


def _keep_last(found: list[tuple[Tagged, float, float]], tag: str) -> None:
    """Give the last word a TAG that no word follows, unless it has one."""
    said = [pairs for pairs, _, _ in found if pairs]
    if said and tag and not said[-1][-1][1]:
        said[-1][-1] = said[-1][-1][0], tag


def words_of_rows(rows: Any) -> tuple[Word, ...]:
    """Rows of text, start and end, as ``Word.row`` has them, in order of time.

    Raises InputError for anything else.
    """
    try:
        found = [checked(_span(*row)) for row in rows]
    except DAMAGE as error:
        raise InputError("The words are no rows of a text, its start and its end in s.") from error
    if len(found) > MANY:
        raise InputError(f"{len(found)} words are too many: a transcript has {MANY} at most.")
    return tuple(sorted(words_of(found), key=lambda word: word.start))


def _span(text: Any, first: Any, last: Any) -> timed_text.Span:
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError(text)
    return text, float(first), float(last)


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
