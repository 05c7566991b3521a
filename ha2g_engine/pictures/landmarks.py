# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found of one person in one picture, in MediaPipe's points.

Frame of positions: metres, x = the picture's right, y = down, z = away from the camera. Whatever
reads this needs no MediaPipe: it may come from a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

NOSE: Final = 0
SHOULDERS, ELBOWS, WRISTS, HIPS, ANKLES = (11, 12), (13, 14), (15, 16), (23, 24), (27, 28)
PINKIES, INDICES, THUMBS = (17, 18), (19, 20), (21, 22)  # of the body's points: left, right
BODY_POINTS, HAND_POINTS = 33, 21
SEEN: Final = 0.5  # of a point's likelihood from which on it counts as seen


@dataclass(frozen=True)
class Landmarks:
    """One person. The left is the subject's; of two hands the left one comes first.

    size: (2,) width and height of the picture, pixels. body: (33, 3) m around the hips' middle.
    points: (33, 2) the same in the picture, pixels. seen: (33,) likelihood, 0 to 1, that a point
    is in the picture and not hidden. hands: (2, 21, 3) m around each hand's middle.
    hand_points: (2, 21, 2) pixels. hands_seen: (2,) likelihood, 0 for a hand that was not found.
    people: how many there are in the picture.
    """

    size: Array
    body: Array
    points: Array
    seen: Array
    hands: Array
    hand_points: Array
    hands_seen: Array
    people: int = 1

    def sees(self, *points: int) -> bool:
        """Whether all these points of the body are seen."""
        return bool((self.seen[list(points)] >= SEEN).all())

    def within(self, corner: Array, size: Array) -> Landmarks:
        """The same in a picture of SIZE (2,) of which this one is a part at CORNER (2,)."""
        return replace(
            self, size=size, points=self.points + corner, hand_points=self.hand_points + corner
        )

    def sees_hand(self, side: int) -> bool:
        """Whether the left (0) or right (1) hand was found."""
        return bool(self.hands_seen[side] >= SEEN)


ARRAYS: Final = tuple(field.name for field in fields(Landmarks))


def save(path: str | Path, found: Sequence[Landmarks]) -> None:
    """Keep what was found in several pictures in an .npz file."""
    table = {name: np.stack([getattr(one, name) for one in found]) for name in ARRAYS}
    np.savez_compressed(path, **table)


def load(path: str | Path) -> list[Landmarks]:
    """Read back what ``save`` wrote."""
    with np.load(path, allow_pickle=False) as file:
        rows = zip(*(file[name] for name in ARRAYS), strict=True)
        tables = [dict(zip(ARRAYS, row, strict=True)) for row in rows]
    return [Landmarks(**{**one, "people": int(one["people"])}) for one in tables]
