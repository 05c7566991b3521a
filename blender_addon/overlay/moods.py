# SPDX-License-Identifier: GPL-3.0-or-later
"""The moods of the shown take as coloured bands below the timeline's ruler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import blf
import numpy as np

from ..strokes import bands
from ..strokes.bands import Band
from . import shapes as overlay_shapes
from .shapes import Points, View

COLOURS: Final = {
    "calm": (0.36, 0.66, 0.62),
    "lively": (0.95, 0.72, 0.26),
    "tense": (0.86, 0.3, 0.27),
    "sad": (0.36, 0.46, 0.78),
    "joyful": (0.97, 0.86, 0.35),
    "still": (0.62, 0.62, 0.64),
    "frozen": (0.72, 0.86, 0.94),
}
FAINTEST, FULL = 0.35, 0.95  # opacity at strength 0 and 1
CHOSEN: Final = (1.0, 1.0, 1.0, 0.9)
EDGE: Final = 1.5  # pixels of an end's line
TEXT: Final = 10.0  # points
UNDER: Final = 11.0  # pixels from a band's lower edge down to its name's line


def shapes(
    found: Sequence[Band], view: View, low: float, scale: float
) -> list[tuple[Points, tuple[float, ...]]]:
    """What to fill, in this order: a band each, as strong as its mood, and lines at its ends."""
    filled: list[tuple[Points, tuple[float, ...]]] = []
    high = low + bands.HIGH * scale
    for one in found:
        opacity = FAINTEST + (FULL - FAINTEST) * one.strength
        span = np.array([[one.start, one.end]])
        colour = COLOURS.get(one.mood, COLOURS["still"])
        filled.append((overlay_shapes.bars(span, view, low, high), (*colour, opacity)))
        ends = CHOSEN if one.chosen else (*colour, 1.0)
        filled.append((overlay_shapes.lines(span[0], view, low, high, EDGE * scale), ends))
    return filled


def write(found: Sequence[Band], view: View, low: float, scale: float) -> None:
    """Their names, where there is room."""
    font = 0
    blf.size(font, TEXT * scale)
    for one in found:
        first, last = (view.x(min(max(s, view.left), view.right)) for s in (one.start, one.end))
        if blf.dimensions(font, one.mood)[0] < last - first:
            blf.color(font, *COLOURS.get(one.mood, COLOURS["still"]), 1.0)
            blf.position(font, first + scale, low - UNDER * scale, 0)
            blf.draw(font, one.mood)
