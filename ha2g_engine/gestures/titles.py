# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain names of gestures: what a library calls them, as people would say it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from .repertoire import Repertoire

OF_LIBRARIES: Final = (  # what a name says beside the gesture: who, which hands, which take of it
    r"^.*[@/](?=.)",
    r"^Idle(Stand)?\d*_",
    r"_(Ges|Pos)\b|_(Ges|Pos)(?=_)",
    r"_[BLR](?=_|$)",
    r"(Bt|Lf|Rt)?_?\d*x?$",
    r"(Both|Bt)$",
)


def titles(repertoire: Repertoire) -> Mapping[str, str]:
    """The plain name of each gesture by its name in the library, no two alike.

    Of several with one plain name the later ones have a number, in the repertoire's order.
    """
    meanings = {fact.way.name: (*fact.meanings, fact.kind)[0] for fact in repertoire.facts}
    numbers: Counter[str] = Counter()
    found = {}
    for name, meaning in meanings.items():
        plain = _plain(name, meaning)
        numbers[plain] += 1
        found[name] = f"{plain} {numbers[plain]}" if numbers[plain] > 1 else plain
    return found


def _plain(name: str, meaning: str) -> str:
    """One name; MEANING where it says nothing but a number."""
    for pattern in OF_LIBRARIES:
        name = re.sub(pattern, "", name)
    words = [word.lower() for word in _words(name)]
    return " ".join(words if len("".join(words)) > 1 else [meaning]).capitalize()


def _words(name: str) -> Sequence[str]:
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
