# SPDX-License-Identifier: GPL-3.0-or-later
"""The gestures that a model knows: names, what they say, and their codes; no motion.

They travel in the checkpoint, since codes mean something to the network alone that learned them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.errors import InputError

CODE: Final = 14  # numbers of a gesture's code


@dataclass(frozen=True)
class Way:
    """A gesture by its ``name``, shown by ``hand`` ("" as it is), mirrored or not."""

    name: str
    hand: str = ""
    mirror: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of a way of gesturing.

    hands: left, right or both. kind, meanings, shapes: as in the library. size: m from home.
    """

    way: Way
    hands: str
    kind: str
    meanings: tuple[str, ...]
    shapes: tuple[str, ...]
    size: float

    def row(self) -> list[Any]:
        """Plain values for JSON."""
        way = self.way
        return [way.name, way.hand, int(way.mirror), self.hands, self.kind,
                list(self.meanings), list(self.shapes), round(self.size, 3)]  # fmt: skip

    @classmethod
    def of(cls, row: Sequence[Any]) -> Facts:
        """The reverse of ``row``."""
        name, hand, mirror, hands, kind, meanings, shapes, size = row
        way = Way(name, hand, bool(mirror))
        return cls(way, hands, kind, tuple(meanings), tuple(shapes), float(size))


@dataclass(frozen=True)
class Repertoire:
    """facts: of each of W ways. codes: (W, CODE)."""

    facts: tuple[Facts, ...]
    codes: NDArray[np.float32]

    @cached_property
    def _places(self) -> dict[Way, int]:
        return {fact.way: i for i, fact in enumerate(self.facts)}

    def code(self, way: Way) -> NDArray[np.float32]:
        """(CODE,). Raises InputError for a gesture that the model does not know."""
        return np.asarray(self.codes[self.place(way)], np.float32)

    def hands(self, way: Way) -> str:
        """Which hands make it: left, right or both. Raises InputError as ``code`` does."""
        return self.facts[self.place(way)].hands

    def place(self, way: Way) -> int:
        """Which one of ``facts`` it is. Raises InputError as ``code`` does."""
        if way not in self._places:
            raise InputError(f"This model does not know the gesture '{way.name}' so shown.")
        return self._places[way]
