# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's directions, kept in the take: shaped and written again without the engine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from ..body.skeleton import N_BONES

if TYPE_CHECKING:
    from bpy.types import Action
    from numpy.typing import NDArray

MOTION_KEY: Final = "gestures_motion"  # custom property: (T * 42 * 3) float32
FPS_KEY: Final = "gestures_motion_fps"
MADE_KEY: Final = "gestures_motion_made"  # what the motion was like when it was made: its digest


def seconds(action: Action) -> float:
    """How long the motion kept with ACTION is; 0 without any."""
    stored = action.get(MOTION_KEY)
    return len(stored) / (3 * N_BONES) / float(action[FPS_KEY]) if stored is not None else 0.0


def store(
    action: Action, directions: NDArray[np.float32], fps: float, *, made: bool = False
) -> None:
    """Keep DIRECTIONS (T, 42, 3), FPS frames a second, with the take ACTION.

    made: whether they are as they were made, so that `changed` knows of later changes.
    """
    numbers = np.ascontiguousarray(directions, np.float32).ravel()
    before = action.get(MOTION_KEY)
    if before is not None and len(before) != len(numbers):
        del action[MOTION_KEY]  # Blender writes another length into the old one's memory
    action[MOTION_KEY] = numbers
    action[FPS_KEY] = float(fps)
    if made:
        action[MADE_KEY] = _digest(numbers)


def changed(action: Action) -> bool:
    """Whether the motion kept with ACTION is another one than was made: strokes were moved, say.

    Of takes that do not store what was made, none counts as changed.
    """
    made, stored = action.get(MADE_KEY), action.get(MOTION_KEY)
    if made is None or stored is None:
        return False
    return bool(made != _digest(np.array(stored, np.float32)))


def load(action: Action | None) -> tuple[NDArray[np.float32], float] | None:
    """The directions (T, 42, 3) of a take and their frames a second; None if it has none."""
    stored = action.get(MOTION_KEY) if action else None
    if stored is None or action is None:
        return None
    directions = np.array(stored, np.float32).reshape(-1, N_BONES, 3)
    return directions, float(action[FPS_KEY])


def _digest(numbers: NDArray[np.float32]) -> str:
    return hashlib.md5(numbers.tobytes(), usedforsecurity=False).hexdigest()
