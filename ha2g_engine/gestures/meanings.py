# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of a transcript that ask for a gesture of their own."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from ha2g_engine.speech.prosody import Accent
from ha2g_engine.speech.transcript import Word, spelled

TABLE: Final = Path(__file__).with_name("meanings.toml")
LONGEST: Final = 3  # words of a phrase
NEAR: Final = 0.15  # s around a word in which its accent is looked for
WITHIN: Final = 0.4  # of a word, where its stress is taken to be if it has no accent


@dataclass(frozen=True)
class Meant:
    """Something with a gesture is said at ``time`` s, its stress."""

    time: float
    meaning: str


def meant(words: Sequence[Word], accents: Sequence[Accent]) -> list[Meant]:
    """What the words ask for, in order of time; of several readings the longest phrase's."""
    texts = [spelled(word.text) for word in words]
    found: list[Meant] = []
    i = 0
    while i < len(words):
        length, meaning = _read(texts, i)
        if meaning:
            time = _stress(words[i].start, words[i + length - 1].end, accents)
            found.append(Meant(time, meaning))
        i += max(1, length)
    return sorted(found, key=lambda one: one.time)


def _read(texts: Sequence[str], first: int) -> tuple[int, str]:
    """How many words from ``first`` on mean something, and what; 0 and "" where none do."""
    for length in range(min(LONGEST, len(texts) - first), 0, -1):
        phrase = " ".join(texts[first : first + length])
        if phrase in (known := _by_phrase()):
            return length, known[phrase]
    return 0, ""


def _stress(start: float, end: float, accents: Sequence[Accent]) -> float:
    """The loudest accent or beat within the words, or a time early in them."""
    loud = sorted(accents, key=lambda accent: -accent.level)
    times = [a.time for a in loud] + [beat for a in loud for beat in a.beats]
    inside = (time for time in times if start - NEAR <= time <= end + NEAR)
    return next(inside, start + WITHIN * (end - start))


def known() -> frozenset[str]:
    """What words can ask for."""
    return frozenset(_by_phrase().values())


@cache
def _by_phrase() -> dict[str, str]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {phrase: meaning for meaning, phrases in table.items() for phrase in phrases}
