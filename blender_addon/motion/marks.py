# SPDX-License-Identifier: GPL-3.0-or-later
"""Loudness, beats and pauses of a take's speech, kept in the take as the engine heard them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bpy.types import Action

    from ..engine.client import Result

Array = NDArray[np.float32]

KEYS: Final = {  # array of the engine's answer -> custom property of the action
    "level": "gestures_level",
    "beats": "gestures_beats",
    "pauses": "gestures_pauses",
}
RATE_KEY: Final = "gestures_level_rate"


@dataclass(frozen=True)
class Marks:
    """level: (N,) loudness 0..1, RATE values a second. beats: (B,) s. pauses: (P, 2) s."""

    level: Array
    beats: Array
    pauses: Array
    rate: float


def store(action: Action, result: Result) -> None:
    """Keep with the take ACTION what the engine's RESULT tells about its speech."""
    for name, key in KEYS.items():
        array = result.arrays.get(name)
        if array is not None and array.size:
            action[key] = np.ascontiguousarray(array, np.float32).ravel()
    action[RATE_KEY] = float(result.values.get("level_rate", 0.0))


def load(action: Action | None) -> Marks | None:
    """What is known of a take's speech; None if it is no take or an older one."""
    if action is None or not action.get(RATE_KEY):
        return None
    level, beats, pauses = (np.array(action.get(key, ()), np.float32) for key in KEYS.values())
    return Marks(level, beats, pauses.reshape(-1, 2), float(action[RATE_KEY]))
