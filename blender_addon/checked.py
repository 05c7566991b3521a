# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers of values that a file may have damaged: the value, or an exception. No bpy.

Each raises ValueError, TypeError, KeyError or OverflowError for what it is not meant to read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

One = TypeVar("One")
MOST: Final = 2**31 - 1  # of a whole number


def kind(wanted: type[One]) -> Callable[[Any], One]:
    """Exactly a WANTED; True is no whole number."""

    def reader(value: Any) -> One:
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise TypeError
        if isinstance(value, str) and b"\0" in value.encode():  # which raises for surrogates
            raise ValueError  # JSON may hold both, Blender's texts neither
        return value

    return reader


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError
    return float(value)


def whole(value: Any) -> int:
    """A number that Blender's properties hold, too."""
    if abs(found := kind(int)(value)) > MOST:
        raise ValueError
    return found


def natural(value: Any) -> int:
    """A whole number from 0 on."""
    if (found := whole(value)) < 0:
        raise ValueError
    return found


def positive(value: Any) -> int:
    """A whole number from 1 on."""
    if (found := whole(value)) < 1:
        raise ValueError
    return found


def within(least: float, most: float) -> Callable[[Any], float]:
    """A number from LEAST to MOST."""

    def reader(value: Any) -> float:
        if not least <= (found := number(value)) <= most:
            raise ValueError
        return found

    return reader


def clamped(least: float, most: float) -> Callable[[Any], float]:
    """A number, made one from LEAST to MOST."""
    return lambda value: min(max(number(value), least), most)


share: Final = clamped(0.0, 1.0)


def optional(reader: Callable[[Any], One]) -> Callable[[Any], One | None]:
    """None, or what READER reads."""
    return lambda value: None if value is None else reader(value)


def several(reader: Callable[[Any], One]) -> Callable[[Any], tuple[One, ...]]:
    """A list, each as READER reads it."""
    return lambda value: tuple(map(reader, kind(list)(value)))


def by_name(reader: Callable[[Any], One]) -> Callable[[Any], dict[str, One]]:
    """An object, each value as READER reads it."""
    return lambda value: {str(n): reader(one) for n, one in kind(dict)(value).items()}


def pair(reader: Callable[[Any], float]) -> Callable[[Any], tuple[float, float]]:
    """First and last of something."""

    def pair(value: Any) -> tuple[float, float]:
        first, last = several(reader)(value)
        if first > last:
            raise ValueError
        return first, last

    return pair


def one_of(words: Sequence[str]) -> Callable[[Any], str]:
    """One of WORDS."""

    def reader(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return reader


def built(of: type[One], readers: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], One]:
    """A dataclass from its fields by name; those that are missing have their defaults."""

    def reader(value: Any) -> One:
        stored = kind(dict)(value)
        return of(**{name: one(stored[name]) for name, one in readers.items() if name in stored})

    return reader
