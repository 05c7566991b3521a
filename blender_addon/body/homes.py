# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hands are between gestures: the engine's home postures, for who only listens or waits."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..paths import HOMES_NPZ
from .rotations import Floats, unit
from .skeleton import FINGER, FINGERS, FOREARM, SIDES, UPPER_ARM

with np.load(HOMES_NPZ, allow_pickle=False) as _kept:
    _POSES: Final = dict(
        zip(_kept["names"].tolist(), unit(_kept["poses"].astype(np.float64)), strict=True)
    )
NAMES: Final = tuple(_POSES)


def at_home(directions: Floats, name: str) -> Floats:
    """(T, 42, 3) unit, engine frame, with the arms in the posture NAME, of NAMES.

    They move in it as they move in DIRECTIONS about their first pose.
    """
    result = directions.copy()
    for side in SIDES:
        fingers = [bone for finger in FINGERS for bone in FINGER[side, finger]]
        arm = [UPPER_ARM[side], FOREARM[side], *fingers]
        result[:, arm] = unit(directions[:, arm] - directions[:1, arm] + _POSES[name][arm])
    return result
