"""Hands between gestures: where they are asked to be, where a plan has them at home, alone."""

import numpy as np
import pytest
from shared_folder import SHARED, needs_gestures

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.data.gestures import homes as built
from ha2g_engine.errors import InputError
from ha2g_engine.gestures.homes import FILE, HANGING, homes
from ha2g_engine.gestures.plan import Plan, Stroke, lifted
from ha2g_engine.gestures.repertoire import Facts, Repertoire, Way
from ha2g_engine.synthesis.at_home import ARMS, homeward, posture
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

UPPER_AND_FORE = [bone for upper, fore, _ in ARMS for bone in (upper, fore)]
NAMES = sorted(homes().poses)


@pytest.fixture(scope="module")
def model():
    return Synthesizer()


def _degrees(first, second):
    return np.degrees(np.arccos(np.clip((first * second).sum(axis=-1), -1, 1)))


@pytest.mark.parametrize("name", NAMES)
def test_hands_begin_and_end_in_the_posture(model, jfk, name):
    take = model.generate(jfk, Settings(seed=2, identity_seed=1, home=name)).directions
    away = _degrees(take[:, UPPER_AND_FORE], homes().poses[name][UPPER_AND_FORE])
    assert away[[0, -1]].max() < 12
    assert away.max() > 40  # and gesture meanwhile


def test_hands_that_gesture_and_all_else_stay_as_they_are(model, jfk):
    takes = [model.generate(jfk, Settings(seed=2, home=name)) for name in (HANGING, "arms folded")]
    plan, (first, second) = takes[0].plan, (take.directions for take in takes)
    frames = len(first)
    up = lifted(plan, model.planner.repertoire, np.arange(frames) / FPS) * homeward(frames)
    for (upper, fore, hand), raised in zip(ARMS, up, strict=True):
        arm = [upper, fore, *hand]
        assert (raised == 1).sum() > 5
        np.testing.assert_allclose(
            first[raised == 1][:, arm], second[raised == 1][:, arm], atol=1e-5
        )
        assert _degrees(first, second)[raised < 0.2][:, arm].max() > 60
    np.testing.assert_array_equal(first[:, [0, 1, 2, 37, 38]], second[:, [0, 1, 2, 37, 38]])


def test_no_level_moves_a_coarser_one(model, jfk):
    style = np.full((3, 6), 1 / 3, np.float32)
    other = style.copy()
    other[:, 2] = 1, 0, 0  # forearms
    takes = [
        model.generate(jfk, Settings(seed=2, home="arms folded", style=s)).directions
        for s in (style, other)
    ]
    np.testing.assert_array_equal(*(take[:, [0, 1, 2, 3, 20, 37]] for take in takes))
    assert _degrees(*(take[:, [4, 21]] for take in takes)).max() > 20


def test_who_waits_lives_but_does_not_gesture(model, write_speech):
    silence = write_speech(seconds=12.0, level=0.0)
    take = model.generate(silence, Settings(seed=3)).directions
    still = _degrees(take[1:], take[:-1])
    assert still[:, [0, 37]].mean() * FPS > 0.3  # degrees a second
    assert _degrees(take, take.mean(axis=0))[:, UPPER_AND_FORE].max() < 8
    assert wrist_speed(take).max() < 0.25  # m/s
    again = model.generate(silence, Settings(seed=4)).directions
    assert np.abs(take - again).max() > 0.01


def test_a_posture_that_there_is_not_is_a_sentence_with_those_there_are():
    with pytest.raises(InputError, match=r"no home posture 'on his head': choose hanging, .* lap"):
        Settings(home="on his head")


def test_a_model_that_plans_nothing_keeps_its_own(small_checkpoint, jfk):
    with pytest.raises(InputError, match="plans no gestures"):
        Synthesizer(small_checkpoint).generate(jfk, Settings(home="arms folded"))


def test_arms_that_hang_straight_hang_as_people_s_do():
    straight = homes().poses["arms folded"].copy()
    straight[UPPER_AND_FORE] = 0, 1, 0
    hanging = homes().poses[HANGING]
    np.testing.assert_array_equal(posture(straight, "")[UPPER_AND_FORE], hanging[UPPER_AND_FORE])
    folded = homes().poses["arms folded"]
    np.testing.assert_array_equal(posture(folded, ""), folded)


def test_a_hand_goes_home_while_the_other_gestures():
    ways = [Way("a", "LEFT"), Way("b", "RIGHT"), Way("c")]
    facts = [
        Facts(way, hands, "beat", (), (), 0.3)
        for way, hands in zip(ways, ("left", "right", "both"), strict=True)
    ]
    repertoire = Repertoire(tuple(facts), np.zeros((3, 14), np.float32))
    strokes = [Stroke(2.0, ways[0]), Stroke(5.0, ways[1]), Stroke(8.0, ways[2], until=9.0)]
    up = lifted(Plan(tuple(strokes)), repertoire, np.array([1.0, 3.0, 6.0, 8.5, 12.0]))
    np.testing.assert_allclose(up, [[0, 1, 0, 1, 0], [0, 0, 1, 1, 0]], atol=1e-9)


@needs_gestures
def test_the_file_is_what_its_script_makes(tmp_path):
    out = tmp_path / "homes.npz"
    built.build(SHARED / "data", out)
    with np.load(out) as made, np.load(FILE) as kept:
        assert sorted(made) == sorted(kept)
        for name in made:
            np.testing.assert_array_equal(made[name], kept[name])
