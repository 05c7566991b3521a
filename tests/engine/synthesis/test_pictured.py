# SPDX-License-Identifier: GPL-3.0-or-later
"""What pictures give a take, with what MediaPipe found in them recorded."""

import numpy as np
import pytest
from shared_folder import ROOT

from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.errors import InputError
from ha2g_engine.light_worker import performer
from ha2g_engine.pictures import landmarks
from ha2g_engine.pictures.posing import posed
from ha2g_engine.pictures.study import Seen, Study
from ha2g_engine.synthesis import pictured
from ha2g_engine.synthesis.manner import PICTURED
from ha2g_engine.synthesis.settings import TAKEN, Settings

PEOPLE = ROOT / "tests/fixtures/people"
STANDING, TALKING = PEOPLE / "standing.jpg", PEOPLE / "talking.jpg"
ARM_BONES = [3, 4, 20, 21]


def degrees(one, two):
    return np.degrees(np.arccos(np.clip((one * two).sum(axis=-1), -1, 1)))


@pytest.fixture(scope="module")
def seen():
    """Who is in the two pictures."""
    found = landmarks.load(PEOPLE / "landmarks.npz")
    small = np.zeros((4, 3, 3), np.uint8)
    both = {STANDING: found[0], TALKING: found[2]}
    return {path: Seen(one, posed(one), small) for path, one in both.items()}


@pytest.fixture
def model(seen, monkeypatch):
    """The default model, with eyes for these pictures."""
    nobody = Seen(None, None, np.zeros((4, 3, 3), np.uint8))
    looked = lambda paths: Study(tuple(seen.get(path, nobody) for path in paths))  # noqa: E731
    monkeypatch.setattr(pictured, "study", looked)
    monkeypatch.setattr(pictured.finder, "is_set_up", lambda: True)
    return performer(str(DEFAULT))


def test_a_take_begins_in_the_pose_and_leaves_it(model, jfk, seen):
    taken = model.generate(jfk, Settings([TALKING], seed=3, taken=TAKEN)).directions
    without = model.generate(jfk, Settings([TALKING], seed=3, taken=("style",))).directions
    pose = seen[TALKING].pose
    away = degrees(taken[0], pose.directions)[pose.bones]
    assert away.max() < 1
    assert degrees(without[0], pose.directions)[pose.bones].max() > 30
    assert degrees(taken[1:], taken[:-1])[:20].max() < 25  # and nothing jumps
    assert degrees(taken[30:], pose.directions)[:, ARM_BONES].max() > 40


def test_hands_rest_where_the_picture_shows_them(model, jfk, seen):
    settings = Settings([STANDING], seed=3, taken=("style", "home"))
    take = model.generate(jfk, settings)
    pose = seen[STANDING].pose.directions
    assert degrees(take.directions[[0, -1]], pose)[:, ARM_BONES].max() < 12
    assert take.manner.home == PICTURED
    assert model.manner(settings).home == PICTURED


def test_a_posture_that_is_chosen_comes_first(model, jfk):
    chosen = Settings([STANDING], home="arms folded", taken=("style", "home"))
    without = Settings([STANDING], home="arms folded", taken=("style",))
    takes = [model.generate(jfk, one).directions for one in (chosen, without)]
    assert np.array_equal(*takes)


def test_each_can_be_left_out(model, jfk):
    nobody = model.generate(jfk, Settings(identity_seed=5, seed=3))
    nothing = model.generate(jfk, Settings([STANDING], identity_seed=5, seed=3, taken=()))
    assert np.array_equal(nobody.directions, nothing.directions)
    assert np.array_equal(nobody.style, nothing.style)
    styled = model.generate(jfk, Settings([STANDING], identity_seed=5, seed=3, taken=("style",)))
    assert not np.array_equal(nobody.style, styled.style)


def test_takes_of_before_stay_as_they_were(model, jfk, monkeypatch):
    """A record that names nothing was made when nobody looked for people."""
    with_part = model.generate(jfk, Settings([STANDING], seed=3)).directions
    monkeypatch.setattr(pictured.finder, "is_set_up", lambda: False)
    model.forget()
    without = model.generate(jfk, Settings([STANDING], seed=3, taken=("style", "home"))).directions
    assert np.array_equal(with_part, without)


def test_a_picture_of_nobody_gives_only_what_the_network_sees(model, jfk):
    other = ROOT / "rigs/demo/speaker.jpg"  # of nobody that the recorded eyes know
    settings = Settings([other], seed=3, taken=TAKEN)
    assert not model.eyes.look(settings).found
    take = model.generate(jfk, settings).directions
    before = model.generate(jfk, Settings([other], seed=3)).directions
    assert np.array_equal(take, before)


def test_what_no_picture_gives_is_one_sentence():
    with pytest.raises(InputError, match="Pictures give no 'shoes'"):
        Settings([STANDING], taken=("shoes",))
