# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine found in pictures of a person: in words, and drawn on them. No bpy in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .thumbnail import INK, PAPER, Pixels, line

Bytes = NDArray[np.uint8]

PARTS: Final = ("face", "shoulders", "left arm", "right arm", "left hand", "right hand")
BOTH: Final = {"left arm": "arms", "left hand": "hands"}  # where the right one is like it
NOBODY: Final = "Nobody is found in it: hands rest and the take begins without it"
HALF: Final = 0.008  # of the larger side: half a line's width …
LIMB: Final = 0.06  # … from this length on; shorter ones, fingers, are thinner
MOST_LINES: Final = 200
LARGEST: Final = 1024  # pixels of a side that anybody would send


@dataclass(frozen=True)
class Found:
    """Of one picture. people: how many there are. parts: what is seen of the one that is taken.

    lines: its skeleton, from and to in shares of width and height, and the side, "L", "R" or "".
    """

    people: int
    parts: tuple[str, ...]
    lines: tuple[tuple[float, float, float, float, str], ...] = ()

    @classmethod
    def of(cls, values: Any) -> Found | None:
        """What an answer says of one picture; None if it says nothing of the kind."""
        if not isinstance(values, Mapping) or not isinstance(values.get("people"), int):
            return None
        parts = values.get("parts")
        known = tuple(one for one in PARTS if isinstance(parts, list) and one in parts)
        lines = values.get("lines")
        rows = lines[:MOST_LINES] if isinstance(lines, list) else []
        return cls(values["people"], known, tuple(row for row in map(_row, rows) if row))

    @property
    def words(self) -> str:
        """Who is in it, and what of them is seen and not."""
        if not self.people:
            return f"{NOBODY}."
        many = f"{self.people} people, the largest is taken. " if self.people > 1 else ""
        if self.parts in ((), ("face",)):
            return f"{many}Only a face is seen: hands rest and the take begins without it."
        missing = [one for one in PARTS if one not in self.parts]
        unseen = f" Not seen: {_listed(missing)}." if missing else ""
        return f"{many}Seen: {_listed(self.parts)}.{unseen}"


def all_of(values: Any) -> tuple[Found, ...]:
    """What an answer says of all pictures; () where the engine did not look for people."""
    rows = values if isinstance(values, list) else []
    return tuple(found for found in map(Found.of, rows) if found)


def in_words(found: Sequence[Found]) -> str:
    """Of one picture what is found; of several how many show somebody, and what together."""
    if len(found) == 1:
        return found[0].words
    shown = [one for one in found if one.people]
    if not shown:
        return NOBODY.replace("it", "them", 1).replace("without it", "without them") + "."
    together = tuple(part for part in PARTS if any(part in one.parts for one in shown))
    alone = f"{len(shown)} of {len(found)} pictures show somebody. "
    return alone + Found(1, together).words


def drawn(pictures: Sequence[Bytes], found: Sequence[Found]) -> Pixels:
    """(height, width, 4) RGBA 0..1, rows from the bottom: the pictures with skeletons, in a row.

    pictures: (height, width, 3) each, the first row on top.
    """
    tiles = [_with_lines(one, of) for one, of in zip(pictures, found, strict=False)]
    height = max(len(tile) for tile in tiles)
    return np.concatenate([_as_high(tile, height) for tile in tiles], axis=1)


def _with_lines(picture: Bytes, found: Found) -> Pixels:
    canvas = np.ones((*picture.shape[:2], 4), np.float32)
    canvas[..., :3] = picture[::-1] / np.float32(255)
    size = np.array(canvas.shape[1::-1])
    for *ends, side in found.lines:
        start, end = (np.array([x, 1 - y]) * size for x, y in (ends[:2], ends[2:]))
        if max(np.abs(start).max(), np.abs(end).max()) < LARGEST:
            thin = min(1.0, float(np.linalg.norm(end - start)) / (LIMB * size.max()))
            line(canvas, start, end, HALF * size.max() * (0.3 + 0.7 * thin), INK[side])
    return canvas


def _as_high(tile: Pixels, height: int) -> Pixels:
    """TILE with room above and below, HEIGHT in all."""
    framed = np.ones((height, tile.shape[1], 4), np.float32)
    framed[..., :3] = PAPER
    below = (height - len(tile)) // 2
    framed[below : below + len(tile)] = tile
    return framed


def _row(values: Any) -> tuple[float, float, float, float, str] | None:
    if not isinstance(values, list) or len(values) != 5 or values[4] not in ("", "L", "R"):
        return None
    numbers = values[:4]
    if not all(isinstance(one, int | float) and -10.0 < one < 10.0 for one in numbers):
        return None
    x, y, to_x, to_y = map(float, numbers)
    return x, y, to_x, to_y, str(values[4])


def _listed(parts: Sequence[str]) -> str:
    """PARTS in words, left and right together where both are there."""
    said = []
    for part in parts:
        other = part.replace("right", "left")
        if part in BOTH and part.replace("left", "right") in parts:
            said.append(f"both {BOTH[part]}")
        elif not (part.startswith("right") and other in parts):
            said.append(part)
    return ", ".join(said)
