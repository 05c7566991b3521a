# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses near the neutral one."""

import numpy as np

from ha2g_engine.body.skeleton import NEUTRAL, unit


def random_poses(seed, count=5):
    random = np.random.default_rng(seed)
    near = NEUTRAL + 0.3 * random.standard_normal((count, 42, 3))
    return unit(near.astype(np.float32)).astype(np.float64)
