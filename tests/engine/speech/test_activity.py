# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech stands out from its pauses, whatever the level and the noise of a recording."""

import numpy as np
import pytest

from ha2g_engine.speech.activity import runs, spoken


@pytest.mark.parametrize(("loud", "noise"), [(-10.0, -80.0), (-35.0, -70.0), (-20.0, -30.0)])
def test_speech_is_told_from_noise(loud, noise):
    level = np.full(100, noise, np.float32)
    level[40:70] = loud
    assert runs(spoken(level)).tolist() == [[40, 70]]


def test_a_silent_room_says_nothing():
    assert not spoken(np.full(50, -75, np.float32)).any()


def test_runs_begin_and_end_with_the_array_too():
    assert runs(np.array([1, 1, 0, 1, 0, 0, 1], bool)).tolist() == [[0, 2], [3, 4], [6, 7]]
    assert runs(np.zeros(3, bool)).shape == (0, 2)
