# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new motion must leave as it is: bones, frames, and the animator's keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..body import rotations as rot

if TYPE_CHECKING:
    from ..body.rotations import Floats

Flags = NDArray[np.bool_]
REACH: Final = 0.5  # seconds before and after a pin over which the motion is led through it


@dataclass(frozen=True)
class Protection:
    """Bones that keep their keys, frames that all bones keep, and what alone may change.

    masked: rig bones. locks: (first, last) frames, both kept. only_frames: (first, last), these
    two poses kept and everything outside. only_bones: the bones that may change at all.
    keep_keys: whether the motion passes through keys that the animator set.
    """

    masked: frozenset[str] = frozenset()
    locks: tuple[tuple[float, float], ...] = ()
    only_frames: tuple[float, float] | None = None
    only_bones: frozenset[str] | None = None
    keep_keys: bool = True

    def covers(self, bone: str) -> bool:
        """Whether all keys of BONE stay."""
        return bone in self.masked or (self.only_bones is not None and bone not in self.only_bones)

    def kept(self, frames: Floats) -> Flags:
        """Which of FRAMES (N,) keep the pose they have."""
        found = np.zeros(len(frames), bool)
        for first, last in self.locks:
            found |= (frames >= first) & (frames <= last)
        if self.only_frames is not None:
            first, last = self.only_frames
            found |= (frames <= first) | (frames >= last)
        return found


def edges(kept: Flags) -> Flags:
    """The first and last frame of each run of KEPT (N,) ones."""
    before = np.concatenate([[False], kept[:-1]])
    after = np.concatenate([kept[1:], [False]])
    return np.asarray(kept & ~(before & after))


def led_through(
    quaternions: Floats, frames: Floats, pins: Floats, poses: Floats, reach: float
) -> Floats:
    """QUATERNIONS (T, 4) of one bone on FRAMES (T,), led through POSES (P, 4) at PINS (P,).

    The turn that is missing at a pin is added there whole and, eased, ever less over REACH
    frames to either side, or up to the next pin where that is nearer. So every pin is met
    exactly, strokes keep their timing and their detail, and beyond the reach nothing changes.
    (A. Witkin, Z. Popović, "Motion Warping", SIGGRAPH 1995, with rotation vectors as
    displacements.) The network itself takes poses only at a window's start, on its own skeleton;
    a rig's keyed pose between two windows is met better where it was keyed.
    """
    result = quaternions.copy()
    at_pins = _between(quaternions, frames, pins)
    missing = rot.quaternion_vectors(multiplied(poses, conjugated(at_pins)))
    for i, pin in enumerate(pins):
        back = min(reach, pin - pins[i - 1]) if i else reach
        ahead = min(reach, pins[i + 1] - pin) if i + 1 < len(pins) else reach
        distance = np.where(frames < pin, (pin - frames) / back, (frames - pin) / ahead)
        weight = 1.0 - np.clip(distance, 0.0, 1.0)
        weight = weight**2 * (3.0 - 2.0 * weight)
        near = weight > 0.0
        turn = vector_quaternions(weight[near, None] * missing[i])
        result[near] = multiplied(turn, result[near])
    return result


def _between(quaternions: Floats, frames: Floats, times: Floats) -> Floats:
    """QUATERNIONS (T, 4) of FRAMES at TIMES (P,), straight between frames."""
    columns = [np.interp(times, frames, column) for column in quaternions.T]
    return rot.unit(np.stack(columns, axis=-1))


def multiplied(a: Floats, b: Floats) -> Floats:
    """Hamilton products (..., 4) wxyz: first B turns, then A."""
    (aw, av), (bw, bv) = ((q[..., :1], q[..., 1:]) for q in (a, b))
    scalar = aw * bw - rot.dot(av, bv)[..., None]
    return np.concatenate([scalar, aw * bv + bw * av + np.cross(av, bv)], axis=-1)


def conjugated(quaternions: Floats) -> Floats:
    """The turns back."""
    return np.asarray(quaternions * np.array([1.0, -1.0, -1.0, -1.0]))


def vector_quaternions(vectors: Floats) -> Floats:
    """Unit quaternions (..., 4) of rotation VECTORS (..., 3)."""
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.concatenate([np.cos(angle / 2.0), np.sinc(angle / (2.0 * np.pi)) / 2.0 * vectors], -1)
