# SPDX-License-Identifier: GPL-3.0-or-later
"""What sets the default speakers apart beside their home posture: hands, style, likes."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import LEVELS
from ha2g_engine.gestures.planner import Taste
from ha2g_engine.gestures.repertoire import CODE

from .repertoire import Speaker

HANDS: Final = {  # share of strokes by the left hand, the right and both
    "BOTH": (0.15, 0.2, 0.65),
    "RIGHT": (0.08, 0.57, 0.35),
    "LEFT": (0.57, 0.08, 0.35),
}
LEADING: Final = {"BOTH": 0.4, "RIGHT": 1.0, "LEFT": -1.0}  # see ``rhythm.moved``
TYPICAL: Final = (0.29, 0.24, 0.47)  # low, mid, high of the typical speaker …
ALIKE: Final = 12.0  # … and how like him speakers are, in each level
OWN, EVEN, PURE = 0.3, 0.05, 0.35  # of performances: in one's own style, in thirds, of one row …
ALL: Final = 0.6  # … and that in all columns alike
ANY_STYLE: Final = 0.6  # of the others: the smaller, the more columns have one row alone


@dataclass(frozen=True)
class Person:
    """style: (3, 6) their own. taste: which gestures. leading: of the right hand, -1 to 1."""

    style: NDArray[np.float32]
    taste: Taste
    leading: float


def person(speaker: Speaker) -> Person:
    """The same for the same speaker."""
    random = np.random.default_rng(zlib.crc32(speaker.name.encode()))
    style = random.dirichlet(ALIKE * np.array(TYPICAL), len(LEVELS)).T.astype(np.float32)
    taste = Taste(HANDS[speaker.hand], random.normal(0, 1, CODE) / np.sqrt(CODE))
    return Person(style, taste, LEADING[speaker.hand])


def performed_style(person: Person, random: np.random.Generator) -> NDArray[np.float32]:
    """The style (3, 6) of one performance: their own, thirds, one row alone, or anything."""
    chance = random.random()
    if chance < OWN:
        return person.style
    if chance < OWN + EVEN:
        return np.full_like(person.style, 1 / 3)
    if chance < OWN + EVEN + PURE:
        rows = random.integers(3, size=len(LEVELS))
        rows = rows[:1].repeat(len(LEVELS)) if random.random() < ALL else rows
        return np.asarray(np.eye(3)[:, rows], np.float32)
    drawn = random.dirichlet([ANY_STYLE] * 3, len(LEVELS))
    return np.asarray(drawn.T, np.float32)
