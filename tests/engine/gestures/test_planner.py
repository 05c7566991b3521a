"""Which accents stroke, and with what."""

import numpy as np
import pytest
from tiny_repertoire import tiny_repertoire

from ha2g_engine.errors import InputError
from ha2g_engine.gestures import planner
from ha2g_engine.gestures.plan import SUSTAIN
from ha2g_engine.gestures.repertoire import Facts, Repertoire, Way
from ha2g_engine.speech.prosody import Accent

REPERTOIRE = tiny_repertoire()
ACCENTS = [Accent(0.7 + 1.5 * i, -float(i % 5), initial=i % 6 == 0) for i in range(60)]
SECONDS = 95.0
TYPICAL = planner.Taste()


def drawn(seed=0, accents=ACCENTS, pauses=(), taste=TYPICAL):
    random = np.random.default_rng(seed)
    return planner.drawn(accents, pauses, SECONDS, REPERTOIRE, random, taste)


def test_no_gesture_comes_again_soon_and_seeds_differ():
    names = [stroke.way.name for stroke in drawn().strokes]
    assert len(names) > 45
    for i in range(len(names) - planner.MEMORY):
        assert len(set(names[i : i + planner.MEMORY + 1])) == planner.MEMORY + 1
    assert drawn() == drawn()
    assert drawn(1).strokes != drawn().strokes


def test_strokes_fall_on_accents_that_are_apart_and_weighty():
    close = [Accent(0.6 + 0.95 * i, -10.0 * (i % 2), initial=False) for i in range(60)]
    strokes = drawn(accents=close).strokes
    times = [stroke.time for stroke in strokes]
    assert np.diff(times).min() >= planner.GAP[0] - 0.01
    levels = {round(accent.time, 3): accent.level for accent in close}
    assert np.mean([levels[time] for time in times]) > -4


def test_loud_accents_get_larger_gestures():
    mean = {}
    for level in (-14.0, 0.0):
        accents = [Accent(1 + 2.0 * i, level, initial=False) for i in range(40)]
        mean[level] = np.mean([stroke.size for stroke in drawn(accents=accents).strokes])
    assert mean[0.0] > mean[-14.0] + 0.1


def test_hands_go_home_in_pauses_and_nowhere_else_but_after_long_holds():
    accents = [Accent(t, 0.0, initial=True) for t in (1.0, 2.4, 6.0, 20.0)]
    strokes = drawn(accents=accents, pauses=[(3.0, 5.5), (7.0, 19.0)]).strokes
    assert strokes[0].until is None
    assert 3.0 < strokes[1].until < 3.3
    assert 7.0 < strokes[2].until < 7.3
    assert strokes[3].until == pytest.approx(20 + SUSTAIN)


def test_nobody_strokes_before_hands_can_rise():
    assert not drawn(accents=[Accent(0.2, 0.0, initial=True)]).strokes


def test_somebody_turns_every_few_seconds_also_in_silence():
    times = [turn.time for turn in drawn(accents=[]).turns]
    assert times[0] == 0
    assert max(np.diff([*times, SECONDS])) <= planner.LONGEST_STILL + 1e-3


def test_taste_chooses_hands_and_gestures():
    left = planner.Taste((1.0, 0.0, 0.0))
    assert {stroke.way.hand for stroke in drawn(taste=left).strokes} == {"left"}
    likes = planner.Taste(likes=np.eye(14)[0] * 20)
    weights = [t.weights(REPERTOIRE) for t in (planner.Taste(), likes)]
    first = REPERTOIRE.codes[:, 0] > 0
    assert weights[1][first].sum() > weights[0][first].sum() + 0.05
    np.testing.assert_allclose([w.sum() for w in weights], 1)


def test_another_gesture_is_none_of_its_neighbours():
    plan = drawn()
    for number in (0, 5, len(plan.strokes) - 1):
        changed = planner.another(plan, number, REPERTOIRE, 3)
        before, after = plan.shown(), changed.shown()
        assert after[number].way.name != before[number].way.name
        near = {s.way.name for s in before[max(0, number - 1) : number + 2]}
        assert after[number].way.name not in near
        assert [s for i, s in enumerate(after) if i != number] == [
            s for i, s in enumerate(before) if i != number
        ]
    with pytest.raises(InputError, match="no stroke"):
        planner.another(plan, len(plan.strokes), REPERTOIRE, 0)


def test_gestures_that_do_not_go_with_speech_are_one_sentence():
    idle = Repertoire((Facts(Way("w"), "both", "idle", (), (), 0.5),), np.zeros((1, 14)))
    with pytest.raises(InputError, match="no gesture"):
        planner.drawn(ACCENTS, (), 9.0, idle, np.random.default_rng(0))
