# SPDX-License-Identifier: GPL-3.0-or-later
"""What moods make of a plan's strokes, and when they are there."""

import json

import numpy as np
import pytest
from tiny_repertoire import tiny_repertoire

from ha2g_engine.errors import InputError
from ha2g_engine.gestures import hand_shapes, moods, planner
from ha2g_engine.gestures.moods import Mood
from ha2g_engine.gestures.plan import REACH, SIZES, SUSTAIN, TEMPOS, Edit, Plan, edited
from ha2g_engine.speech.prosody import Accent

REPERTOIRE = tiny_repertoire()
ACCENTS = [Accent(1.0 + 1.3 * i, -5.0, initial=False) for i in range(30)]
PLAN = planner.drawn(ACCENTS, [], 45.0, REPERTOIRE, np.random.default_rng(0))


def acted(*ranges):
    return moods.acted(PLAN, ranges, REPERTOIRE, planner.Taste())


def changed(plan):
    return [
        (old.time, new)
        for old, new in zip(PLAN.strokes, plan.strokes, strict=True)
        if (old.way, old.size, old.tempo, old.muted) != (new.way, new.size, new.tempo, new.muted)
    ]


def test_the_table_says_nothing_that_there_is_not():
    shapes = {"", *hand_shapes.names()}
    for name, manner in moods.table().items():
        assert manner != moods.NEUTRAL, name
        assert manner.fingers in shapes
        assert set(manner.kinds) <= set(planner.KINDS)


def test_strokes_in_a_range_alone_are_otherwise_and_keep_number_and_time():
    made = acted(Mood(10.0, 20.0, "sad", 1.0))
    assert [s.time for s in made.strokes] == [s.time for s in PLAN.strokes]
    found = changed(made)
    assert found
    assert all(10 <= time < 20 for time, _ in found)
    inside = [s for s in PLAN.strokes if 10 <= s.time < 20]
    muted = [new for _, new in found if new.muted]
    assert abs(len(muted) - len(inside) / 2) <= 1


def test_a_stroke_before_one_that_is_left_out_goes_home():
    made = acted(Mood(10.0, 20.0, "still", 1.0))
    left = [s for s in made.strokes if not s.muted]
    last = max((s for s in left if s.time < 10), key=lambda s: s.time)
    assert last.until is not None
    assert last.until <= last.time + SUSTAIN + 1e-6
    assert not [s for s in left if 10 <= s.time < 20]


def test_strength_is_how_much():
    sizes = {
        strength: np.mean([s.size for s in acted(Mood(0.0, 50.0, "tense", strength)).strokes])
        for strength in (0.0, 0.5, 1.0)
    }
    assert acted(Mood(0.0, 50.0, "tense", 0.0)).strokes == PLAN.strokes
    assert sizes[0.0] > sizes[0.5] + 0.05 > sizes[1.0] + 0.1


@pytest.mark.parametrize("name", list(moods.table()))
def test_every_mood_leaves_sizes_and_tempos_that_a_plan_may_have(name):
    made = acted(Mood(0.0, 50.0, name, 1.0))
    assert all(SIZES[0] <= s.size <= SIZES[1] for s in made.strokes)
    assert all(TEMPOS[0] <= s.tempo <= TEMPOS[1] for s in made.strokes)
    assert Plan.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_what_an_animator_put_stands_above_a_mood():
    put = PLAN.strokes[5]
    plan = Plan(PLAN.strokes, PLAN.turns, (Edit(5, put),))
    made = moods.acted(plan, [Mood(0.0, 50.0, "still")], REPERTOIRE, planner.Taste())
    assert made.strokes[5].muted
    shown = edited(made.strokes, made.edits[0])
    assert [(s.time, s.way, s.size) for s in shown if not s.muted] == [
        (put.time, put.way, put.size)
    ]


def test_moods_come_and_go_smoothly_and_are_never_more_than_whole():
    times = np.arange(0.0, 12.0, 0.05)
    ranges = (Mood(2.0, 6.0, "sad", 0.8), Mood(5.0, 9.0, "joyful", 0.9))
    share = moods.shares(ranges, times)
    assert share.sum(axis=0).max() <= 1 + 1e-9
    assert np.abs(np.diff(share, axis=1)).max() < 0.25
    assert share[0, np.abs(times - 4).argmin()] == pytest.approx(0.8)
    far = (times < 2 - moods.EASE / 2) | (times > 9 + moods.EASE / 2)
    assert not share[:, far].any()
    assert moods.shares([Mood(0.0, 1.0, "sad")], times)[0, 0] == 1
    reach = moods.reach(ranges, 180)
    assert (reach > 0).sum() == pytest.approx(15 * (7 + 2 * REACH), abs=32)
    assert not reach[round((9 + REACH) * 15) + 1 :].any()


def test_ranges_that_reach_each_other_belong_together():
    near, far = Mood(1.0, 2.0, "sad"), Mood(20.0, 22.0, "calm")
    close = Mood(2.0 + 2 * REACH - 0.1, 6.0, "tense")
    assert moods.apart((near, close, far)) == [(near, close), (far,)]
    assert moods.apart(()) == []


def test_moods_go_through_json_in_order_of_time():
    ranges = (Mood(1.0, 2.0, "sad", 0.5), Mood(3.0, 4.5, "joyful", 1.0))
    assert moods.of(json.loads(json.dumps(moods.told(ranges[::-1])))) == ranges
    assert moods.of(None) == ()
    assert moods.of([{"start": 0, "end": 1, "mood": "calm"}])[0].strength == 1.0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("sad", "list of ranges"),
        ([1], "needs its 'start'"),
        ([{"start": 0, "end": 1}], "needs its 'start'"),
        ([{"start": 0, "end": 1, "mood": "angry"}], "no mood 'angry'.*calm"),
        ([{"start": 0, "end": 1, "mood": ["sad"]}], "no mood"),
        ([{"start": 2, "end": 1, "mood": "sad"}], "from 2 to 1 s"),
        ([{"start": -1, "end": 1, "mood": "sad"}], "from -1 to 1 s"),
        ([{"start": 0, "end": float("nan"), "mood": "sad"}], "nan"),
        ([{"start": 0, "end": 1, "mood": "sad", "strength": 2}], "strength 2"),
        ([{"start": "x", "end": 1, "mood": "sad"}], "needs its 'start'"),
        ([{"start": 0, "end": 10**400, "mood": "sad"}], "needs its 'start'"),
        ([{"start": 0, "end": 1, "mood": "sad"}] * 3000, "list of ranges"),
    ],
)
def test_what_are_no_moods_is_one_sentence(rows, said):
    with pytest.raises(InputError, match=said):
        moods.of(rows)
