# SPDX-License-Identifier: GPL-3.0-or-later
"""The landmarks of a film's frames → one motion: a still camera, gaps closed, tremor taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import series
from ha2g_engine.body.skeleton import EXPRESSIVE, unit

from .landmarks import Landmarks
from .posing import JOINTS, Posed, camera, posed

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

TREMOR: Final = 0.05  # s, of the Gaussian that takes out how the finder trembles
GAP: Final = 0.5  # s that a bone may be unseen and still be led through


@dataclass(frozen=True)
class Filmed:
    """directions: (T, 42, 3) unit. joints: (T, 43) which were seen, or led through a short gap.

    people: (T,) how many there were in each frame. fps: frames a second.
    """

    directions: Array
    joints: Mask
    people: NDArray[np.int64]
    fps: float


def filmed(found: Sequence[Landmarks | None], fps: float) -> Filmed:
    """As a motion, of as many frames. The camera is taken to stand still.

    Frames without anybody hold what was there before, or comes first, and see no joint.
    """
    here = [one for one in found if one is not None]
    people = np.array([one.people if one else 0 for one in found], np.int64)
    level = _still(here)
    poses = [None if one is None else posed(one, level) for one in found]
    joints = np.array([_mask(one) for one in poses]).reshape(len(found), len(JOINTS))
    seen = np.array([_bones(one) for one in poses]).reshape(len(found), len(EXPRESSIVE.bones))
    directions = _led([one.directions if one else None for one in poses], seen)
    if len(found):
        directions = series.gaussian(directions, TREMOR * fps, "nearest").astype(np.float32)
    return Filmed(unit(directions), _closed(joints, GAP * fps), people, fps)


def _still(found: Sequence[Landmarks]) -> NDArray[np.floating[Any]]:
    """(3, 3) of the camera: the middle of what the single pictures say, as a rotation."""
    if not found:
        return np.eye(3)
    u, _, vt = np.linalg.svd(np.median([camera(one) for one in found], axis=0))
    return np.asarray(u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt)


def _mask(pose: Posed | None) -> Mask:
    return np.zeros(len(JOINTS), bool) if pose is None else pose.joints


def _bones(pose: Posed | None) -> Mask:
    return np.zeros(len(EXPRESSIVE.bones), bool) if pose is None else pose.bones


def _led(directions: Sequence[Array | None], seen: Mask) -> Array:
    """(T, 42, 3) each bone led in a line from where it was seen to where it is seen again.

    One that was never seen is as the pictures' rest has it.
    """
    known = [one for one in directions if one is not None]
    if not known:
        return np.zeros((len(directions), len(EXPRESSIVE.bones), 3), np.float32)
    present = np.array([one is not None for one in directions])
    result = np.zeros((len(directions), len(EXPRESSIVE.bones), 3), np.float32)
    result[present] = known
    times = np.arange(len(directions))
    for bone in range(result.shape[1]):
        at = np.flatnonzero(seen[:, bone] if seen[:, bone].any() else present)
        for axis in range(3):
            result[:, bone, axis] = np.interp(times, at, result[at, bone, axis])
    return unit(result)


def _closed(seen: Mask, longest: float) -> Mask:
    """(T, 43) with gaps of at most LONGEST frames counted as seen."""
    closed = seen.copy()
    for joint in range(seen.shape[1]):
        at = np.flatnonzero(seen[:, joint])
        for before, after in pairwise(at):
            if after - before - 1 <= longest:
                closed[before:after, joint] = True
    return closed
