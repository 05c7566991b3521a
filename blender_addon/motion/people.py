# SPDX-License-Identifier: GPL-3.0-or-later
"""Imagined people as small pictures: how their styles differ, and which hands gesture. No bpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from . import words
from .thumbnail import INK, PAPER, Pixels

Floats = NDArray[np.floating[Any]]

MOST: Final = 64  # people on a map
SIZE: Final = 48  # pixels of a picture's side
FRAME: Final = 3  # of it, around the bars
HANDS: Final = 7  # rows of it, for the hands
EXAGGERATED: Final = 4.0  # how much more than it is a style differs from the others' mean
ROWS: Final = ((0.86, 0.36, 0.31), (0.93, 0.76, 0.33), (0.42, 0.66, 0.45))  # beat, rhythm, meaning


@dataclass(frozen=True)
class Person:
    """seed: of whom. style: (3, levels). hands: shares of strokes by left, right and both."""

    seed: int
    style: tuple[tuple[float, ...], ...]
    hands: tuple[float, ...] | None = None

    @classmethod
    def of(cls, values: Any) -> Person | None:
        """What an answer says of one; None if it says nothing of the kind."""
        if not isinstance(values, Mapping) or not isinstance(values.get("seed"), int):
            return None
        try:
            style = np.asarray(values.get("style"), np.float64)
            hands = np.asarray(values.get("hands") or (), np.float64)
        except (TypeError, ValueError):
            return None
        fine = style.ndim == 2 and len(style) == len(ROWS) and style.shape[1]
        if not fine or not np.isfinite(style).all() or values["seed"] < 0:
            return None
        sides = tuple(hands.tolist()) if hands.shape == (3,) and np.isfinite(hands).all() else None
        return cls(values["seed"], tuple(map(tuple, style.tolist())), sides)

    @property
    def words(self) -> str:
        """How they move."""
        hands = f"{words.hands(self.hands)}. " if self.hands else ""
        return hands + words.of_style(self.style)


def all_of(values: Any) -> tuple[Person, ...]:
    """The people of an answer, as they stand on the map."""
    rows = values[:MOST] if isinstance(values, list) else []
    found = tuple(person for person in map(Person.of, rows) if person)
    return found if len({np.shape(person.style) for person in found}) == 1 else ()


def pictures(people: Sequence[Person]) -> list[Pixels]:
    """(SIZE, SIZE, 4) RGBA of each, rows from the bottom: a bar a body part, the hands below.

    A bar's parts are beat, rhythm and meaning from below, drawn further apart than they are.
    """
    styles = np.array([person.style for person in people])
    middle = styles.mean(axis=0)
    drawn = np.clip(middle + EXAGGERATED * (styles - middle), 0.02, None)
    drawn /= drawn.sum(axis=1, keepdims=True)
    return [_picture(style, one.hands) for style, one in zip(drawn, people, strict=True)]


def _picture(style: Floats, hands: Sequence[float] | None) -> Pixels:
    canvas = np.ones((SIZE, SIZE, 4), np.float32)
    canvas[..., :3] = PAPER
    low = FRAME + (HANDS + 1 if hands else 0)
    edges = np.linspace(FRAME, SIZE - FRAME, style.shape[1] + 1).round().astype(int)
    for level, (left, right) in enumerate(zip(edges[:-1], edges[1:] - 1, strict=True)):
        heights = np.concatenate([[0.0], np.cumsum(style[:, level])])
        rows = (low + heights / heights[-1] * (SIZE - FRAME - low)).round().astype(int)
        for row, ink in enumerate(ROWS):
            canvas[rows[row] : rows[row + 1], left:right, :3] = ink
    if hands:
        _draw_hands(canvas, hands)
    return canvas


def _draw_hands(canvas: Pixels, hands: Sequence[float]) -> None:
    """The right hand's share on the left, as one sees it, the left hand's opposite."""
    left, right, both = hands
    total = max(left + right + both, 1e-6)
    ends = np.cumsum([0.0, right, both, left]) / total * (SIZE - 2 * FRAME) + FRAME
    inks = (INK["R"], INK[""], INK["L"])
    for ink, start, end in zip(inks, ends[:-1].round(), ends[1:].round(), strict=True):
        canvas[FRAME : FRAME + HANDS, int(start) : int(end), :3] = ink
