# SPDX-License-Identifier: GPL-3.0-or-later
"""A style and a person's manner in words: what an animator will see. No bpy in here.

Words say no more than the numbers: a row's share of a body part, whose hands the strokes are, where
hands rest, and how near the picture came to people that the model knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ..body import homes

BEAT, RHYTHM, MEANING, MIXED = range(4)  # rows of a style, and none of them
PARTS: Final = {"arms": (1, 2), "hands": (3, 4, 5)}  # columns of a style; the torso's is the first
FOLLOWS: Final = ("the beat", "the rhythm", "meaning")
TORSO: Final = ("torso nods the beat", "torso sways", "torso turns with strokes")
LEADS: Final = 0.08  # by which a row's share is above the next one's, to be what a part follows

HOMES: Final = {name: name for name in homes.NAMES} | {
    "hanging": "hands hang",
    "held": "hands are held up",
    "pictured": "hands are where the picture has them",
    "on the lap": "hands on the lap",
    "behind the back": "hands behind the back",
}
BOTH: Final = 0.5  # of the strokes from which on both hands are what one sees
TIMES: Final = 1.5  # one hand leads that makes so many times more strokes than the other
SURE: Final = (  # the nearest known person's distance over the next one's: who was right of 210
    (0.30, "Sure"),  # 96 % of 111 renders
    (0.45, "Fairly sure"),  # 35 of 37
)
UNSURE: Final = "Unsure: unlike the people it knows"  # 56 % of 62


def of_style(style: Sequence[Sequence[float]]) -> str:
    """STYLE (3, levels) in a sentence; "" without levels."""
    shares = np.asarray(style, np.float64)
    if shares.ndim != 2 or not shares.shape[1]:
        return ""
    parts = {
        name: _leading(shares[:, here].mean(axis=1))
        for name, columns in PARTS.items()
        if (here := [column for column in columns if column < shares.shape[1]])
    }
    torso = _leading(shares[:, 0])
    if {torso, *parts.values()} == {torso}:
        does = "does some of each" if torso == MIXED else f"follows {FOLLOWS[torso]}"
        return f"The whole body {does}."
    said = [_following(parts), "" if torso == MIXED else TORSO[torso], _mixed(parts, torso)]
    return f"{'; '.join(filter(None, said))}.".capitalize()


def _following(parts: Mapping[str, int]) -> str:
    """What those of PARTS follow that follow one row."""
    rows: dict[int, list[str]] = {}
    for name, row in parts.items():
        if row != MIXED:
            rows.setdefault(row, []).append(name)
    said = [f"{' and '.join(names)} follow {FOLLOWS[row]}" for row, names in rows.items()]
    return ", ".join((*said[:1], *(one.replace(" follow ", " ") for one in said[1:])))


def _mixed(parts: Mapping[str, int], torso: int) -> str:
    """Those of PARTS, and the TORSO, that follow none."""
    names = [name for name, row in {**parts, "torso": torso}.items() if row == MIXED]
    verb = "does" if names == ["torso"] else "do"
    return f"{' and '.join(names)} {verb} some of each" if names else ""


def _leading(shares: Any) -> int:
    """Which of three SHARES is above the others; MIXED if none is."""
    second, first = np.sort(shares)[-2:]
    return int(np.argmax(shares)) if first - second >= LEADS else MIXED


@dataclass(frozen=True)
class Manner:
    """How a person moves, as the engine says: see its `synthesis.manner`."""

    home: str
    hands: tuple[float, ...] | None = None
    distances: tuple[float, ...] | None = None

    @classmethod
    def of(cls, values: Any) -> Manner | None:
        """What an answer or a record says; None if that is no manner."""
        if not isinstance(values, Mapping) or values.get("home") not in HOMES:
            return None
        hands, distances = (_numbers(values.get(n), c) for n, c in (("hands", 3), ("distances", 2)))
        return cls(values["home"], hands, distances)

    @property
    def words(self) -> str:
        """Which hands gesture, and where they are at rest."""
        who = f"{hands(self.hands)}; at" if self.hands else "At"
        return f"{who} rest {HOMES[self.home]}."

    @property
    def sureness(self) -> str:
        """How sure a picture said so; "" if the model knows nobody to compare it with."""
        if self.distances is None or self.distances[1] <= 0.0:
            return ""
        ratio = self.distances[0] / self.distances[1]
        return next((word for most, word in SURE if ratio < most), UNSURE) + "."


def hands(shares: Sequence[float]) -> str:
    """Which hands gesture, by their SHARES of strokes: left, right, both."""
    left, right, both = shares
    if both >= BOTH:
        return "Mostly both hands"
    if right > TIMES * left:
        return "Mostly the right hand"
    return "Mostly the left hand" if left > TIMES * right else "Either hand"


def _numbers(values: Any, count: int) -> tuple[float, ...] | None:
    """COUNT finite numbers from 0 on; None for anything else."""
    if not isinstance(values, list | tuple) or len(values) != count:
        return None
    fine = all(isinstance(v, int | float) and np.isfinite(v) and v >= 0.0 for v in values)
    return tuple(float(value) for value in values) if fine else None
