# SPDX-License-Identifier: GPL-3.0-or-later
"""How quick wrists are, in numpy alone."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import series

from .skeleton import EXPRESSIVE, FPS, Skeleton, joint_positions

SMOOTHING: Final = 0.7  # frames, of wrist speeds


def wrist_speed(
    directions: NDArray[np.floating[Any]], skeleton: Skeleton = EXPRESSIVE
) -> NDArray[np.float64]:
    """(T, bones, 3) → (T, 2) speeds of the left and right wrist in m/s, lightly smoothed."""
    wrists = joint_positions(np.asarray(directions, np.float32), skeleton)[:, skeleton.wrists]
    speed = np.linalg.norm(np.gradient(wrists.astype(np.float64), 1 / FPS, axis=0), axis=-1)
    return series.gaussian(speed, SMOOTHING)
