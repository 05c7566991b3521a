# SPDX-License-Identifier: GPL-3.0-or-later
"""The gestures and hand shapes that the engine knows, as it told them last in this session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Known:
    """gestures: (name, plain name, meanings in words). shapes: of hands, by name."""

    gestures: tuple[tuple[str, str, str], ...] = ()
    shapes: tuple[str, ...] = ()

    def meaning(self, text: str) -> list[tuple[str, str, str]]:
        """The gestures with all words of TEXT in their plain name, meanings or hands."""
        words = text.casefold().split()
        return [
            line
            for line in self.gestures
            if all(word in f"{line[1]} {line[2]}".casefold() for word in words)
        ]


_known = Known()


def known() -> Known:
    """What the engine told last; nothing before it was asked."""
    return _known


def learn(values: Mapping[str, Any]) -> Known:
    """Remember the engine's answer to `repertoire`."""
    global _known
    gestures = sorted((_line(row) for row in values["gestures"]), key=lambda line: line[1])
    _known = Known(tuple(gestures), tuple(values["shapes"]))
    return _known


def _line(row: Mapping[str, Any]) -> tuple[str, str, str]:
    meanings = [one for one in row["meanings"] if one.casefold() != row["title"].casefold()]
    return row["name"], row["title"], ", ".join([*meanings, *row["hands"]])
