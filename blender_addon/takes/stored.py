# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take keeps beside its record, as numbers: the engine's directions, a look, the speech.

So a take is shaped and written again without engine, scene or sound.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..body.skeleton import N_BONES
from ..motion.marks import Marks
from ..motion.mode import Gaze

if TYPE_CHECKING:
    from bpy.types import Action

    from ..engine.client import Result

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


GAZE_KEY: Final = "gestures_gaze"  # custom property of a take: (T * 3) float32, body frame


def store_gaze(action: Action, found: Gaze | None) -> None:
    """Keep the look with the take: it is written again without asking the scene."""
    if found is not None:
        action[GAZE_KEY] = np.append(found.amount, found.towards).astype(np.float32)


def load_gaze(action: Action, count: int) -> Gaze | None:
    """The look of a take with COUNT poses, if it has one."""
    stored = action.get(GAZE_KEY)
    if stored is None or len(stored) != 1 + 3 * count:
        return None
    numbers = np.array(stored, np.float64)
    return Gaze(numbers[1:].reshape(-1, 3), float(numbers[0]))


MARK_KEYS: Final = {  # array of the engine's answer -> custom property of the action
    "level": "gestures_level",
    "beats": "gestures_beats",
    "pauses": "gestures_pauses",
}


RATE_KEY: Final = "gestures_level_rate"


def store_marks(action: Action, result: Result) -> None:
    """Keep with the take ACTION what the engine's RESULT tells about its speech."""
    for name, key in MARK_KEYS.items():
        array = result.arrays.get(name)
        if array is not None and array.size:
            action[key] = np.ascontiguousarray(array, np.float32).ravel()
    action[RATE_KEY] = float(result.values.get("level_rate", 0.0))


def load_marks(action: Action | None) -> Marks | None:
    """What is known of a take's speech; None if it is no take or an older one."""
    if action is None or not action.get(RATE_KEY):
        return None
    level, beats, pauses = (np.array(action.get(key, ()), np.float32) for key in MARK_KEYS.values())
    return Marks(level, beats, pauses.reshape(-1, 2), float(action[RATE_KEY]))
