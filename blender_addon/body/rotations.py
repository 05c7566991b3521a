# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations over many frames at once: matrices (..., 3, 3), quaternions (..., 4) wxyz.

Angles are radians, rotation vectors (..., 3) are axis times angle.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

TINY = 1e-12


def unit(vectors: Floats) -> Floats:
    """VECTORS (..., n) with length 1; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, TINY))


def dot(a: Floats, b: Floats) -> Floats:
    """Inner products along the last axis."""
    return np.asarray(np.sum(a * b, axis=-1))


def across(vectors: Floats, axis: Floats) -> Floats:
    """The part of VECTORS (..., 3) perpendicular to the unit AXIS (..., 3)."""
    return np.asarray(vectors - dot(vectors, axis)[..., None] * axis)


def apply(matrices: Floats, vectors: Floats) -> Floats:
    """MATRICES (..., 3, 3) times VECTORS (..., 3)."""
    return np.asarray(np.einsum("...ij,...j->...i", matrices, vectors))


def transposed(matrices: Floats) -> Floats:
    """The inverse of rotation MATRICES (..., 3, 3)."""
    return np.asarray(np.swapaxes(matrices, -1, -2))


def frame_xz(x: Floats, z: Floats) -> Floats:
    """Right-handed frames (..., 3, 3) whose first column is X and whose third is nearest Z."""
    first = unit(x)
    third = unit(across(z, first))
    return np.asarray(np.stack([first, np.cross(third, first), third], axis=-1))


def about_x(angles: Floats) -> Floats:
    """Rotations (..., 3, 3) by ANGLES (...) about the first axis."""
    return _planar(angles, 1, 2)


def about_y(angles: Floats) -> Floats:
    """Rotations (..., 3, 3) by ANGLES (...) about the second axis."""
    return _planar(angles, 2, 0)


def about_z(angles: Floats) -> Floats:
    """Rotations (..., 3, 3) by ANGLES (...) about the third axis."""
    return _planar(angles, 0, 1)


def _planar(angles: Floats, i: int, j: int) -> Floats:
    matrices = np.zeros((*np.shape(angles), 3, 3))
    matrices[..., range(3), range(3)] = 1.0
    matrices[..., i, i] = matrices[..., j, j] = np.cos(angles)
    matrices[..., j, i] = np.sin(angles)
    matrices[..., i, j] = -matrices[..., j, i]
    return matrices


def between(a: Floats, b: Floats) -> Floats:
    """The shortest rotations (..., 3, 3) that carry unit A to unit B (both (..., 3)).

    Opposite vectors turn half around some axis perpendicular to A.
    """
    a, b = np.broadcast_arrays(a, b)
    cosine = dot(a, b)
    middle = unit(a + b)
    spare = np.eye(3)[np.argmin(np.abs(a), axis=-1)]
    middle = np.where((cosine < -1.0 + TINY)[..., None], unit(across(spare, a)), middle)
    # two reflections: first swaps a with the mid-plane, then the mid-plane with b
    return _half_turn(middle) @ _half_turn(a)


def _half_turn(axis: Floats) -> Floats:
    return np.asarray(2.0 * axis[..., :, None] * axis[..., None, :] - np.eye(3))


def to_quaternions(matrices: Floats) -> Floats:
    """Unit quaternions (..., 4) wxyz of rotation MATRICES (..., 3, 3).

    The largest of the four components is taken first, which keeps full accuracy at every
    angle (S. W. Shepperd, "Quaternion from rotation matrix", J. Guidance and Control, 1978).
    """
    m = matrices
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    outer = np.empty((*m.shape[:-2], 4, 4))  # 4 q qᵀ
    outer[..., 0, 0] = 1.0 + trace
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        outer[..., i + 1, i + 1] = 1.0 + 2.0 * m[..., i, i] - trace
        outer[..., 0, i + 1] = outer[..., i + 1, 0] = m[..., k, j] - m[..., j, k]
        outer[..., j + 1, k + 1] = outer[..., k + 1, j + 1] = m[..., k, j] + m[..., j, k]
    largest = np.argmax(np.einsum("...ii->...i", outer), axis=-1)
    return unit(np.take_along_axis(outer, largest[..., None, None], axis=-2)[..., 0, :])


def to_vectors(matrices: Floats) -> Floats:
    """Rotation vectors (..., 3), at most half a turn long, of MATRICES (..., 3, 3)."""
    return quaternion_vectors(to_quaternions(matrices))


def quaternion_vectors(quaternions: Floats) -> Floats:
    """Rotation vectors (..., 3), at most half a turn long, of unit QUATERNIONS (..., 4)."""
    q = np.where(quaternions[..., :1] < 0.0, -quaternions, quaternions)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    scale = np.where(sine > 1e-9, angle / np.maximum(sine, TINY), 2.0)
    return np.asarray(q[..., 1:] * scale)


def from_vectors(vectors: Floats) -> Floats:
    """Rotations (..., 3, 3) of rotation VECTORS (..., 3) (Rodrigues' formula)."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    k = _skew(vectors)
    near = angle < 1e-6
    safe = np.where(near, 1.0, angle)
    a = np.where(near, 1.0, np.sin(safe) / safe)
    b = np.where(near, 0.5, (1.0 - np.cos(safe)) / safe**2)
    return np.asarray(np.eye(3) + a * k + b * (k @ k))


def _skew(v: Floats) -> Floats:
    k = np.zeros((*v.shape[:-1], 3, 3))
    k[..., 0, 1], k[..., 0, 2], k[..., 1, 2] = -v[..., 2], v[..., 1], -v[..., 0]
    return k - transposed(k)


def twist_and_swing(matrices: Floats) -> tuple[Floats, Floats]:
    """Split R = about_x(twist) @ swing: twist (...) in (-π, π], swing (..., 3, 3).

    The swing turns about an axis perpendicular to x (its quaternion has no x part).
    """
    q = to_quaternions(matrices)
    twist = 2.0 * np.arctan2(q[..., 1], q[..., 0])
    twist = np.asarray((twist + np.pi) % (2.0 * np.pi) - np.pi)
    return twist, about_x(-twist) @ matrices


def continuous(quaternions: Floats) -> Floats:
    """QUATERNIONS (T, ..., 4) with signs such that neighbours in time point the same way."""
    steps = dot(quaternions[1:], quaternions[:-1])
    signs = np.ones(quaternions.shape[:-1])
    signs[0] = np.where(quaternions[0, ..., 0] < 0.0, -1.0, 1.0)
    signs[1:] = signs[0] * np.cumprod(np.where(steps < 0.0, -1.0, 1.0), axis=0)
    return np.asarray(quaternions * signs[..., None])
