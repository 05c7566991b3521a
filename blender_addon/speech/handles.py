# SPDX-License-Identifier: GPL-3.0-or-later
"""Where words stand over the timeline, and which one the mouse has. No bpy in here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .timed_text import Word

BAND: Final = 44.0  # pixels of the speech's band at the bottom, at a resolution scale of 1
RULER: Final = 46.0  # pixels at the top that stay free for the words and the frames' numbers,
# which take the mouse for themselves
LOWEST: Final = 12.0
ABOVE: Final = 8.0  # pixels from the band to the words' line
LINE: Final = 12.0  # pixels that a word is high, for the mouse
TEXT: Final = 10.0  # points
GAP: Final = 4.0  # pixels between two words


@dataclass(frozen=True)
class Drag:
    """The word of that number, in the scene's list, is held at SECONDS of the speech."""

    number: int
    seconds: float


_drag: Drag | None = None


def drag(number: int, seconds: float) -> None:
    """Show that word there."""
    global _drag
    _drag = Drag(number, seconds)


def drop() -> None:
    """Show all words where they are."""
    global _drag
    _drag = None


def band(height: float, scale: float) -> float:
    """Pixels of the band in a region of HEIGHT: all of BAND, or what is below the ruler."""
    return scale * max(LOWEST, min(BAND, height / scale - RULER))


def is_on_line(y: float, height: float, scale: float) -> bool:
    """Whether Y (pixels) is on the words' line of a region of HEIGHT."""
    lowest = band(height, scale) + ABOVE * scale
    return lowest - GAP * scale <= y <= lowest + LINE * scale


@dataclass(frozen=True)
class Placed:
    """A word that is seen: which one it is of all, its text, and from where to where, pixels."""

    index: int
    text: str
    left: float
    right: float
    held: bool


def placed(
    words: Sequence[Word],
    numbers: Sequence[int],
    x: Callable[[float], float],
    end: float,
    scale: float,
    width: Callable[[str], float],
) -> Iterator[Placed]:
    """The words that have room between 0 and END pixels; the one that is held in any case.

    x: pixels of a second. numbers: of WORDS in the scene's list; none for others.
    """
    free = 0.0
    for index, (text, first, last) in enumerate(words):
        held = _drag is not None and bool(numbers) and numbers[index] == _drag.number
        at = x(_drag.seconds) if held and _drag is not None else x(first)
        if not held and (x(last) < 0 or at > end or at < free):
            continue
        yield Placed(index, text, at, at + width(text), held)
        free = max(free, at + width(text) + GAP * scale)


def under(found: Sequence[Placed], x: float) -> int | None:
    """The index of the word at X (pixels); None beside all of them."""
    return next((one.index for one in found if one.left <= x <= one.right), None)
