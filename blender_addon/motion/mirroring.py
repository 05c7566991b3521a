# SPDX-License-Identifier: GPL-3.0-or-later
"""Motions made of other motions: mirrored, led by the other hand, blended. No bpy in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..body import rotations as rot
from ..body.skeleton import BONES, COLLAR, FINGER, FOREARM, SIDES, UPPER_ARM

Floats = NDArray[np.floating[Any]]
Motion = NDArray[np.float32]

OTHER: Final = {"left": "right", "right": "left"}
REFLECTION: Final = np.array([-1.0, 1.0, 1.0])  # x is the subject's left


def _opposite(joint: str) -> str:
    side, _, rest = joint.partition("_")
    return f"{OTHER[side]}_{rest}" if side in OTHER else joint


def _counterparts() -> tuple[tuple[int, ...], tuple[float, ...]]:
    """For each bone the one on the other side, and -1 where that runs the other way."""
    forwards = {pair: i for i, pair in enumerate(BONES)}
    backwards = {(child, parent): i for i, (parent, child) in enumerate(BONES)}
    bones, signs = [], []
    for parent, child in BONES:
        pair = _opposite(parent), _opposite(child)
        bones.append(forwards[pair] if pair in forwards else backwards[pair])
        signs.append(1.0 if pair in forwards else -1.0)
    return tuple(bones), tuple(signs)


COUNTERPARTS, SIGNS = _counterparts()
ARMS: Final = sorted(
    bone
    for side in SIDES
    for bone in (
        COLLAR[side],
        UPPER_ARM[side],
        FOREARM[side],
        *(b for (of, _), bones in FINGER.items() if of == side for b in bones),
    )
)


@dataclass(frozen=True)
class Recipe:
    """What a variation is: the motion of SEED, blended with that of OTHER by AMOUNT, then turned.

    amount: 0 SEED alone .. 1 OTHER alone. mirrored, other_hand: see `turned`.
    """

    seed: int = 0
    other: int = 0
    amount: float = 0.0
    mirrored: bool = False
    other_hand: bool = False

    @property
    def of_two(self) -> bool:
        """Whether it blends the motions of two seeds."""
        return self.amount > 0.0


def mirrored(directions: Floats) -> Motion:
    """(T, 42, 3) as in a mirror: right-handed becomes left-handed, the head turns the other way."""
    swapped = np.asarray(directions)[:, COUNTERPARTS] * np.array(SIGNS)[:, None]
    return np.asarray(swapped * REFLECTION, np.float32)


def led_by_other_hand(directions: Floats) -> Motion:
    """(T, 42, 3) with the arms' motion exchanged; torso and head stay as they are."""
    result = np.array(directions, np.float32)
    result[:, ARMS] = mirrored(directions)[:, ARMS]
    return result


def turned(directions: Floats, recipe: Recipe | None) -> Motion:
    """(T, 42, 3) mirrored, led by the other hand, both or neither, as RECIPE says."""
    moved = np.asarray(directions, np.float32)
    if recipe and recipe.mirrored:
        moved = mirrored(moved)
    return led_by_other_hand(moved) if recipe and recipe.other_hand else moved


def blended(first: Floats, second: Floats, amount: float) -> Motion:
    """(T, 42, 3) AMOUNT (0 first .. 1 second) of the way, unit; opposite directions stay FIRST's.

    Both are of the same speech; frames that only one of them has are left out.
    """
    count = min(len(first), len(second))
    one, two = (np.asarray(motion[:count], np.float64) for motion in (first, second))
    between = one * (1.0 - amount) + two * amount
    lengths = np.linalg.norm(between, axis=-1, keepdims=True)
    return np.where(lengths > 1e-3, rot.unit(between), one).astype(np.float32)
