# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bones below a hand are which finger, from their places alone."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.rotations import Floats
from .limb_tree import Joints

PALM_BONE: Final = 0.8  # a finger's first bone that starts nearer the wrist than this part of
# its own length is a metacarpal, as long as two or three bones follow
UNLIKELY: Final = 0.12  # of the knuckles' distances' logarithm: what speaks against a finger's own
# proportions
HELD: Final = 1.8  # times the median reach from the wrist
THUMB_SCORE: Final = 0.45  # radians plus parts of the palm; thumbs of real rigs have 0.7 to 1.6
ALONE: Final = np.cos(np.radians(30.0))  # to the forearm: an only finger further off is a thumb
MISSING_GAP: Final = 1.55  # times the other gap: a finger is missing between two knuckles
ROWS: Final = {  # fingers from the thumb's side on, by how many there are
    1: ("middle",),
    2: ("index", "pinky"),
    3: ("index", "middle", "pinky"),
    4: ("index", "middle", "ring", "pinky"),
}


def fingers(joints: Joints, hand: int, elbow: int) -> dict[str, tuple[int, ...]]:
    """The phalanges (at most three, proximal first) of every finger found below HAND."""
    chains = _chains(joints, hand)
    if not chains:
        return {}
    thumb = _thumb(joints, hand, elbow, chains)
    rest = [chain for i, chain in enumerate(chains) if i != thumb]
    found = {"thumb": chains[thumb]} if thumb is not None else {}
    row = _in_a_row(joints, _from_knuckles(joints, hand, rest))
    if thumb is not None and len(row) > 1:
        base = joints.heads[chains[thumb][-1]]
        ends = [np.linalg.norm(joints.heads[row[i][0]] - base) for i in (0, -1)]
        row = row if ends[0] <= ends[1] else row[::-1]
    found |= dict(zip(_names(joints, row), row, strict=True))
    return {finger: tuple(chain[:3]) for finger, chain in found.items()}


def _chains(joints: Joints, hand: int) -> list[list[int]]:
    """The unbranched ways below HAND, palm bones first where they carry one finger each."""
    chains = [chain for child in joints.children[hand] for chain in _ways(joints, child)]
    ends = np.array([joints.furthest(hand, chain[-1]) for chain in chains])
    if len(chains) > 2:  # what the hand holds reaches further than any finger
        chains = [c for c, end in zip(chains, ends, strict=True) if end < HELD * np.median(ends)]
    whole = max((joints.furthest(hand, chain[-1]) for chain in chains), default=0.0)
    chains = [c for c in chains if joints.furthest(hand, c[-1]) > 0.3 * whole]
    if any(len(chain) > 1 for chain in chains):
        chains = [chain for chain in chains if len(chain) > 1]
    chains.sort(key=lambda chain: -joints.furthest(hand, chain[-1]))
    return chains[:5]


def _ways(joints: Joints, bone: int) -> list[list[int]]:
    way = [bone]
    while len(after := _onwards(joints, way[-1])) == 1:
        way += after
    if not after:
        return [way]
    return [chain for child in after for chain in _ways(joints, child)]


def _onwards(joints: Joints, bone: int) -> list[int]:
    """BONE's children less helpers: those that share its joint or end beside a real chain."""
    children = joints.children[bone]
    if len(children) < 2:
        return children
    longest = max(joints.furthest(bone, child) for child in children)
    return [child for child in children if joints.furthest(bone, child) > 0.4 * longest]


def _phalanges(joints: Joints, hand: int, chain: list[int]) -> list[int]:
    """CHAIN less the metacarpal it may begin with."""
    if len(chain) < 3:
        return chain
    to_wrist, length = joints.between(hand, chain[0]), joints.between(chain[0], chain[1])
    near = PALM_BONE if len(chain) > 3 else 0.4 * PALM_BONE
    return chain[1:] if to_wrist < near * length else chain


def _from_knuckles(joints: Joints, hand: int, chains: list[list[int]]) -> list[list[int]]:
    """CHAINS, none of them a thumb, from knuckles that lie about as far from the wrist.

    What `_phalanges` says of each is kept, unless the others' knuckles contradict it.
    """
    ways = [[chain, chain[1:]] if len(chain) > 2 else [chain] for chain in chains]
    likely = [_phalanges(joints, hand, chain) for chain in chains]

    def cost(way: list[int], first: list[int], radius: float) -> float:
        distance = max(joints.between(hand, way[0]), rot.TINY)
        return float(abs(np.log(distance / radius))) + UNLIKELY * (way != first)

    def nearest(radius: float) -> list[tuple[float, list[int]]]:
        pairs = zip(ways, likely, strict=True)
        return [min((cost(w, first, radius), w) for w in options) for options, first in pairs]

    radii = [max(joints.between(hand, way[0]), rot.TINY) for options in ways for way in options]
    rows = (nearest(radius) for radius in radii)
    best = min(rows, key=lambda row: sum(price for price, _ in row), default=[])
    return [way for _, way in best]


def _thumb(joints: Joints, hand: int, elbow: int, chains: list[list[int]]) -> int | None:
    """Which of CHAINS branches off earliest and points away from the others most."""
    along = rot.unit(joints.heads[hand] - joints.heads[elbow])
    if len(chains) == 1:
        return 0 if _way(joints, hand, chains[0]) @ along < ALONE else None
    ends = [_phalanges(joints, hand, chain) for chain in chains]
    starts = np.array([(joints.heads[c[0]] - joints.heads[hand]) @ along for c in ends])
    ways = np.array([_way(joints, hand, chain) for chain in chains])
    scores = [_difference(ways, i) + _difference_along(starts, i) for i in range(len(chains))]
    best = int(np.argmax(scores))
    return best if scores[best] > THUMB_SCORE else None


def _way(joints: Joints, hand: int, chain: list[int]) -> Floats:
    """Where CHAIN points: from its first joint to its last, for one bone from the hand."""
    first = chain[0] if len(chain) > 1 else hand
    return rot.unit(joints.heads[chain[-1]] - joints.heads[first])


def _difference(ways: Floats, i: int) -> float:
    """Radians from way I to the mean of the others."""
    mean = rot.unit(np.delete(ways, i, axis=0).mean(axis=0))
    return float(np.arccos(np.clip(mean @ ways[i], -1.0, 1.0)))


def _difference_along(starts: Floats, i: int) -> float:
    """How much earlier than the others' mean start I lies, as part of it."""
    mean = float(np.delete(starts, i).mean())
    return (mean - float(starts[i])) / max(abs(mean), rot.TINY)


def _in_a_row(joints: Joints, chains: list[list[int]]) -> list[list[int]]:
    """CHAINS in the order of their knuckles across the palm."""
    if len(chains) < 2:
        return chains
    knuckles = joints.heads[[chain[0] for chain in chains]]
    far = max(
        itertools.combinations(range(len(chains)), 2),
        key=lambda pair: np.linalg.norm(knuckles[pair[0]] - knuckles[pair[1]]),
    )
    across = (knuckles - knuckles[far[0]]) @ (knuckles[far[1]] - knuckles[far[0]])
    return [chains[i] for i in np.argsort(across)]


def _names(joints: Joints, row: list[list[int]]) -> tuple[str, ...]:
    """The fingers that ROW's chains are; of three, the widest gap tells which is missing."""
    if len(row) == 3:
        gaps = [joints.between(a[0], b[0]) for a, b in itertools.pairwise(row)]
        if gaps[0] > MISSING_GAP * gaps[1]:
            return ("index", "ring", "pinky")
    return ROWS.get(len(row), ("index", "middle", "ring", "pinky", "thumb"))[: len(row)]
