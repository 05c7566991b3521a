# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses that can be blended: hands turn as wholes, the other bones each on their own.

Blending 42 directions one by one would crumple a hand that turns over; so a hand is one palm
and finger directions inside that palm. Arms that hang and arms that point up are nearly
opposite, where the shortest way is undefined and jumps: such ways lead past the front.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .skeleton import unit

Array = NDArray[np.floating[Any]]

HANDS: Final = (tuple(range(5, 20)), tuple(range(22, 37)))  # left, right: wrist to last joint
ARMS: Final = ((3, 4, HANDS[0]), (20, 21, HANDS[1]))  # left, right: upper arm, forearm, hand
INDEX, PINKY = 0, 6  # places of wrist→index and wrist→pinky in a hand
FACE: Final = (37, 38, 39, 40, 41)
TRUNK: Final = (0, 1, 2)
FORWARD: Final = np.array([0.0, 0.3, -1.0]) / np.hypot(1.0, 0.3)
PALM_DOWN: Final = np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]])  # index × pinky, left and right
PALM_WAYS: Final = np.stack([np.stack((FORWARD, down)) for down in PALM_DOWN])[:, None]


@dataclass(frozen=True)
class Poses:
    """T poses taken apart.

    directions: (T, 42, 3) unit; those of the hands are not used. palms: (2, T, 2, 3) where a
    palm points and its normal, index × pinky. fingers: (2, T, 15, 3) unit, in its frame.
    """

    directions: Array
    palms: Array
    fingers: Array

    @classmethod
    def of(cls, directions: Array) -> Poses:
        """Take (T, 42, 3) unit directions apart."""
        palms, fingers = zip(*(_taken_apart(directions[:, hand]) for hand in HANDS), strict=True)
        return cls(directions, np.stack(palms), np.stack(fingers))

    def __len__(self) -> int:
        return len(self.directions)

    def at(self, times: Array) -> Poses:
        """The poses at fractional frames (N,), held beyond the ends."""
        clipped = np.clip(times, 0, len(self) - 1)
        low = np.minimum(clipped.astype(int), max(len(self) - 2, 0))
        high = np.minimum(low + 1, len(self) - 1)
        return blend(self.take(low), self.take(high), clipped - low)

    def take(self, frames: NDArray[np.int64]) -> Poses:
        """Whole frames by index."""
        return Poses(self.directions[frames], self.palms[:, frames], self.fingers[:, frames])

    def put(self, start: int, part: Poses) -> Poses:
        """These poses with ``part`` in place of the frames from ``start`` on."""
        where = np.s_[start : start + len(part)]
        directions, palms, fingers = self.directions.copy(), self.palms.copy(), self.fingers.copy()
        directions[where], palms[:, where], fingers[:, where] = (
            part.directions,
            part.palms,
            part.fingers,
        )
        return replace(self, directions=directions, palms=palms, fingers=fingers)

    def together(self) -> NDArray[np.float32]:
        """(T, 42, 3) unit directions."""
        directions = self.directions.copy()
        for side, hand in enumerate(HANDS):
            matrices = _frames(self.palms[side])
            directions[:, hand] = np.einsum("tij,tbj->tbi", matrices, self.fingers[side])
        return unit(directions.astype(np.float32))


def _taken_apart(hand: Array) -> tuple[Array, Array]:
    """(T, 15, 3) directions → palm (T, 2, 3) and fingers in its frame (T, 15, 3)."""
    forward = unit(hand[:, INDEX] + hand[:, PINKY])
    normal = unit(np.cross(hand[:, INDEX], hand[:, PINKY]))
    palm = np.stack((forward, normal), axis=1)
    return palm, np.einsum("tji,tbj->tbi", _frames(palm), hand)


def _frames(palm: Array) -> Array:
    """Palms (T, 2, 3) → rotation matrices (T, 3, 3), columns forward, normal, across."""
    forward = unit(palm[:, 0])
    across = unit(np.cross(forward, palm[:, 1]))
    return np.stack((forward, np.cross(across, forward), across), axis=-1)


def blend(first: Poses, second: Poses, weight: Array) -> Poses:
    """From ``first`` (weight 0) to ``second`` (1), a weight a frame (T,)."""
    return Poses(
        slerp_past(first.directions, second.directions, weight[:, None], FORWARD),
        slerp_past(first.palms, second.palms, weight[None, :, None], PALM_WAYS),
        slerp(first.fingers, second.fingers, weight[None, :, None]),
    )


def slerp_past(a: Array, b: Array, weight: Array, way: Array) -> Array:
    """Unit vectors between ``a`` and ``b``; the more opposite they are, the more past ``way``.

    A spherical Bézier curve (Shoemake 1985), continuous in a and b even where b = -a.
    """
    opposite = ((1 - (a * b).sum(-1, keepdims=True)) / 2) ** 2
    middle = a + b + opposite * way
    middle = middle / np.maximum(np.linalg.norm(middle, axis=-1, keepdims=True), 1e-9)
    return slerp(slerp(a, middle, weight), slerp(middle, b, weight), weight)


def slerp(a: Array, b: Array, weight: Array) -> Array:
    """Unit vectors (…, 3) between ``a`` and ``b``; weights above 1 go beyond ``b``."""
    cosine = np.clip((a * b).sum(-1), -1 + 1e-9, 1 - 1e-9)
    angle = np.arccos(cosine)
    sine = np.maximum(np.sin(angle), 1e-6)
    left, right = np.sin((1 - weight) * angle) / sine, np.sin(weight * angle) / sine
    near = angle < 1e-4
    left, right = np.where(near, 1 - weight, left), np.where(near, weight, right)
    mixed = left[..., None] * a + right[..., None] * b
    return np.asarray(mixed / np.maximum(np.linalg.norm(mixed, axis=-1, keepdims=True), 1e-9))
