# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain of bones and tracks that move it."""

from types import SimpleNamespace

import numpy as np
import pytest

FRAMES = 120
MODES = ("QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


@pytest.fixture
def chain(addon):
    """An armature with one bone per rotation mode; one bone has a quote in its name."""
    import bpy

    bpy.ops.object.armature_add()
    armature = bpy.context.object
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    for number in range(1, len(MODES)):
        bone = bones.new(f'b"{number}')
        bone.head, bone.tail = (number, 0, 0), (number, 0.3, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone, mode in zip(armature.pose.bones, MODES, strict=True):
        bone.rotation_mode = mode
    return armature


def track_of(armature, quaternions, fps=24.0):
    names = tuple(bone.name for bone in armature.pose.bones)
    return SimpleNamespace(bones=names, quaternions=quaternions, fps=fps)


def wandering(rng, step=0.08):
    """(FRAMES, bones, 4) rotations that walk far, starting from none."""
    vectors = np.cumsum(rng.normal(size=(FRAMES, len(MODES), 3)) * step, axis=0)
    vectors[0] = 0.0
    angles = np.linalg.norm(vectors, axis=-1, keepdims=True)
    axes = vectors / np.maximum(angles, 1e-9)
    return np.concatenate([np.cos(angles / 2), np.sin(angles / 2) * axes], axis=-1)
