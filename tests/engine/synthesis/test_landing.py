# SPDX-License-Identifier: GPL-3.0-or-later
"""Strokes made as quick as asked: time runs otherwise around them, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ha2g_engine import light_worker
from ha2g_engine.body.skeleton import FPS, NEUTRAL
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.synthesis.at_home import OUTER
from ha2g_engine.synthesis.landing import STROKE, paced
from ha2g_engine.synthesis.settings import Settings

TIME = 2.0


@pytest.fixture
def waving():
    """(61, 42, 3) 4 s in which both arms turn at an even 60 degrees a second."""
    turn = np.radians(60) * np.arange(61)[:, None] / FPS
    motion = np.tile(NEUTRAL, (61, 1, 1)).astype(np.float32)
    for arm in OUTER:
        motion[:, arm] = np.stack([np.sin(turn), np.cos(turn), 0 * turn], axis=-1)
    return motion


@pytest.mark.parametrize("tempo", [0.5, 2.0])
def test_time_runs_by_the_tempo_around_the_stroke_and_as_before_beyond(waving, tempo):
    made = paced(waving, [(TIME, tempo)])
    step = np.diff(np.unwrap(np.arctan2(made[:, OUTER[0][0], 0], made[:, OUTER[0][0], 1])))
    here = step[[round(TIME * FPS) - 1, round(TIME * FPS)]].mean() * FPS
    assert here == pytest.approx(np.radians(60) * tempo, rel=0.1)
    assert (step > 0).all()
    far = np.abs(np.arange(61) / FPS - TIME) >= 3 * STROKE
    np.testing.assert_array_equal(made[far], waving[far])
    others = [bone for bone in range(42) if bone not in np.ravel(OUTER)]
    np.testing.assert_array_equal(made[:, others], waving[:, others])


def test_a_stroke_is_as_quick_as_its_tempo_says(jfk):
    performer, settings = light_worker.performer(str(DEFAULT)), Settings(seed=3)
    take = performer.generate(jfk, settings)
    for number in (1, 3):
        time, found = take.strokes[number]["time"], []
        for tempo in (0.5, 1.0, 2.0):
            change = {"do": "change", "stroke": number, "tempo": tempo}
            plan = performer.edit(take.plan, change, settings)
            speed = wrist_speed(performer.generate(jfk, replace(settings, plan=plan)).directions)
            near = np.abs(np.arange(len(speed)) / FPS - time) < 0.3
            found.append(speed[near].max())
        assert found[0] < 0.85 * found[1] < 0.95 * found[2]
