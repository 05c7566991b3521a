# SPDX-License-Identifier: GPL-3.0-or-later
"""What an armature shows over frames, and the keys of a channel."""

import bpy
import numpy as np

FRAMES = np.arange(1, 121)


def keys_of(addon, action, bone):
    """{(path, index): keys as tuples of bytes} of BONE, without handles: Blender sets them."""
    found = {}
    for curve in addon.compat.fcurves(action):
        if addon.keys.writing.keyed_bone(curve) == bone:
            columns = dict(addon.keys.arrays.read(curve).columns)
            del columns["handle_left"], columns["handle_right"]
            rows = [
                tuple(c[i].tobytes() for c in columns.values())
                for i in range(len(curve.keyframe_points))
            ]
            found[curve.data_path, curve.array_index] = rows
    return found


def poses(armature, frames=FRAMES):
    """(frames, bones, 4) rotations as shown, signs as they come."""
    shown = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        shown.append([tuple(b.matrix_basis.to_quaternion()) for b in armature.pose.bones])
    return np.array(shown)


def degrees(a, b):
    near = np.where(np.sum(a * b, axis=-1, keepdims=True) < 0, -b, b)
    return np.degrees(4 * np.arcsin(np.minimum(np.linalg.norm(a - near, axis=-1) / 2, 1.0)))
