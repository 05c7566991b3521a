# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of a gesture: few numbers for what its apex looks like, whitened.

Described are both arms, where both palms point and face, twice five finger joints a hand, and
how fast the stroke was; the principal components of that over the whole library, scaled to unit
variance, are the code. Two numbers more tell a performance's size and tempo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import HANDS, INDEX, PINKY
from ha2g_engine.body.skeleton import unit

Array = NDArray[np.floating[Any]]

NUMBERS: Final = 14  # of the code proper
ARMS: Final = (3, 4, 20, 21)
TYPICAL_SPEED: Final = 2.0  # m/s that count as 1
STEP: Final = 0.1  # of size and tempo that count as 1


def description(pose: Array, speed: float) -> NDArray[np.float64]:
    """What a pose (42, 3) looks like, (45,); speed: m/s at the stroke's peak."""
    parts = [np.ravel(pose[list(ARMS)])]
    for hand in HANDS:
        bones = np.asarray(pose[list(hand)], np.float32)
        parts += [unit(bones[INDEX] + bones[PINKY]), unit(np.cross(bones[INDEX], bones[PINKY]))]
        parts += [(bones[0::3] * bones[1::3]).sum(-1), (bones[1::3] * bones[2::3]).sum(-1)]
    return np.concatenate([*parts, [speed / TYPICAL_SPEED]]).astype(np.float64)


@dataclass(frozen=True)
class Coder:
    """Description → code. mean: (45,); axes: (14, 45) rows; scale: (14,) standard deviations."""

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def fitted(cls, descriptions: Array) -> Coder:
        """Principal components of (N, 45), each turned so that its largest weight is positive."""
        mean = descriptions.mean(axis=0)
        _, spread, axes = np.linalg.svd(descriptions - mean, full_matrices=False)
        axes = axes[:NUMBERS]
        largest = axes[np.arange(NUMBERS), np.abs(axes).argmax(axis=1)]
        axes = axes * np.sign(largest)[:, None]
        return cls(mean, axes, spread[:NUMBERS] / np.sqrt(len(descriptions)))

    def code(self, pose: Array, speed: float) -> NDArray[np.float32]:
        """(14,) of a pose (42, 3)."""
        return np.asarray(self.of(description(pose, speed)[None])[0])

    def of(self, descriptions: Array) -> NDArray[np.float32]:
        """(N, 45) → (N, 14)."""
        return np.asarray((descriptions - self.mean) @ self.axes.T / self.scale, np.float32)

    def explained(self, descriptions: Array) -> float:
        """Share of the variance of (N, 45) that the code keeps."""
        return float((self.scale**2).sum() / descriptions.var(axis=0).sum())


def performed(code: Array, size: float, tempo: float) -> NDArray[np.float32]:
    """A code with size and tempo (1 as recorded): (16,)."""
    return np.asarray([*code, (size - 1) / STEP, (tempo - 1) / STEP], np.float32)
