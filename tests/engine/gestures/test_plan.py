"""Plans as values, and what z(t) tells of them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_repertoire import tiny_repertoire

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError
from ha2g_engine.gestures import plan as plans
from ha2g_engine.gestures.plan import Edit, Plan, Stroke, Turn
from ha2g_engine.gestures.repertoire import CODE, Way

REPERTOIRE = tiny_repertoire()
FIRST, SECOND = Way("g1"), Way("g2", "left")
PLAN = Plan(
    (Stroke(2.0, FIRST, size=1.1, until=3.0), Stroke(6.0, SECOND, tempo=0.8)),
    (Turn(0.0, (1.0,) * 6), Turn(4.0, (-1.0,) * 6)),
)

FELT = np.stack([np.linspace(-1, 1, 100), np.linspace(0, 1, 100)], axis=1)


def test_the_code_is_that_of_the_gesture_under_way():
    track = plans.codes_over_time(PLAN, REPERTOIRE, FELT, 120)
    assert track.shape == (120, plans.NUMBERS)
    begins, follows = (round((t - plans.LEAD) * FPS + 0.5) for t in (2.0, 6.0))
    assert not track[:begins, : CODE + 3].any()
    assert (track[begins : follows - 1, :CODE] == REPERTOIRE.code(FIRST)).all()
    np.testing.assert_allclose(track[-1, :CODE], REPERTOIRE.code(SECOND))
    np.testing.assert_allclose(track[begins, CODE : CODE + 2], [1.0, 0.0], atol=1e-5)
    np.testing.assert_allclose(track[-1, CODE : CODE + 2], [0.0, -2.0], atol=1e-5)


def test_hands_rise_into_a_stroke_and_sink_after_it():
    raised = plans.codes_over_time(PLAN, REPERTOIRE, FELT, 120)[:, CODE + 2]
    assert raised[int(2.4 * FPS)] == 1
    assert raised[int(5.0 * FPS)] == 0
    assert raised[-1] == 1  # nothing says that they sink
    assert raised[int(6.0 * FPS)] == pytest.approx(0.55, abs=0.2)


def test_what_is_felt_stands_beside_the_plan_and_is_nothing_beyond_the_speech():
    track = plans.codes_over_time(PLAN, REPERTOIRE, FELT, 120)
    np.testing.assert_allclose(track[:100, -2:], FELT, atol=1e-6)
    assert not track[100:, -2:].any()
    np.testing.assert_array_equal(
        plans.codes_over_time(PLAN, REPERTOIRE, FELT, 60)[:, -2:], track[:60, -2:]
    )


def test_turns_are_told_from_when_they_begin_and_take_their_time():
    targets = plans.codes_over_time(PLAN, REPERTOIRE, FELT, 120)[
        :, CODE + 3 : CODE + 3 + plans.TURNS
    ]
    assert (targets[: 4 * 15] == 1).all()
    assert (targets[4 * 15 :] == -1).all()
    times = np.arange(120) / FPS
    turned = plans.turned(PLAN.turns, times)
    np.testing.assert_allclose(turned[int(3.9 * FPS)], 1)
    assert abs(turned[int((4 + plans.TURN / 2) * FPS)]).max() < 0.3
    np.testing.assert_allclose(turned[-1], -1)


def test_a_plan_comes_back_from_json():
    plan = PLAN.with_exchanged(0, Stroke(9.0, SECOND, size=0.9))
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_an_exchange_keeps_time_and_end_and_leaves_the_rest():
    plan = PLAN.with_exchanged(0, Stroke(9.0, SECOND)).with_exchanged(1, Stroke(0.0, FIRST))
    assert [stroke.way for stroke in plan.shown()] == [SECOND, FIRST]
    assert [(s.time, s.until) for s in plan.shown()] == [(2.0, 3.0), (6.0, None)]
    assert plan.steps()[0] == PLAN
    assert plan.steps()[1].strokes == (plan.shown()[0], PLAN.strokes[1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"strokes": [{"time": 1}]}, "not whole"),
        ({"turns": [{"time": 0, "towards": [1, 2]}]}, "not whole"),
        ({"edits": [{"stroke": 7, "put": None}]}, "no stroke 7"),
        ({"edits": [{"stroke": None, "put": None}]}, "not whole"),
        ({"strokes": [{**PLAN.to_dict()["strokes"][0], "size": 9}]}, "size of a stroke"),
    ],
)
def test_a_plan_that_is_none_is_one_sentence(change, said):
    with pytest.raises(InputError, match=said):
        Plan.from_dict({**PLAN.to_dict(), **change})


def test_strokes_and_gestures_that_are_not_there_are_one_sentence():
    with pytest.raises(InputError, match="no stroke 2"):
        PLAN.with_exchanged(2, PLAN.strokes[0])
    strange = Plan((Stroke(1.0, Way("nobody's")),))
    with pytest.raises(InputError, match="nobody's"):
        plans.codes_over_time(strange, REPERTOIRE, FELT, 30)


def test_an_exchange_shows_within_its_reach_alone():
    share = plans.within_reach(PLAN, Edit(1, replace(PLAN.strokes[1], way=FIRST)), 150)
    away = np.abs(np.arange(150) / FPS - 6.0)
    assert not share[away > plans.REACH].any()
    assert (share[away < 0.6] == 1).all()


def test_hands_go_home_steadily():
    times = np.arange(0, 4, 0.01)
    sunk = plans.sunk(1.0, times)
    assert sunk[times <= 1.0].max() == 0
    assert sunk[times >= 1.0 + plans.SINK].min() == 1
    assert np.diff(sunk).min() >= 0
    assert np.diff(sunk).max() < 1.6 * 0.01 / plans.SINK


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e300, 10**400, "x"])
@pytest.mark.parametrize("where", ["time", "until", "size", "tempo", "turn", "towards"])
def test_numbers_that_no_plan_has_are_one_sentence(number, where):
    values = Plan((Stroke(1.0, Way("g0"), until=2.0),), (Turn(0.5, (0.0,) * 6),)).to_dict()
    values = json.loads(json.dumps(values))
    if where == "turn":
        values["turns"][0]["time"] = number
    elif where == "towards":
        values["turns"][0]["towards"][3] = number
    else:
        values["strokes"][0][where] = number
    with pytest.raises(InputError):
        Plan.from_dict(values)


def test_a_held_shape_without_a_name_is_none():
    held = [{"shape": "", "hand": "left", "start": 1.0, "end": 2.0}]
    with pytest.raises(InputError, match="plan of gestures is not whole"):
        Plan.from_dict({"strokes": [], "turns": [], "edits": [], "held": held})


@pytest.mark.parametrize("many", ["strokes", "turns", "edits"])
def test_a_plan_of_millions_is_refused_before_it_is_looked_at(many):
    values = {"strokes": [], "turns": [], "edits": []} | {many: [None] * 3_000_000}
    with pytest.raises(InputError, match="plan of gestures is not whole"):
        Plan.from_dict(values)
