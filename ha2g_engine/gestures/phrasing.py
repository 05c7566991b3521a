# SPDX-License-Identifier: GPL-3.0-or-later
"""What sentences say beyond their words: questions, lists, numbers, and what "not" takes back.

Rules on words and punctuation of English; ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from ha2g_engine.speech.prosody import PAUSE
from ha2g_engine.speech.transcript import Word

Reading = tuple[str, float]  # a meaning and how sure it is; "" for none

END: Final = re.compile(r"[.!?…:;]['\"”’)]*$")
ASKED: Final = re.compile(r"\?['\"”’)]*$")
BREAK: Final = re.compile(r"[,.!?…:;–—]['\"”’)]*$")
NUMBER: Final = re.compile(r"\d+(?:st|nd|rd|th|s)?$")
ASKING: Final = frozenset(("why", "how", "what", "who", "which", "when", "where", "whose"))
JOINING: Final = frozenset(("and", "or", "nor"))
NUMBERS: Final = frozenset(
    ("six", "seven", "eight", "nine", "ten", "twenty", "hundred", "thousand", "million", "fourth",
     "fifth", "half", "dozen")
)  # fmt: skip
DENIED: Final = frozenset(("not", "no", "never", "without", "hardly"))
REACH: Final = 2  # words after "not" that it takes back
ITEM: Final = 3  # words of a list's item
QUESTION: Final = 0.7
LISTED: Final = 0.5
COUNTED: Final = 0.7


def read(said: Sequence[Word], texts: Sequence[str]) -> dict[int, Reading]:
    """What words SAID mean by their place: number → reading. texts: as vocabularies spell them."""
    words = [word.text for word in said]
    found: dict[int, Reading] = {}
    for number, text in enumerate(texts):
        if text in NUMBERS or NUMBER.match(text):
            found[number] = "counting", COUNTED
    found |= dict.fromkeys(_listed(words, texts), ("listing", LISTED))
    for first, last in _sentences(words):
        found |= _asked(words, texts, first, last)
    return found | dict.fromkeys(_taken_back(said, texts), ("", 0.0))


def _sentences(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last word of each."""
    first = 0
    for number, word in enumerate(words):
        if END.search(word) or number == len(words) - 1:
            yield first, number
            first = number + 1


def _asked(words: Sequence[str], texts: Sequence[str], first: int, last: int) -> dict[int, Reading]:
    """A question asks once, at its "what" or at its end; "what" in another sentence asks nothing.

    In a text without punctuation nothing tells which is which.
    """
    asking = [n for n in range(first, last + 1) if texts[n] in ASKING]
    if ASKED.search(words[last]):
        at = asking[0] if asking else last
        return {**dict.fromkeys(asking, ("", 0.0)), at: ("question", QUESTION)}
    return dict.fromkeys(asking, ("", 0.0)) if END.search(words[last]) else {}


def _listed(words: Sequence[str], texts: Sequence[str]) -> Iterator[int]:
    """The last words of the items of "a house, a tree, a lake and a dog", but of the last one."""
    commas = [n for n, word in enumerate(words) if word.endswith(",")]
    runs: list[list[int]] = []
    for was, comma in pairwise([-ITEM - 1, *commas]):
        near = comma - was <= ITEM and runs
        runs[-1].append(comma) if near else runs.append([comma])
    for run in runs:
        joined = [n for n in range(run[-1] + 1, min(run[-1] + ITEM + 2, len(texts)))
                  if texts[n] in JOINING]  # fmt: skip
        items = [*run, joined[0] - 1] if joined and joined[0] > run[-1] + 1 else run
        if joined and len(run) > 1:
            yield from items


def _taken_back(said: Sequence[Word], texts: Sequence[str]) -> Iterator[int]:
    """Words that "not" is said of: no big gesture for "not big"."""
    for number, text in enumerate(texts):
        if text not in DENIED and not text.endswith("n't"):
            continue
        for after in range(number + 1, min(number + REACH + 1, len(texts))):
            before = said[after - 1]
            if BREAK.search(before.text) or said[after].start - before.end > PAUSE:
                break
            if texts[after] not in DENIED:
                yield after
