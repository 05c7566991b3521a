# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of a flatbuffer, as its internals page lays them out: enough of it to read Arrow's."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """A table at byte ``at`` of ``data``; its fields are known by their slot, 0 for the first."""

    data: memoryview
    at: int

    @classmethod
    def root(cls, data: memoryview) -> Table:
        """The table that a flatbuffer is."""
        return cls(data, _number(data, "<I", 0))

    def scalar(self, slot: int, kind: str, default: int = 0) -> int:
        """A number of struct's KIND, such as "<h"; what stands there by default is left out."""
        place = self._place(slot)
        return _number(self.data, kind, place) if place else default

    def table(self, slot: int) -> Table:
        """A table that the table holds; raises ValueError where it holds none."""
        place = self._place(slot)
        if not place:
            raise ValueError("a table is missing")
        return Table(self.data, place + _number(self.data, "<I", place))

    def text(self, slot: int) -> str:
        """Text, empty where there is none."""
        first, count = self._vector(slot)
        return bytes(self.data[first : first + count]).decode()

    def tables(self, slot: int) -> list[Table]:
        """The tables of a vector, none where there is no vector."""
        first, count = self._vector(slot)
        places = (first + 4 * i for i in range(count))
        return [Table(self.data, place + _number(self.data, "<I", place)) for place in places]

    def structs(self, slot: int, kind: str) -> list[tuple[Any, ...]]:
        """The fixed-size records of a vector, each as struct's KIND has it."""
        first, count = self._vector(slot)
        size = struct.calcsize(kind)
        return list(struct.iter_unpack(kind, self.data[first : first + count * size]))

    def struct(self, slot: int, kind: str) -> tuple[Any, ...]:
        """A fixed-size record inside the table; raises ValueError where there is none."""
        place = self._place(slot)
        if not place:
            raise ValueError("a record is missing")
        return struct.unpack_from(kind, self.data, place)

    def _place(self, slot: int) -> int:
        """Where a field is, 0 if it is left out."""
        fields = self.at - _number(self.data, "<i", self.at)
        entry = 4 + 2 * slot
        if entry >= _number(self.data, "<H", fields):
            return 0
        offset = _number(self.data, "<H", fields + entry)
        return self.at + offset if offset else 0

    def _vector(self, slot: int) -> tuple[int, int]:
        """First byte and count of a vector's items."""
        place = self._place(slot)
        if not place:
            return 0, 0
        first = place + _number(self.data, "<I", place)
        return first + 4, _number(self.data, "<I", first)


def _number(data: memoryview, kind: str, at: int) -> int:
    return int(struct.unpack_from(kind, data, at)[0])
