# SPDX-License-Identifier: GPL-3.0-or-later
"""Directions and the flat poses that the networks see, of both skeletons."""

import numpy as np
import pytest
from random_poses import random_poses

from ha2g_engine.body.skeleton import EXPRESSIVE, skeleton


@pytest.mark.parametrize("name", ["expressive", "gesture"])
def test_a_pose_of_zeros_is_the_neutral_pose(name):
    table = skeleton(name)
    assert table.mean_direction.shape == (len(table.bones), 3)
    np.testing.assert_array_equal(
        table.directions(np.zeros(table.pose_dim, np.float32)), table.neutral
    )


def test_poses_are_directions_minus_the_mean_and_come_back():
    directions = random_poses(0).reshape(1, 5, 42, 3)
    poses = EXPRESSIVE.poses(directions)
    np.testing.assert_array_equal(
        poses[0, 3, 12:15], directions[0, 3, 4] - EXPRESSIVE.mean_direction[4]
    )
    np.testing.assert_allclose(EXPRESSIVE.directions(poses), directions, atol=1e-6)
