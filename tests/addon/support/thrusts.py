# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion that leads a hand into the body."""

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
