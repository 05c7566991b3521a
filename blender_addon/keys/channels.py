# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations of a bone <-> the numbers that its rotation mode reads, without jumps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Euler, Quaternion

from ..body import rotations as rot
from .protection import multiplied

if TYPE_CHECKING:
    from bpy.types import PoseBone
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SMALLEST_SINE: Final = 1e-5  # below it (0.001 degrees) a rotation has no axis
PROPERTIES: Final = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}


def rotation_property(mode: str) -> str:
    """The property of a pose bone that rotation MODE reads."""
    return PROPERTIES.get(mode, "rotation_euler")


def rotation_path(bone: PoseBone) -> str:
    """The data path of BONE's rotation, from its armature object."""
    name = bpy.utils.escape_identifier(bone.name)
    return f'pose.bones["{name}"].{rotation_property(bone.rotation_mode)}'


def rotation_values(mode: str, quaternions: Floats, before: Floats | None = None) -> Floats:
    """What MODE's property is on each frame, without jumps.

    quaternions: (frames, 4) wxyz, unit. before: the value on the frame before the first one.
    Returns (frames, 3 or 4): Euler angles in radians, or wxyz, or angle (radians) and axis.
    """
    if mode == "QUATERNION":
        return same_hemisphere(quaternions, before)
    if mode == "AXIS_ANGLE":
        return axis_angles(quaternions)
    return eulers(quaternions, mode, before)


def rotation_quaternions(mode: str, values: Floats) -> Floats:
    """Unit quaternions (frames, 4) of what MODE's property is on each frame."""
    if mode == "QUATERNION":
        length = np.linalg.norm(values, axis=1, keepdims=True)
        still = np.tile([1.0, 0.0, 0.0, 0.0], (len(values), 1))
        return np.where(length > SMALLEST_SINE, values / np.maximum(length, SMALLEST_SINE), still)
    if mode == "AXIS_ANGLE":
        turns: list[Any] = [Quaternion(row[1:], row[0]) for row in values]
    else:
        order: Any = mode
        turns = [Euler(row.tolist(), order).to_quaternion() for row in values]
    return np.array([tuple(turn) for turn in turns], np.float64).reshape(-1, 4)


def quaternions_of(mode: str, values: Floats) -> Floats:
    """`rotation_quaternions`, of many frames at once."""
    if mode == "QUATERNION":
        return rotation_quaternions(mode, values)
    if mode == "AXIS_ANGLE":
        halves = values[:, :1] / 2.0
        return np.concatenate([np.cos(halves), np.sin(halves) * rot.unit(values[:, 1:])], axis=1)
    whole = np.tile([1.0, 0.0, 0.0, 0.0], (len(values), 1))
    for axis in ("XYZ".index(letter) for letter in mode):  # the first one turns first
        one = np.zeros((len(values), 4))
        one[:, 0], one[:, 1 + axis] = np.cos(values[:, axis] / 2.0), np.sin(values[:, axis] / 2.0)
        whole = multiplied(one, whole)
    return whole


def same_hemisphere(quaternions: Floats, before: Floats | None = None) -> Floats:
    """Flip signs so that neighbours along the frames, and BEFORE, never point apart."""
    steps = np.sum(quaternions[1:] * quaternions[:-1], axis=-1)
    first = 1.0 if before is None else float(quaternions[0] @ before)
    signs = np.cumprod(np.where(np.concatenate([[first], steps]) < 0.0, -1.0, 1.0))
    return np.asarray(quaternions * signs[:, None])


def eulers(quaternions: Floats, order: Any, before: Floats | None = None) -> Floats:
    """Euler angles (frames, 3) in radians, each the one nearest to the frame before."""
    angles: list[Any] = [] if before is None else [Euler(before.tolist(), order)]
    for quaternion in quaternions:
        previous = angles[-1:]
        angles.append(Quaternion(quaternion).to_euler(order, *previous))
    found = angles[len(angles) - len(quaternions) :]
    return np.array([tuple(euler) for euler in found], dtype=np.float64).reshape(-1, 3)


def axis_angles(quaternions: Floats) -> Floats:
    """Angle and axis (frames, 4), the axis kept on one side and the angle unwound.

    A frame without rotation has no axis: it takes that of its neighbours.
    """
    unit = same_hemisphere(quaternions)
    sines = np.linalg.norm(unit[:, 1:], axis=1)
    axes = _filled(unit[:, 1:], sines)
    steps = np.sum(axes[1:] * axes[:-1], axis=1)
    signs = np.concatenate([[1.0], np.cumprod(np.where(steps < 0.0, -1.0, 1.0))])[: len(axes)]
    angles = np.unwrap(2.0 * np.arctan2(signs * sines, unit[:, 0]))
    return np.column_stack([angles, axes * signs[:, None]])


def _filled(vectors: Floats, lengths: Floats) -> Floats:
    """VECTORS (frames, 3) at unit length; where too short, the last good one, or else y."""
    good = lengths > SMALLEST_SINE
    if not good.any():
        return np.tile([0.0, 1.0, 0.0], (len(vectors), 1))
    last_good = np.maximum.accumulate(np.where(good, np.arange(len(good)), -1))
    source = np.where(last_good < 0, np.argmax(good), last_good)
    return np.asarray(vectors[source] / lengths[source, None])
