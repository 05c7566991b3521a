# SPDX-License-Identifier: GPL-3.0-or-later
"""How a person moves, as the engine tells it: by what it acts by."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ha2g_engine.body.skeleton import EXPRESSIVE, skeleton
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.gestures.homes import homes
from ha2g_engine.light_worker import performer
from ha2g_engine.synthesis import answer
from ha2g_engine.synthesis.manner import BEFORE_BODY, HANGING, home_of, nearest
from ha2g_engine.synthesis.settings import Settings


@pytest.fixture(scope="module")
def default():
    return performer(str(DEFAULT))


def bent(table, degrees):
    """A pose with both forearms so far from straight down, forwards."""
    pose = table.neutral.copy()
    angle = np.radians(degrees)
    for i, (_, child) in enumerate(table.bones):
        if child.endswith("_wrist"):
            pose[i] = 0.0, np.cos(angle), -np.sin(angle)
    return pose


@pytest.mark.parametrize("table", [EXPRESSIVE, skeleton("gesture")], ids=lambda one: one.name)
def test_where_hands_are_at_home(table):
    assert home_of(bent(table, 20), table) == HANGING
    assert home_of(bent(table, 80), table) == BEFORE_BODY


def test_who_is_nearest_and_next():
    places = np.array([[0.0, 3.0], [1.0, 0.0], [0.0, 1.0]], np.float32)
    assert nearest(np.array([0.0, 0.5]), places) == (2, (0.5, round(1.25**0.5, 4)))
    assert nearest(np.array([0.0, 2.0]), places[:1]) == (0, (1.0, 1.0))


def test_a_known_speaker_has_their_own_hands_and_home(default):
    """The default model's six: hanging or held, each with both hands, the right and the left."""
    for number, place in enumerate(default.planner.places):
        home = default._home(lambda f=place[None]: default._silent_windows(f, None))
        manner = default._manner(Settings(), place[None], home)
        assert manner.home == (HANGING if number < 3 else BEFORE_BODY)
        assert list(manner.hands) == default.planner.hands[number]
        assert manner.distances[0] == 0.0 < manner.distances[1]
        assert (2, 1, 0)[number % 3] == int(np.argmax(manner.hands))


def test_a_take_tells_the_manner_that_it_was_made_by(default, jfk):
    settings = Settings(identity_seed=7)
    take = default.generate(jfk, settings)
    assert take.manner == default.manner(settings)
    values, _ = answer.of(take, jfk)
    assert values["manner"] == take.manner.to_dict()


PICTURES = sorted((Path(__file__).parents[2] / "fixtures/pictures").glob("*.jpg"))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_gives_its_home_posture(default, jfk, picture):
    """Renders that the encoder was not taught by; hands rest as they show, whoever is like that."""
    settings = Settings(images=[picture], seed=2)
    manner = default.manner(settings)
    assert manner.home == picture.stem
    like = {s.home: default.planner.hands[s.like] for s in default.planner.sitters}
    assert list(manner.hands) == list(like[picture.stem])
    take = default.generate(jfk, settings)
    assert take.manner == manner
    asked = default.generate(jfk, replace(settings, home=picture.stem))
    np.testing.assert_array_equal(take.directions, asked.directions)
    arms = [3, 4, 20, 21]
    away = (take.directions[0, arms] * homes().pose(picture.stem)[arms]).sum(axis=-1)
    assert away.min() > np.cos(np.radians(12))


def test_all_postures_that_are_known_have_a_picture(default):
    assert {sitter.home for sitter in default.planner.sitters} == {p.stem for p in PICTURES}


def test_a_posture_that_is_doubted_is_not_believed(default):
    planner = default.planner
    sitter, speaker = planner.sitters[0].place, planner.places[3]
    sure, doubted = (np.float32(sitter + share * (speaker - sitter))[None] for share in (0.1, 0.45))
    assert planner.seen(sure)[1] == planner.sitters[0].home
    moved, home = planner.seen(doubted)
    assert home == ""
    np.testing.assert_array_equal(moved[0], speaker)
