# SPDX-License-Identifier: GPL-3.0-or-later
"""One swing of an arm is one stroke, found where it is quick, arrived and held."""

import numpy as np
import pytest

from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, NEUTRAL
from ha2g_engine.body.strokes import stroke, stroke_times
from ha2g_engine.body.wrists import wrist_speed


@pytest.fixture
def swing():
    """Two seconds in which the left forearm, hanging, is up from 0.8 s on, within 0.4 s."""
    time = np.arange(30) / FPS
    angle = np.radians(100) * np.clip((time - 0.6) / 0.4, 0, 1)
    poses = np.repeat(NEUTRAL[None], 30, axis=0)
    poses[:, 4:20] = np.stack([0 * angle, np.cos(angle), -np.sin(angle)], axis=-1)[:, None]
    return poses


def test_the_quickest_moment_is_the_stroke(swing):
    (time,) = stroke_times(swing, EXPRESSIVE)
    assert time == pytest.approx(0.8, abs=0.1)
    left, right = wrist_speed(swing).max(axis=0)
    arm = EXPRESSIVE.bone_length[4] * np.radians(100) / 0.4
    assert left == pytest.approx(arm, rel=0.1)
    assert right == 0


def test_the_hand_arrives_and_stays(swing):
    found = stroke(swing, 0.8)
    assert found.peak / FPS == pytest.approx(0.8, abs=0.1)
    assert found.hold / FPS == pytest.approx(1.07, abs=0.1)
    assert found.last == len(swing) - 1
    swing[24:, 4:20] = NEUTRAL[4:20]  # it falls
    assert stroke(swing, 0.8).last < 24
