"""Strokes added, moved, mirrored, muted, deleted: what becomes of a plan, and how it is asked."""

import json

import numpy as np
import pytest
from tiny_repertoire import tiny_repertoire

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError
from ha2g_engine.gestures import edits, planner
from ha2g_engine.gestures import plan as plans
from ha2g_engine.gestures.held import Held
from ha2g_engine.gestures.plan import Edit, Plan, Stroke
from ha2g_engine.gestures.repertoire import CODE, Facts, Repertoire, Way
from ha2g_engine.gestures.titles import titles

REPERTOIRE = tiny_repertoire()
TASTE = planner.Taste()
PLAN = Plan(
    (
        Stroke(2.0, Way("g1")),
        Stroke(3.5, Way("g2", "left"), until=4.5),
        Stroke(7.0, Way("g3"), until=8.0),
    )
)


def changed(plan=PLAN, **change):
    return edits.changed(plan, change, REPERTOIRE, TASTE)


def times(plan):
    return [stroke.time for stroke in plan.shown()]


def test_a_moved_stroke_takes_its_hold_along_and_says_that_it_was_put_there():
    plan = changed(do="change", stroke=1, time=4.0)
    assert plan.shown()[1] == Stroke(4.0, Way("g2", "left"), until=5.0, placed=True)
    assert plan.strokes == PLAN.strokes
    assert times(changed(do="change", stroke=0, time=6.0)) == [3.5, 6.0, 7.0]


def test_neighbours_make_room_and_no_more():
    assert times(changed(do="change", stroke=1, time=2.1)) == [1.5, 2.1, 7.0]
    assert times(changed(do="add", time=7.2, gesture="g5")) == [2.0, 3.5, 6.6, 7.2]
    assert times(changed(do="change", stroke=1, size=0.7)) == times(PLAN)


def test_a_stroke_that_made_room_before_the_speech_is_edited_like_any_other():
    plan = changed(changed(do="change", stroke=0, time=0.2), do="add", time=0.3, gesture="g5")
    early = plan.shown()[0]
    assert early.time < 0
    (smaller, *_) = changed(plan, do="change", stroke=0, size=0.7).shown()
    assert (smaller.time, smaller.size) == (early.time, 0.7)
    with pytest.raises(InputError, match="time of a stroke is between"):
        changed(plan, do="change", stroke=0, time=-0.1)


def test_hands_that_wait_for_a_stroke_that_comes_no_more_go_home():
    assert PLAN.shown()[0].until is None
    assert changed(do="delete", stroke=1).shown()[0].until == pytest.approx(3.7)
    assert changed(do="change", stroke=1, muted=True).shown()[0].until == pytest.approx(3.7)
    assert changed(do="delete", stroke=2).shown()[0].until is None


def test_a_muted_stroke_is_kept_and_not_made():
    plan = changed(do="change", stroke=1, muted=True)
    assert plan.shown()[1].muted
    track = plans.codes_over_time(plan.steps()[-1], REPERTOIRE, np.zeros((0, 2)), 120)
    np.testing.assert_array_equal(track[round(3.6 * FPS), :CODE], REPERTOIRE.code(Way("g1")))
    assert changed(plan, do="change", stroke=1, muted=False).shown()[1] == PLAN.strokes[1]


def test_the_other_hand():
    plan = changed(do="mirror", stroke=1)
    assert plan.shown()[1].way == Way("g2", "right")
    assert changed(plan, do="mirror", stroke=1).shown()[1] == PLAN.strokes[1]
    with pytest.raises(InputError, match="no mirror image"):
        changed(do="mirror", stroke=0)
    assert changed(do="change", stroke=0, hand="left").shown()[0].way == Way("g1", "left")


def test_a_gesture_by_name_plain_name_or_meaning():
    assert changed(do="change", stroke=0, gesture="g5").shown()[0].way.name == "g5"
    plain = titles(REPERTOIRE)["g6"]
    assert changed(do="change", stroke=0, gesture=plain.upper()).shown()[0].way.name == "g6"
    meant = changed(do="add", time=5.5, gesture="rhythm", seed=3, hand="right").shown()[2]
    assert (meant.time, meant.way.hand) == (5.5, "right")
    assert changed(do="add", time=5.5).shown()[2].way.name.startswith("g")
    with pytest.raises(InputError, match=r"no gesture 'somersault'.*rhythm"):
        changed(do="change", stroke=0, gesture="somersault")


def test_hold_size_and_shape():
    plan = changed(do="change", stroke=2, hold=2.5, size=0.6, tempo=1.5, shape="fist")
    stroke = plan.shown()[2]
    assert (stroke.until, stroke.size, stroke.tempo) == (9.5, 0.6, 1.5)
    assert (stroke.shape, stroke.shaped, stroke.placed) == ("fist", "both", False)
    assert changed(do="change", stroke=1, hold=None).shown()[1].until == 5.2  # none comes soon


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "added, changed"),
        ({"do": []}, "added, changed"),
        ({"do": "add"}, "which second"),
        ({"do": "delete"}, "which stroke"),
        ({"do": "delete", "stroke": 3}, "no stroke 3"),
        ({"do": "mirror", "stroke": -1}, "no stroke -1"),
        ({"do": "change", "stroke": True}, "which stroke"),
        ({"do": "change", "stroke": 0, "size": 9}, "size of a stroke"),
        ({"do": "change", "stroke": 0, "tempo": float("nan")}, "tempo of a stroke"),
        ({"do": "change", "stroke": 0, "time": "soon"}, "time of a stroke"),
        ({"do": "change", "stroke": 0, "hold": -1}, "hold of a stroke"),
        ({"do": "change", "stroke": 0, "hand": "third"}, "not by 'third'"),
        ({"do": "change", "stroke": 0, "shape": "paw"}, "no hand shape 'paw'"),
        ({"do": "change", "stroke": 0, "shape": 7}, "no hand shape '7'"),
        ({"do": "change", "stroke": 0, "shaped": "third"}, "left, right or both"),
        ({"do": "exchange", "stroke": 0, "seed": -1}, "whole number"),
    ],
)
def test_what_cannot_be_is_one_sentence(change, said):
    with pytest.raises(InputError, match=said):
        changed(**change)


