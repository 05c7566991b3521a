# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of a transcript that ask for a gesture of their own, by themselves or by a [tag]."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from ha2g_engine.speech.prosody import Accent
from ha2g_engine.speech.transcript import Word, spelled

from . import phrasing

LEXICON: Final = Path(__file__).with_name("lexicon.toml")
TABLE: Final = Path(__file__).with_name("meanings.toml")
LONGEST: Final = 3  # words of a phrase
NEAR: Final = 0.15  # s around a word in which its accent is looked for
WITHIN: Final = 0.4  # of a word, where its stress is taken to be if it has no accent
UNSTRESSED: Final = 0.7  # as sure, where the voice does not say that the word matters
PHRASE: Final = 0.1  # surer with each word more
SUREST: Final = 0.99  # but what a tag asks for


@dataclass(frozen=True)
class Meant:
    """Something with a gesture is said at ``time`` s, its stress.

    sure: 0 to 1. word, count: which words say it. tagged: whether the text asks for it by a
    [tag], which ``meaning`` then is.
    """

    time: float
    meaning: str
    sure: float = 1.0
    word: int = 0
    count: int = 1
    tagged: bool = False


def meant(words: Sequence[Word], accents: Sequence[Accent]) -> list[Meant]:
    """What the words ask for, in order of time; of several readings the longest phrase's.

    A word with a tag asks for that and for nothing else. What the sentence says, see ``phrasing``,
    counts beside the words' own.
    """
    texts = [spelled(word.text) for word in words]
    ruled = phrasing.read(words, texts)
    found: list[Meant] = []
    i = 0
    while i < len(words):
        if words[i].tag:
            time, _ = _stress(words[i].start, words[i].end, accents)
            found.append(Meant(time, words[i].tag, word=i, tagged=True))
            i += 1
            continue
        free = next((n for n in range(1, LONGEST) if _tag(words, i + n)), LONGEST)
        length, meaning, sure = _read(texts, i, free)
        if length < 2 and i in ruled:
            length, (meaning, sure) = 1, ruled[i]
        if meaning:
            time, stressed = _stress(words[i].start, words[i + length - 1].end, accents)
            sure = sure if stressed else UNSTRESSED * sure
            found.append(Meant(time, meaning, round(sure, 3), i, length))
        i += max(1, length)
    return sorted(found, key=lambda one: one.time)


def _tag(words: Sequence[Word], number: int) -> str:
    return words[number].tag if number < len(words) else ""


def _read(texts: Sequence[str], first: int, most: int) -> tuple[int, str, float]:
    """How many words, MOST at most, from ``first`` on mean something, what and how sure; or 0."""
    for length in range(min(most, len(texts) - first), 0, -1):
        phrase = " ".join(texts[first : first + length])
        if phrase in (known := _by_phrase()):
            meaning, sure = known[phrase]
            return length, meaning, min(sure + PHRASE * (length - 1), SUREST)
    return 0, "", 0.0


def _stress(start: float, end: float, accents: Sequence[Accent]) -> tuple[float, bool]:
    """The loudest accent or beat within the words, or a time early in them; whether there is one.

    Of accents alone the voice makes something.
    """
    loud = sorted(accents, key=lambda accent: -accent.level)
    times = [a.time for a in loud] + [beat for a in loud for beat in a.beats]
    inside = [time for time in times if start - NEAR <= time <= end + NEAR]
    return (inside[0], True) if inside else (start + WITHIN * (end - start), False)


def known() -> frozenset[str]:
    """What words can ask for."""
    return frozenset(meaning for meaning, _ in _by_phrase().values())


def readings(tag: str) -> Iterator[str]:
    """What a TAG may ask for beside what it says itself: by the table of tags, by the words."""
    if tag in (usual := _table("tags")):
        yield usual[tag]
    if tag in (words := _by_phrase()):
        yield words[tag][0]


def tags() -> frozenset[str]:
    """What may stand in brackets beside meanings and gestures."""
    return frozenset((*_table("tags"), *_by_phrase()))


@cache
def _by_phrase() -> dict[str, tuple[str, float]]:
    """What means what, and how sure: WordNet's words, and before them those chosen by hand."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    lists = {meaning: phrases for meaning, phrases in table.items() if isinstance(phrases, list)}
    chosen = {
        phrase: (meaning, table["sure"].get(meaning, 0.5))
        for meaning, phrases in lists.items()
        for phrase in phrases
    }
    lexicon = tomllib.loads(LEXICON.read_text(encoding="utf-8"))
    related = {word: (m, sure) for m, words in lexicon.items() for word, sure in words.items()}
    return related | chosen


@cache
def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))[name]
    return table
