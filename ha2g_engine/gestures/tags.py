# SPDX-License-Identifier: GPL-3.0-or-later
"""[tags] in a text: which gesture of a repertoire each asks for, and what to say of the others."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

from ha2g_engine import paths
from ha2g_engine.speech.transcript import Word

from . import meanings
from .repertoire import Repertoire

NEAR: Final = 3  # tags that are named instead of an unknown one
ALIKE: Final = 0.5  # as difflib has it: 0 nothing, 1 the same
USUAL: Final = ("shrug", "no", "big")  # where none is near
NOISES: Final = frozenset(  # what recognisers write for what nobody says
    ("applause", "music", "laughter", "laughs", "noise", "silence", "inaudible", "blank_audio",
     "crosstalk", "cough", "breath")
)  # fmt: skip


def asked(tag: str, repertoire: Repertoire) -> str:
    """The meaning, or the gesture's name, that a TAG asks for; "" if the repertoire has none."""
    plain = _plain(tag)
    said = _meanings(repertoire)
    for reading in (plain, *meanings.readings(plain)):
        if reading in said:
            return reading
    return _by_name(repertoire).get(plain, "")


def remarks(words: Sequence[Word], repertoire: Repertoire) -> Iterator[str]:
    """A sentence for each tag of the WORDS that asks for nothing, naming near ones."""
    for tag in dict.fromkeys(word.tag for word in words if word.tag):
        if _plain(tag) in NOISES or asked(tag, repertoire):
            continue
        named = ", ".join(f"[{one}]" for one in similar(tag, repertoire))
        yield f"No gesture is called [{paths.shown(tag)}]: try {named}."


def similar(tag: str, repertoire: Repertoire) -> Sequence[str]:
    """Some tags that ask for something and are written like TAG; where none is, any meanings."""
    near = difflib.get_close_matches(_plain(tag), sorted(_all(repertoire)), NEAR, ALIKE)
    usual = [one for one in USUAL if asked(one, repertoire)]
    return near or usual or sorted(_meanings(repertoire))[:NEAR]


def _plain(tag: str) -> str:
    return " ".join(tag.casefold().replace("’", "'").split())


def _meanings(repertoire: Repertoire) -> set[str]:
    return {meaning for fact in repertoire.facts for meaning in fact.meanings}


def _by_name(repertoire: Repertoire) -> dict[str, str]:
    """Whole and short names, such as "thumb up" of "ha2g/thumb_up" → the gesture's name."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(fact.way.name for fact in repertoire.facts):
        short = name.rpartition("/")[2].casefold()
        for one in (name.casefold(), short, short.replace("_", " ")):
            found.setdefault(one, name)
    return found


def _all(repertoire: Repertoire) -> set[str]:
    """Every tag that asks for something."""
    said = _meanings(repertoire)
    names = {one for one in _by_name(repertoire) if "_" not in one and "/" not in one}
    return said | names | {tag for tag in meanings.tags() if asked(tag, repertoire)}