def test_edits_come_back_from_json_and_the_same_stroke_edited_again_is_one_edit():
    plan = changed(do="change", stroke=1, size=0.7)
    plan = changed(plan, do="exchange", stroke=1, seed=2)
    assert len(plan.edits) == 1
    plan = changed(plan, do="change", stroke=1, time=4.0)
    plan = changed(plan, do="add", time=5.5, gesture="g5")
    plan = changed(plan, do="delete", stroke=0)
    assert len(plan.edits) == 4
    again = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again == plan
    assert again.shown() == plan.shown()


def test_an_edit_reaches_as_far_as_the_stroke_is_and_was():
    frames = np.arange(200) / FPS
    edit = Edit(1, Stroke(9.0, Way("g2"), until=9.2))
    share = plans.within_reach(PLAN, edit, 200)
    near = ((frames > 2.0) & (frames < 6.0)) | ((frames > 7.5) & (frames < 10.7))
    assert not share[~near].any()
    assert (share[(frames > 2.7) & (frames < 5.3)] == 1).all()
    plan = PLAN.with_edit(edit)
    assert plans.reach(plan) == [(7.5, pytest.approx(10.7)), (2.0, 6.0)]
    assert plans.reach(changed(do="change", stroke=1, size=0.5)) == [(2.0, 5.0)]


def test_what_changes_nothing_is_no_edit():
    plan = changed(do="change", stroke=1, size=0.7)
    assert changed(plan, do="change", stroke=1, size=0.7) is plan
    assert changed(plan, do="change", stroke=0, muted=False) is plan


def test_what_people_read():
    rows = edits.described(changed(do="change", stroke=1, muted=True), REPERTOIRE)
    assert [row["hand"] for row in rows] == ["both", "left", "both"]
    assert [row["muted"] for row in rows] == [False, True, False]
    assert rows[0]["title"] == titles(REPERTOIRE)["g1"]
    json.dumps(rows)
    listed = edits.listed(REPERTOIRE)
    assert [one["name"] for one in listed] == [f"g{i}" for i in range(8)]
    assert listed[0]["hands"] == ["both", "left", "right"]
    assert listed[0]["meanings"] == ["rhythm"]


def test_plain_names():
    names = [
        "Gestures/ChrBrad@Idle01_BeatHighBt01",
        "FemaleGestures/ChrConnor@IdleStand01_NegateForwardMidBt01",
        "greta/DontKnow_Pos_B",
        "greta/Ask_Ges_L",
        "greta/Ask_Pos_R",
        "ha2g/over_there",
        "rocketbox/f_gestic_presentation_right_01/14",
    ]
    facts = tuple(Facts(Way(n), "both", "beat", ("explaining",), (), 0.5) for n in names)
    found = titles(Repertoire(facts, np.zeros((len(names), CODE), np.float32)))
    assert list(found.values()) == [
        "Beat high", "Negate forward mid", "Dont know", "Ask", "Ask 2", "Over there", "Explaining",
    ]  # fmt: skip


# --- hand shapes beside strokes ------------------------------------------------------------


def test_a_hand_shape_is_held_changed_and_released():
    plan = changed(do="hold", shape="fist", hand="left", start=2, end=3.5)
    assert plan.held == (Held("fist", "left", 2.0, 3.5),)
    assert (plan.strokes, plan.edits) == (PLAN.strokes, PLAN.edits)
    assert edits.reach(PLAN, plan) == [pytest.approx((1.8, 3.7))]
    both = changed(plan, do="hold", shape="flat")
    assert both.held[1] == Held("flat")
    other = changed(both, do="hold", shape="point", held=0)
    assert other.held == (Held("flat"), Held("point"))
    assert changed(other, do="release", held=1).held == (Held("flat"),)
    assert edits.reach(plan, both)[0][1] > 1000  # all of the time
    assert edits.reach(plan, plan) == []
    moved = changed(plan, do="change", stroke=0, size=0.5)
    assert moved.held == plan.held
    assert edits.reach(plan, moved) == [pytest.approx((0.5, 3.5))]
    assert Plan.from_dict(json.loads(json.dumps(both.to_dict()))) == both
    old = PLAN.to_dict()
    del old["held"]  # a plan of an earlier version
    assert Plan.from_dict(old) == PLAN


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shape": "claw"}, "no hand shape 'claw'"),
        ({"shape": "fist", "hand": "third"}, "left, right or both"),
        ({"shape": "fist", "start": 3, "end": 2}, "to a later end"),
        ({"shape": "fist", "start": 3}, "to a later end"),
        ({"shape": "fist", "start": float("nan"), "end": 4}, "to a later end"),
        ({"shape": "fist", "held": 2}, "no held hand shape 2"),
        ({}, "no hand shape 'None'"),
    ],
)
def test_wrong_hand_shapes_are_told(change, said):
    with pytest.raises(InputError, match=said):
        changed(do="hold", **change)
