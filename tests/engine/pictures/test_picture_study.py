# SPDX-License-Identifier: GPL-3.0-or-later
"""What several pictures give together."""

from dataclasses import replace

import numpy as np
import pytest
from shared_folder import ROOT

from ha2g_engine.body.skeleton import NEUTRAL
from ha2g_engine.gestures.homes import homes
from ha2g_engine.pictures import landmarks
from ha2g_engine.pictures.posing import posed
from ha2g_engine.pictures.study import Seen, Study

PEOPLE = ROOT / "tests/fixtures/people"
SMALL = np.zeros((4, 3, 3), np.uint8)
NOBODY = Seen(None, None, SMALL)
LEFT, RIGHT = (3, 4), (20, 21)


@pytest.fixture(scope="module")
def standing():
    """Hands before the belly."""
    one = landmarks.load(PEOPLE / "landmarks.npz")[0]
    return Seen(one, posed(one), SMALL)


def without_left_arm(seen):
    hidden = np.where(np.isin(np.arange(33), (13, 15)), 0, seen.landmarks.seen).astype(np.float32)
    one = replace(seen.landmarks, seen=hidden, hands_seen=np.array([0, 1], np.float32))
    return Seen(one, posed(one), SMALL)


def test_arms_rest_as_in_the_picture_and_the_trunk_as_the_model_has_it(standing):
    rest = Study((standing,)).rest(NEUTRAL)
    arms = [*LEFT, *RIGHT]
    assert np.allclose(rest[arms], standing.pose.directions[arms], atol=1e-5)
    assert np.array_equal(rest[[0, 37]], NEUTRAL[[0, 37]])


def test_an_arm_that_no_picture_shows_hangs(standing):
    rest = Study((without_left_arm(standing), NOBODY)).rest(NEUTRAL)
    assert np.array_equal(rest[[*LEFT]], homes().poses["hanging"][[*LEFT]])
    assert np.allclose(rest[[*RIGHT]], standing.pose.directions[[*RIGHT]], atol=1e-5)


def test_one_picture_shows_what_another_hides(standing):
    both = Study((without_left_arm(standing), standing))
    assert np.allclose(both.rest(NEUTRAL)[[*LEFT]], standing.pose.directions[[*LEFT]], atol=1e-5)
    assert both.first is both.seen[0].pose


def test_a_raised_hand_is_no_home(standing):
    raised = standing.pose.directions.copy()
    raised[[20, 21]] = (-1, 0, 0), (0, -1, 0)
    one = Seen(standing.landmarks, replace(standing.pose, directions=raised), SMALL)
    assert one.rests(0)
    assert not one.rests(1)


def test_pictures_of_nobody_give_nothing():
    nobody = Study((NOBODY, NOBODY))
    assert not nobody.found
    assert not nobody.rests
    assert nobody.first is None


def test_what_is_told_is_in_shares_of_the_picture(standing):
    told = standing.told()
    assert told["people"] == 1
    assert told["parts"] == [
        "face", "shoulders", "left arm", "right arm", "left hand", "right hand",
    ]  # fmt: skip
    lines = np.array([line[:4] for line in told["lines"]])
    assert len(lines) > 40
    assert lines.min() > -0.2
    assert lines.max() < 1.2
    assert {line[4] for line in told["lines"]} == {"", "L", "R"}
