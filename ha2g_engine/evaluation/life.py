# SPDX-License-Identifier: GPL-3.0-or-later
"""How alive and how varied motion with fingers is.

Life: mean change of bone angles, as a share of that of TED-Expressive's speakers (the table's own
statistics). Variety: how far from each other the poses are in which strokes of a take arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from ha2g_engine.body.poses import HANDS
from ha2g_engine.body.skeleton import FPS, Skeleton

from .clips import Motion
from .scores import Scores

Array = NDArray[np.floating[Any]]

PARTS: Final = {  # pairs of bones whose angle moves as a part of the body does
    "torso": ((0, 1), (0, 2)),
    "head": ((0, 37),),
    "shoulder": ((1, 3), (2, 20)),
    "elbow": ((3, 4), (20, 21)),
}
CHAINS: Final = ((1, 3, 4), (2, 20, 21))  # neck to wrist, left and right
LENGTHS: Final = {1: 0.17, 2: 0.17, 3: 0.27, 4: 0.25, 20: 0.27, 21: 0.25}  # m, a person's
APEX: Final = 5  # frames after a peak of wrist speed, where the stroke has arrived
STILL: Final = 0.2  # m/s, an arm that is never quicker makes no strokes
STROKE: Final = 0.3  # m/s, least speed of a stroke, or …
SHARE: Final = 1 / 3  # … this of the take's greatest
APART: Final = 6  # frames between two strokes
FEWEST: Final = 4  # strokes of an arm whose variety can be told


def measure(takes: Sequence[Motion], table: Skeleton) -> Scores:
    """Scores of takes (T, 42, 3), each counting by its length; variety by its strokes."""
    lengths = [len(take) for take in takes]
    scores = {
        f"{part} of TED's": float(
            np.average([_speed(take, pairs) for take in takes], weights=lengths)
            / _published(pairs, table)
        )
        for part, pairs in PARTS.items()
    }
    arms = [arm for take in takes for arm in _variety(np.asarray(take, np.float64))]
    if arms:
        strokes = [count for _, _, count in arms]
        scores["apex wrists apart m"] = float(np.average([m for m, _, _ in arms], weights=strokes))
        scores["apex curl apart °"] = float(np.average([c for _, c, _ in arms], weights=strokes))
    return scores


def _speed(take: Motion, pairs: Sequence[tuple[int, int]]) -> float:
    """Degrees a second."""
    angles = [_angle(take[:, a], take[:, b]) for a, b in pairs]
    return float(np.mean([np.abs(np.diff(angle)).mean() for angle in angles]) * FPS)


def _published(pairs: Sequence[tuple[int, int]], table: Skeleton) -> float:
    places = [table.angle_pairs.tolist().index(list(pair)) for pair in pairs]
    return float(table.angle_speed[places].mean() * 180 * FPS)


def _variety(take: Array) -> list[tuple[float, float, int]]:
    """Of each arm that strokes: m between its apexes, ° between their finger curls, how many."""
    found = []
    for chain, hand in zip(CHAINS, HANDS, strict=True):
        wrist = np.sum([LENGTHS[bone] * take[:, bone] for bone in chain], axis=0)
        speed = np.linalg.norm(np.diff(wrist, axis=0), axis=1) * FPS
        if not len(speed) or speed.max() < STILL:
            continue
        peaks, _ = find_peaks(speed, height=max(STROKE, SHARE * speed.max()), distance=APART)
        if len(peaks) >= FEWEST:
            at = np.minimum(peaks + APEX, len(take) - 1)
            pairs = np.triu_indices(len(at), 1)
            gaps = np.linalg.norm(wrist[at][:, None] - wrist[at], axis=-1)[pairs]
            curl = _curl(take[at][:, list(hand)])
            bends = np.abs(curl[:, None] - curl).mean(axis=-1)[pairs]
            found.append((float(gaps.mean()), float(bends.mean()), len(at)))
    return found


def _curl(hands: Array) -> Array:
    """(N, 15, 3) → (N, 10) degrees at the two joints of each finger."""
    joints = [(knuckle + i, knuckle + i + 1) for knuckle in range(0, 15, 3) for i in (0, 1)]
    return np.stack([_angle(hands[:, a], hands[:, b]) for a, b in joints], axis=1)


def _angle(a: Array, b: Array) -> Array:
    """Degrees between unit vectors (…, 3)."""
    return np.asarray(np.degrees(np.arccos(np.clip((a * b).sum(-1), -1, 1))))
