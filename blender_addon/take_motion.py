# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's directions, kept in the take: shaped and written again without the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from .retarget.skeleton import N_BONES

if TYPE_CHECKING:
    from bpy.types import Action
    from numpy.typing import NDArray

MOTION_KEY: Final = "gestures_motion"  # custom property: (T * 42 * 3) float32
FPS_KEY: Final = "gestures_motion_fps"


def seconds(action: Action) -> float:
    """How long the motion kept with ACTION is; 0 without any."""
    stored = action.get(MOTION_KEY)
    return len(stored) / (3 * N_BONES) / float(action[FPS_KEY]) if stored is not None else 0.0


def store(action: Action, directions: NDArray[np.float32], fps: float) -> None:
    """Keep DIRECTIONS (T, 42, 3), FPS frames a second, with the take ACTION."""
    action[MOTION_KEY] = np.ascontiguousarray(directions, np.float32).ravel()
    action[FPS_KEY] = float(fps)


def load(action: Action | None) -> tuple[NDArray[np.float32], float] | None:
    """The directions (T, 42, 3) of a take and their frames a second; None if it has none."""
    stored = action.get(MOTION_KEY) if action else None
    if stored is None or action is None:
        return None
    directions = np.array(stored, np.float32).reshape(-1, N_BONES, 3)
    return directions, float(action[FPS_KEY])
