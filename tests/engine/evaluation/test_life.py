# SPDX-License-Identifier: GPL-3.0-or-later
"""Life and variety of motion whose speeds and poses are known."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, NEUTRAL
from ha2g_engine.evaluation import life

FRAMES = 150


def turned(bones, degrees, axis=(0.0, 0.0, 1.0)):
    """(T, 42, 3) neutral but for ``bones``, turned by (T,) degrees about ``axis``."""
    motion = np.repeat(NEUTRAL[None], len(degrees), axis=0).astype(np.float64)
    turns = Rotation.from_rotvec(np.radians(degrees)[:, None] * np.array(axis))
    for bone in bones:
        motion[:, bone] = turns.apply(motion[:, bone])
    return motion.astype(np.float32)


def test_a_part_is_as_quick_as_its_bones_turn():
    across = np.cross(NEUTRAL[3], NEUTRAL[4])
    both = 20 * np.arange(FRAMES) / FPS  # degrees: 20 a second
    swing = turned([4], 60 * np.abs((both / 60) % 2 - 1), across / np.linalg.norm(across))
    scores = life.measure([swing], EXPRESSIVE)
    assert scores["elbow of TED's"] == pytest.approx(20 / 2 / 36.5, rel=0.05)  # one of two elbows
    assert scores["shoulder of TED's"] == pytest.approx(0, abs=1e-3)
    assert scores["head of TED's"] == pytest.approx(0, abs=1e-3)


def test_longer_takes_count_more():
    still, nodding = turned([], np.zeros(300)), turned([37], 10 * np.sin(np.arange(100)), (1, 0, 0))
    alone = life.measure([nodding], EXPRESSIVE)["head of TED's"]
    assert life.measure([still, nodding], EXPRESSIVE)["head of TED's"] == pytest.approx(alone / 4)


def strokes(targets):
    """An arm that goes from the side to each of ``targets`` (degrees) within a second or so."""
    degrees = np.concatenate([np.r_[np.linspace(0, t, 4), np.full(11, t), np.linspace(t, 0, 4),
                                    np.zeros(11)] for t in targets])  # fmt: skip
    return turned([3, 4], degrees)


def test_strokes_that_arrive_apart_are_more_various():
    alike, apart = (life.measure([strokes(t)], EXPRESSIVE) for t in ([50] * 6, [20, 90] * 3))
    assert apart["apex wrists apart m"] > alike["apex wrists apart m"] + 0.02
    assert alike["apex curl apart °"] == pytest.approx(0, abs=0.1)


def test_one_who_hardly_moves_has_no_variety():
    assert "apex wrists apart m" not in life.measure([turned([], np.zeros(60))], EXPRESSIVE)
