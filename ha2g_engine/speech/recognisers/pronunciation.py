# SPDX-License-Identifier: GPL-3.0-or-later
"""How words are said that a dictionary does not have: names, numbers, abbreviations, compounds.

Phones as CMUdict writes them. Near enough to find where a word is, not to say it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

Lookup = Callable[[str], str | None]  # a word in lower case → its phones, or None

PARTS: Final = re.compile(r"[a-z']+|\d+")
HEARD: Final = str.maketrans({"’": "'", "é": "ei"})  # which no plain e at the end is
SHORTEST: Final = 3  # letters of a part of a compound
SPELLED: Final = 5  # letters of an abbreviation at most
VOICELESS: Final = frozenset(("P", "T", "K", "F", "TH"))
HISSING: Final = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES: Final = ((1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand"),
                 (100, "hundred"))  # fmt: skip
YEARS: Final = range(1100, 2000)
LARGEST: Final = 10**12
SOUNDS: Final = {  # of letters; ours, after any English primer
    "tion": "SH AH N", "sion": "ZH AH N", "ture": "CH ER", "eigh": "EY", "ough": "AO",
    "augh": "AO", "tch": "CH", "dge": "JH", "igh": "AY", "sch": "SH", "ph": "F", "sh": "SH",
    "ch": "CH", "th": "TH", "wh": "W", "ck": "K", "ng": "NG", "qu": "K W", "gh": "G", "kn": "N",
    "wr": "R", "ce": "S EH", "ci": "S IH", "cy": "S IY", "ee": "IY", "ea": "IY", "oo": "UW",
    "ou": "AW", "ow": "OW", "oi": "OY", "oy": "OY", "ai": "EY", "ay": "EY", "au": "AO",
    "aw": "AO", "ie": "IY", "ei": "EY", "ey": "IY", "ue": "UW", "ew": "UW", "oa": "OW",
    "er": "ER", "ir": "ER", "ur": "ER", "ar": "AA R", "or": "AO R", "bb": "B", "cc": "K",
    "dd": "D", "ff": "F", "gg": "G", "ll": "L", "mm": "M", "nn": "N", "pp": "P", "rr": "R",
    "ss": "S", "tt": "T", "zz": "Z", "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH",
    "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N",
    "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V", "w": "W",
    "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip
LONGEST: Final = 4  # letters of a sound


def guessed(token: str, lookup: Lookup) -> str:
    """The phones of a TOKEN of a text, as an English reader may say it; "" if it has no sound."""
    found = (phones for part in _parts(token) for phones in _of_part(part, lookup))
    return " ".join(found)


def _parts(token: str) -> list[str]:
    """The words and numbers in it; an abbreviation's letters as the dictionary names them."""
    bare = re.sub(r"[^A-Za-z]", "", token)
    said = not re.search("[aeiouyAEIOUY]", bare) or (bare.isupper() and len(bare) > 1)
    if bare and said and len(bare) <= SPELLED and not re.search(r"\d", token):
        return [f"{letter}." for letter in bare.lower()]
    plain = unicodedata.normalize("NFKD", token.lower().translate(HEARD))
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return [part for part in PARTS.findall(letters) if part.strip("'")]


def _of_part(part: str, lookup: Lookup) -> Iterator[str]:
    if part.isdigit():
        yield from (phones for word in numbered(int(part)) if (phones := lookup(word)))
        return
    word = part if part.endswith(".") else part.strip("'")
    yield lookup(word) or _possessive(word, lookup) or _compound(word, lookup) or _sounded(word)


def numbered(number: int) -> list[str]:
    """The words of a whole NUMBER; of one that is longer, its figures."""
    if number >= LARGEST:
        return [ONES[int(figure)] for figure in str(number)]
    if number in YEARS and number % 100:
        return [*numbered(number // 100), *numbered(number % 100)]
    for scale, name in SCALES:
        if number >= scale:
            rest = numbered(number % scale) if number % scale else []
            return [*numbered(number // scale), name, *rest]
    if number < len(ONES):
        return [ONES[number]]
    rest = [ONES[number % 10]] if number % 10 else []
    return [TENS[number // 10 - 2], *rest]


def _possessive(word: str, lookup: Lookup) -> str:
    """Of the baker's."""
    if not word.endswith("s") or len(word) <= SHORTEST:
        return ""
    phones = lookup(word.removesuffix("s").removesuffix("'"))
    if not phones:
        return ""
    last = phones.split()[-1]
    return f"{phones} {'AH Z' if last in HISSING else 'S' if last in VOICELESS else 'Z'}"


def _compound(word: str, lookup: Lookup) -> str:
    """Of two words that the dictionary has, the first as long as can be; "" where it is none."""
    for cut in range(len(word) - SHORTEST, SHORTEST - 1, -1):
        first, second = lookup(word[:cut]), lookup(word[cut:])
        if first and second:
            return f"{first} {second}"
    return ""


def _sounded(word: str) -> str:
    """By its letters."""
    letters = word.replace("'", "").replace(".", "")
    if len(letters) > SHORTEST and letters.endswith("e"):
        letters = letters[:-1]  # which is silent
    found, i = [], 0
    while i < len(letters):
        length = next(n for n in range(LONGEST, 0, -1) if letters[i : i + n] in SOUNDS)
        found.append(SOUNDS[letters[i : i + length]])
        i += length
    return " ".join(found)
