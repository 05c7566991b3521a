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

    A word with a tag asks for that and for nothing else.
    """
    texts = [spelled(word.text) for word in words]
    found: list[Meant] = []
    i = 0
    while i < len(words):
        if words[i].tag:
            time, _ = _stress(words[i].start, words[i].end, accents)
            found.append(Meant(time, words[i].tag, word=i, tagged=True))
            i += 1
            continue
        free = next((n for n in range(1, LONGEST) if _tag(words, i + n)), LONGEST)
        length, meaning = _read(texts, i, free)
        if meaning:
            time, stressed = _stress(words[i].start, words[i + length - 1].end, accents)
            sure = min(_table("sure").get(meaning, 0.5) + PHRASE * (length - 1), SUREST)
            sure = sure if stressed else UNSTRESSED * sure
            found.append(Meant(time, meaning, round(sure, 3), i, length))
        i += max(1, length)
    return sorted(found, key=lambda one: one.time)


def _tag(words: Sequence[Word], number: int) -> str:
    return words[number].tag if number < len(words) else ""


def _read(texts: Sequence[str], first: int, most: int) -> tuple[int, str]:
    """How many words, MOST at most, from ``first`` on mean something, and what; or 0 and ""."""
    for length in range(min(most, len(texts) - first), 0, -1):
        phrase = " ".join(texts[first : first + length])
        if phrase in (known := _by_phrase()):
            return length, known[phrase]
    return 0, ""


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
    return frozenset(_by_phrase().values())


def readings(tag: str) -> Iterator[str]:
    """What a TAG may ask for beside what it says itself: by the table of tags, by the words."""
    for table in (_table("tags"), _by_phrase()):
        if tag in table:
            yield table[tag]


def tags() -> frozenset[str]:
    """What may stand in brackets beside meanings and gestures."""
    return frozenset((*_table("tags"), *_by_phrase()))


@cache
def _by_phrase() -> dict[str, str]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    lists = {meaning: phrases for meaning, phrases in table.items() if isinstance(phrases, list)}
    return {phrase: meaning for meaning, phrases in lists.items() for phrase in phrases}


@cache
def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))[name]
    return table
