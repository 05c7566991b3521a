# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion that leads a hand into the body, and hands into each other."""

import numpy as np

from blender_addon.body import rotations as rot
from blender_addon.body import skeleton

FPS = 15.0


def thrust(seconds=2.0):
    """(T, 42, 3) body frame: the left hand goes from beside the body into the belly and back."""
    frames = int(seconds * FPS)
    inwards = 0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, frames))[:, None]
    motion = np.repeat(skeleton.to_body(skeleton.NEUTRAL)[None], frames, axis=0)
    motion[:, skeleton.UPPER_ARM["L"]] = rot.unit(np.array([0.1, 0.1, -1.0]) + 0.0 * inwards)
    start, goal = np.array([0.2, -0.9, 0.1]), np.array([-0.9, -0.25, 0.1])
    along = rot.unit(start + inwards * (goal - start))
    motion[:, skeleton.FOREARM["L"]] = along
    for finger in skeleton.FINGERS:
        motion[:, list(skeleton.FINGER["L", finger])] = along[:, None]
    return motion


def clasp(seconds=3.0, depth=1.0):
    """(T, 42, 3) body frame: both hands meet in front of the belly, go through each other, part.

    depth: how far through, 1: knuckles beyond knuckles.
    """
    frames = int(seconds * FPS)
    inwards = 0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, frames))[:, None]
    motion = np.repeat(skeleton.to_body(skeleton.NEUTRAL)[None], frames, axis=0)
    for side, sign in skeleton.SIGN.items():
        motion[:, skeleton.UPPER_ARM[side]] = rot.unit(np.array([sign * 0.15, -0.1, -1.0]))
        start, goal = np.array([sign * 0.35, -0.9, 0.1]), np.array([-sign * 0.85, -0.6, 0.1])
        along = rot.unit(start + depth * inwards * (goal - start))
        motion[:, skeleton.FOREARM[side]] = along
        for finger in skeleton.FINGERS[1:]:
            motion[:, list(skeleton.FINGER[side, finger][1:])] = along[:, None]
        across = np.linspace(0.12, -0.12, 4)  # the palm faces the other one, the thumb is up
        for finger, up in zip(skeleton.FINGERS[1:], across, strict=True):
            knuckle = rot.unit(along + up * np.array([0.0, 0.0, 1.0]))
            motion[:, skeleton.FINGER[side, finger][0]] = knuckle
        thumb = rot.unit(along + np.array([0.0, 0.0, 0.7]))
        motion[:, list(skeleton.FINGER[side, "thumb"])] = thumb[:, None]
    return motion
