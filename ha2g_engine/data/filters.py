# SPDX-License-Identifier: GPL-3.0-or-later
"""Which windows of a recording are worth learning from: the filters of the paper's data.

Thresholds and their order: Yoon et al. 2020 (pose, spine, motion), which HA2G keeps. They are
in the metres of the data set, where a person is smaller than life; ``proportions`` gives that
size to directions from elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS, TABLE, Skeleton
from ha2g_engine.body.windows import PUBLISHED, Windows
from ha2g_engine.speech.transcript import Word

Array = NDArray[np.float64]
Reason = Literal["pose", "spine", "static", "words"]

TRAIN_STRIDE: Final = 10  # poses from one training window to the next
STATIC_VARIANCE: Final = 0.0014  # m², a wrist's variance summed over x, y, z
POSE_DIFFERENCE: Final = 0.02  # m, mean absolute distance from the mean pose
SPINE_DEGREES: Final = 30.0  # at any frame
SPINE_MEAN_DEGREES: Final = 20.0
MIN_WORDS: Final = 2


def mean_pose(skeleton: Skeleton) -> Array:
    """(joints, 3) metres, the table's mean pose."""
    return _mean_pose(skeleton.name)


@cache
def _mean_pose(name: str) -> Array:
    entry = json.loads(TABLE.read_text(encoding="utf-8"))[name]
    return np.asarray(entry["mean_pose_m"], np.float64)


def proportions(skeleton: Skeleton) -> Array:
    """(bones,) metres, the length of each bone in the size of the data set.

    A bone of constant length l has the mean vector l × mean direction: both are in the table.
    """
    pose, index = mean_pose(skeleton), {name: i for i, name in enumerate(skeleton.joints)}
    bones = np.array([pose[index[child]] - pose[index[parent]] for parent, child in skeleton.bones])
    shrunk = np.linalg.norm(skeleton.mean_direction, axis=1)
    return np.asarray(np.linalg.norm(bones, axis=1) / shrunk, np.float64)


def positions(directions: NDArray[np.floating[Any]], skeleton: Skeleton) -> Array:
    """Directions (T, bones, 3) → joints (T, joints, 3) in the data set's place and size."""
    index = {name: i for i, name in enumerate(skeleton.joints)}
    points = np.tile(mean_pose(skeleton), (len(directions), 1, 1))
    lengths = proportions(skeleton)
    for bone, (parent, child) in enumerate(skeleton.bones):
        points[:, index[child]] = points[:, index[parent]] + lengths[bone] * directions[:, bone]
    return points


def rejection(points: Array, skeleton: Skeleton, words: int | None) -> Reason | None:
    """Why a window is left out, or None.

    points: (34, joints, 3) metres. words: spoken in the window, None without a transcript.
    """
    if words is not None and words < MIN_WORDS:
        return "words"
    if np.abs(points - mean_pose(skeleton)).mean() < POSE_DIFFERENCE:
        return "pose"
    tilt = _spine_tilt(points, skeleton)
    if tilt.max() > SPINE_DEGREES or tilt.mean() > SPINE_MEAN_DEGREES:
        return "spine"
    return "static" if _static(points, skeleton) else None


def _spine_tilt(points: Array, skeleton: Skeleton) -> Array:
    """(T,) degrees between spine → neck and upwards, -y."""
    spine, neck = (skeleton.joints.index(name) for name in ("spine", "neck"))
    way = points[:, neck] - points[:, spine]
    cosine = -way[:, 1] / np.maximum(np.linalg.norm(way, axis=1), 1e-9)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _static(points: Array, skeleton: Skeleton) -> bool:
    return bool((points[:, skeleton.wrists].var(axis=0).sum(axis=-1) < STATIC_VARIANCE).all())


def words_between(words: Sequence[Word], start: float, end: float) -> int:
    """How many words sound between two moments, seconds."""
    return sum(word.start < end and word.end > start for word in words)


def window_starts(frames: int, cut: Windows = PUBLISHED) -> range:
    """First frames of all whole windows, TRAIN_STRIDE apart."""
    return range(0, frames - cut.frames + 1, TRAIN_STRIDE)


def judged(
    points: Array, skeleton: Skeleton, words: Sequence[Word] | None, cut: Windows = PUBLISHED
) -> list[tuple[int, Reason | None]]:
    """Each window's first frame and why it is left out, or None.

    points: (T, joints, 3). words: of the whole recording, seconds from its start.
    """
    verdicts = []
    for start in window_starts(len(points), cut):
        end = start + cut.frames
        spoken = None if words is None else words_between(words, start / FPS, end / FPS)
        verdicts.append((start, rejection(points[start:end], skeleton, spoken)))
    return verdicts


def runs(starts: Sequence[int], cut: Windows = PUBLISHED) -> list[tuple[int, int]]:
    """Accepted windows → stretches [first, end) of frames whose windows are exactly those.

    Windows that follow each other at TRAIN_STRIDE make one stretch; a gap begins another.
    """
    stretches: list[tuple[int, int]] = []
    for start in starts:
        end = start + cut.frames
        if stretches and start == stretches[-1][1] - cut.frames + TRAIN_STRIDE:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    return stretches
