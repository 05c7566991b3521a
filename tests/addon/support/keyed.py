# SPDX-License-Identifier: GPL-3.0-or-later
"""What an armature shows over frames, and the keys of a channel."""

import json

import bpy
import numpy as np

from blender_addon import compat
from blender_addon.keys import actions, writing

FRAMES = np.arange(1, 121)


def write_keys(armature, track, *, name="t", start_frame=1, fps=24.0):
    """TRACK as an action of ARMATURE's that is shown and is no take: keys and nothing else."""
    action = compat.new_action(name, armature)
    for column in range(len(track.bones)):
        keying = writing.Keying(start_frame, fps)
        writing.write_bone(armature, action, track, column, keying)
    actions.keep_current_action(armature)
    compat.assign_action(armature, action)
    return action


def keys_of(addon, action, bone):
    """{(path, index): keys as tuples of bytes} of BONE, without handles: Blender sets them."""
    found = {}
    for curve in addon.compat.fcurves(action):
        if addon.keys.actions.keyed_bone(curve) == bone:
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


def settings_of(action):
    """The record of a take as it stands in the file."""
    return json.loads(action["gestures_take"])


def give_settings(action, settings):
    action["gestures_take"] = json.dumps(settings)


def pose_track(addon, armature, directions, fps, request):
    """DIRECTIONS (T, 42, 3) as rotations of ARMATURE's bones, as REQUEST says."""
    source = addon.takes.shown.source_of(armature, request.start_frame)
    rate = addon.keys.actions.scene_fps(bpy.context.scene) / fps
    frames = request.start_frame + rate * np.arange(len(directions))
    amplitude = addon.keys.intensity.values(armature, source, frames)
    result = addon.engine.client.Result(0, {"fps": fps}, {"directions": directions})
    return addon.steps.exhausted(
        addon.takes.posing.pose_steps(armature, result, request, amplitude)
    )


def rewrite(addon, armature, action, track):
    """Write TRACK over the motion of the take ACTION, all steps at once."""
    addon.steps.exhausted(addon.takes.rewriting.rewriting(lambda: (armature, action), track))
