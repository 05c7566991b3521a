# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bones of a branch are upper arm, forearm and hand, from their places alone.

The joints are those that divide the branch as people's arms are divided (R. Drillis, R. Contini,
"Body Segment Parameters", 1966: upper arm 0.186, forearm 0.146, shoulders' width 0.259 of the
body's height).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.rotations import Floats
from .hands import fingers
from .limb_tree import Joints

UPPER_TO_FOREARM: Final = 0.186 / 0.146
WIDTH_TO_ARM: Final = 0.259 / (0.186 + 0.146)
BRANCHES: Final = 0.45  # part of the main branch's reach: a second one this long makes a hand
NARROWEST: Final = 0.32  # shoulders, part of the arm's length; hips are 0.2 to 0.3 of the leg's
ALIKE: Final = 0.25  # by how much the two arms' lengths may differ


class NoBodyError(Exception):
    """Why the bones are no upright body with two arms; a clause for a longer sentence."""


@dataclass(frozen=True)
class Arm:
    """One arm's bones, the way from the body to the end; which of them are the joints."""

    way: list[int]
    shoulder: int
    elbow: int
    wrist: int

    def bones(self, first: int, last: int) -> tuple[int, ...]:
        """The way from place FIRST up to, not including, LAST."""
        return tuple(self.way[first:last])


def hand_place(joints: Joints, way: list[int]) -> int:
    """The place in WAY where most other branches go on nearly as far as it does: 0 if nowhere."""
    counts = [0, *(branches(joints, *pair) for pair in itertools.pairwise(way[1:]))]
    return int(np.argmax(counts))


def branches(joints: Joints, bone: int, onwards: int) -> int:
    """How many children of BONE, besides ONWARDS and twist bones, reach nearly as far as it."""
    far = BRANCHES * joints.furthest(bone, onwards)
    others = [child for child in joints.children[bone] if child != onwards]
    beside = [child for child in others if not joints.is_helper(child, bone, onwards)]
    return sum(joints.furthest(bone, child) > far for child in beside)


def find_arms(joints: Joints, a: int, b: int) -> list[Arm]:
    """The joints that divide the branches from A and B most like arms."""
    ways = joints.main_way(a), joints.main_way(b)
    # what one hand holds may reach further than its fingers: the other hand tells
    places = [hand_place(joints, way) for way in ways]
    hand = max((place for place in places if place < min(map(len, ways))), default=0)
    return [_find_arm(joints, *pair, hand) for pair in (ways, ways[::-1])]


def _find_arm(joints: Joints, way: list[int], across: list[int], hand: int) -> Arm:
    wrists = [hand] if hand else range(2, len(way))
    places = [
        (shoulder, elbow, wrist)
        for wrist in wrists
        for shoulder, elbow in itertools.combinations(range(wrist), 2)
    ]
    if not places:
        raise NoBodyError(f"the branch from '{joints.names[way[0]]}' has too few bones for an arm")
    best = min(places, key=lambda one: _arm_cost(joints, way, across, one, bool(hand)))
    return Arm(way, *best)


def _arm_cost(
    joints: Joints, way: list[int], across: list[int], places: tuple[int, int, int], sure: bool
) -> float:
    """How unlike an arm it would be: proportions, shoulders' width, bends inside a segment."""
    shoulder, elbow, wrist = places
    points = joints.heads[way]
    upper, fore = points[elbow] - points[shoulder], points[wrist] - points[elbow]
    sizes = np.linalg.norm([upper, fore], axis=-1)
    if sizes.min() < 1e-3 * joints.reach[way[0]]:
        return np.inf
    width = joints.between(way[shoulder], across[min(shoulder, len(across) - 1)])
    cost = abs(np.log(sizes[0] / sizes[1] / UPPER_TO_FOREARM))
    cost += 0.7 * abs(np.log(max(width, rot.TINY) / sizes.sum() / WIDTH_TO_ARM))
    cost += _crooked(points[shoulder : elbow + 1]) + _crooked(points[elbow : wrist + 1])
    if not sure:
        hand = joints.furthest(way[wrist], way[wrist])
        hand = max(hand, joints.between(way[wrist], way[-1]))
        cost += 0.3 * abs(np.log((hand + 0.1 * sizes[1]) / (0.4 * sizes[1])))
    return float(cost) - 1e-6 * (shoulder + elbow + wrist)  # of joints on one spot the last


def _crooked(points: Floats) -> float:
    """How much longer the way over POINTS is than the straight line, times ten."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=-1).sum()
    return 10.0 * float(steps / max(np.linalg.norm(points[-1] - points[0]), rot.TINY) - 1.0)


def check_arms(joints: Joints, arms: list[Arm]) -> None:
    lengths = np.array([_lengths(joints, arm) for arm in arms])
    if np.abs(np.log(lengths[0] / lengths[1])).max() > ALIKE:
        raise NoBodyError("its two longest mirrored branches are not alike enough for arms")
    upper, fore = lengths.mean(axis=0)
    starts = [arm.way[arm.shoulder] for arm in arms]
    width = joints.between(*starts) / (upper + fore)
    if not 0.4 < upper / fore < 3.5 or width < NARROWEST:
        raise NoBodyError("its mirrored branches are not divided as arms are")


def _lengths(joints: Joints, arm: Arm) -> tuple[float, float]:
    """Of upper arm and forearm."""
    shoulder, elbow, wrist = (arm.way[i] for i in (arm.shoulder, arm.elbow, arm.wrist))
    return joints.between(shoulder, elbow), joints.between(elbow, wrist)


def arm_roles(joints: Joints, arm: Arm) -> dict[str, tuple[int, ...]]:
    """Bones of one arm by role, without the side."""
    upper, fore = arm.bones(arm.shoulder, arm.elbow), arm.bones(arm.elbow, arm.wrist)
    hand = arm.way[arm.wrist]
    return {
        "collar": _collar(joints, arm),
        "upper_arm": upper[:1],
        "upper_arm_twist": upper[1:] or _leaves(joints, upper[0], fore[0]),
        "forearm": fore[:1],
        "forearm_twist": fore[1:] or _leaves(joints, fore[0], hand),
        "hand": (hand,),
        **fingers(joints, hand, fore[0]),
    }


def _collar(joints: Joints, arm: Arm) -> tuple[int, ...]:
    """The first bone between body and shoulder that is no mere stub."""
    steps = [joints.between(arm.way[i], arm.way[i + 1]) for i in range(arm.shoulder)]
    return tuple(arm.way[i] for i, step in enumerate(steps) if step > 0.3 * max(steps))[:1]


def _leaves(joints: Joints, start: int, end: int) -> tuple[int, ...]:
    """The twist bones beside END: on the line from START to it, with nothing else below."""
    return tuple(
        bone
        for child in joints.children[start]
        if child != end and joints.is_helper(child, start, end)
        for bone in joints.below(child)
        if joints.between(bone, end) > 0.05 * joints.between(start, end)
    )
