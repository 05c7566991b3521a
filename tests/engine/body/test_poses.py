# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses come apart into hands and directions, and blend."""

import numpy as np
from random_poses import random_poses

from ha2g_engine.body.poses import Poses, blend


def test_poses_come_apart_and_together():
    directions = random_poses(0)
    np.testing.assert_allclose(Poses.of(directions).together(), directions, atol=1e-5)


def test_blend_ends_at_its_ends_and_stays_continuous():
    first, second = Poses.of(random_poses(1, 40)), Poses.of(-random_poses(1, 40))
    ends = [blend(first, second, np.full(40, w)).together() for w in (0.0, 1.0)]
    np.testing.assert_allclose(ends[0], first.together(), atol=1e-5)
    np.testing.assert_allclose(ends[1], second.together(), atol=1e-5)
