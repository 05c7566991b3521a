# SPDX-License-Identifier: GPL-3.0-or-later
"""A take in moods: each acts, only where it reaches, and an animator's strokes stand above it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.gestures import moods
from ha2g_engine.gestures.moods import Mood
from ha2g_engine.gestures.plan import REACH, reach
from ha2g_engine.synthesis import answer, asking, mooded
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

PLAIN = Settings(seed=3, identity_seed=1)
NOSE, SPINE, LEFT_COLLAR = 37, 0, 1


@pytest.fixture(scope="module")
def shipped():
    return Synthesizer()


@pytest.fixture(scope="module")
def plain(shipped, jfk):
    return shipped.generate(jfk, PLAIN)


def in_mood(shipped, jfk, *ranges):
    return shipped.generate(jfk, replace(PLAIN, moods=ranges))


def pitch(directions, bone):
    """Mean degrees that a bone is bent forward of what is level or upright."""
    way = directions[:, bone]
    return np.degrees(np.arctan2(way[:, 1], -way[:, 2])).mean()


def test_motion_out_of_reach_is_bit_for_bit_as_without_moods(shipped, jfk, plain):
    made = in_mood(shipped, jfk, Mood(3.0, 5.0, "sad"), Mood(9.5, 10.5, "joyful"))
    times = np.arange(len(plain.directions)) / FPS
    spans = [(3.0 - REACH, 5.0 + REACH), (9.5 - REACH, 10.5 + REACH)]
    far = ~np.any([(times > a) & (times < b) for a, b in spans], axis=0)
    assert far.sum() > 30
    np.testing.assert_array_equal(made.directions[far], plain.directions[far])
    inside = (times > 3.3) & (times < 4.7)
    assert np.abs(made.directions - plain.directions)[inside].max() > 0.2
    assert made.plan == plain.plan


def test_one_range_changed_leaves_what_another_makes_as_it_was(shipped, jfk):
    ending = Mood(9.0, 10.5, "lively")
    before = in_mood(shipped, jfk, Mood(1.0, 3.0, "sad"), ending)
    after = in_mood(shipped, jfk, Mood(1.0, 4.0, "tense", 0.5), ending)
    far = round((4.0 + REACH) * FPS) + 1
    np.testing.assert_array_equal(after.directions[far:], before.directions[far:])
    fresh = in_mood(Synthesizer(), jfk, Mood(1.0, 4.0, "tense", 0.5), ending)
    np.testing.assert_array_equal(after.directions, fresh.directions)


def test_sad_bows_and_slows_and_joyful_does_the_reverse(shipped, jfk, plain):
    sad, joyful = (
        in_mood(shipped, jfk, Mood(0.0, 20.0, name)).directions for name in ("sad", "joyful")
    )
    usual = plain.directions
    assert pitch(sad, NOSE) > pitch(usual, NOSE) + 12 > pitch(joyful, NOSE) + 16
    lean = [np.degrees(np.arcsin(-d[:, SPINE, 2])).mean() for d in (sad, usual, joyful)]
    assert lean[0] > lean[1] + 5 > lean[2] + 7
    speeds = [wrist_speed(d).max(axis=1).mean() for d in (sad, usual, joyful)]
    assert speeds[0] < 0.6 * speeds[1]
    assert speeds[1] < speeds[2]


def lasting(take):
    """Mean frames for which hands are at least half as quick as at a stroke's quickest."""
    speed = wrist_speed(take.directions).max(axis=1)
    found = []
    for row in (row for row in take.strokes if not row["muted"]):
        near = np.flatnonzero(np.abs(np.arange(len(speed)) / FPS - row["time"]) < 0.55)
        top = near[speed[near].argmax()]
        slow = np.flatnonzero(speed < speed[top] / 2)
        found.append(slow[slow > top].min(initial=len(speed)) - slow[slow < top].max(initial=0))
    return np.mean(found)


def test_strokes_last_longer_in_a_sad_mood_and_shorter_in_a_tense_one(shipped, jfk, plain):
    sad, tense = (in_mood(shipped, jfk, Mood(0.0, 20.0, name)) for name in ("sad", "tense"))
    assert lasting(sad) > 1.2 * lasting(plain)
    assert lasting(tense) < 0.95 * lasting(plain)


def test_tense_raises_the_shoulders_and_curls_the_fingers(shipped, jfk, plain):
    tense = in_mood(shipped, jfk, Mood(0.0, 20.0, "tense")).directions
    up = [np.degrees(np.arcsin(-d[:, LEFT_COLLAR, 1])).mean() for d in (tense, plain.directions)]
    assert up[0] > up[1] + 6


def test_still_only_breathes_and_frozen_does_not_even_that(shipped, jfk):
    still, frozen = (in_mood(shipped, jfk, Mood(0.0, 20.0, name)) for name in ("still", "frozen"))
    inner = slice(None, -int(2 * FPS))
    assert wrist_speed(still.directions)[inner].max() < 0.05
    turn = still.directions[inner, SPINE]
    assert 0.5 < np.degrees(np.arccos((turn[:1] * turn).sum(-1).clip(-1, 1))).max() < 3
    assert np.ptp(frozen.directions[inner], axis=0).max() == 0
    assert all(row["muted"] for row in still.strokes)


@pytest.mark.parametrize("name", list(moods.table()))
def test_no_mood_jerks_where_it_comes_and_goes(shipped, jfk, plain, name):
    made = in_mood(shipped, jfk, Mood(3.0, 7.0, name)).directions

    def jerk(directions):
        return np.linalg.norm(np.diff(directions, 3, axis=0), axis=-1)[:, :37].max()

    assert np.isfinite(made).all()
    np.testing.assert_allclose(np.linalg.norm(made, axis=-1), 1, atol=1e-5)
    assert jerk(made) < 1.5 * jerk(plain.directions)


def test_a_stroke_that_an_animator_changed_is_made_in_any_mood(shipped, jfk, plain):
    asked = replace(PLAIN, moods=(Mood(0.0, 20.0, "still"),))
    number = 2
    plan = shipped.edit(plain.plan, {"do": "change", "stroke": number, "muted": False}, asked)
    assert plan.strokes == plain.plan.strokes
    made = shipped.generate(jfk, replace(asked, plan=plan))
    assert [row["muted"] for row in made.strokes].count(False) == 1
    assert not made.strokes[number]["muted"]
    again = shipped.generate(jfk, replace(PLAIN, plan=plan))
    assert not any(row["muted"] for row in again.strokes)


def test_an_edit_in_a_mood_changes_what_it_reaches_alone(shipped, jfk, plain):
    asked = replace(PLAIN, moods=(Mood(0.0, 6.0, "sad"), Mood(8.0, 10.0, "tense")))
    before = shipped.generate(jfk, replace(asked, plan=plain.plan))
    number = next(i for i, row in enumerate(before.strokes) if not row["muted"])
    change = {"do": "change", "stroke": number, "size": 1.2}
    plan = shipped.edit(plain.plan, change, asked)
    after = shipped.generate(jfk, replace(asked, plan=plan))
    times = np.arange(len(after.directions)) / FPS
    near = np.any(
        [(times >= a) & (times <= b) for a, b in reach(shipped.acted(plan, asked))], axis=0
    )
    np.testing.assert_array_equal(after.directions[~near], before.directions[~near])
    assert np.abs(after.directions - before.directions)[near].max() > 0.02
    assert after.strokes[number]["size"] == 1.2


def test_models_without_gestures_take_a_mood_too(small_checkpoint, write_speech):
    model, speech = Synthesizer(small_checkpoint), write_speech(seconds=4)
    plain = model.generate(speech, Settings(seed=1)).directions
    sad = model.generate(speech, Settings(seed=1, moods=(Mood(0.0, 4.0, "sad"),))).directions
    assert pitch(sad, NOSE) > pitch(plain, NOSE) + 8


def test_the_smaller_skeleton_is_left_as_it_is():
    motion = np.random.default_rng(0).normal(size=(9, 9, 3)).astype(np.float32)
    assert mooded.mooded(motion, motion[0], (Mood(0.0, 1.0, "sad"),), (), 0) is motion


def test_moods_are_asked_for_and_told(shipped, jfk, tmp_path):
    rows = [{"start": 1.0, "end": 2.0, "mood": "calm", "strength": 0.5}]
    settings = asking.settings({"moods": rows, "seed": 3})
    assert settings.moods == (Mood(1.0, 2.0, "calm", 0.5),)
    take = shipped.generate(jfk, settings)
    values, _ = answer.of(take, jfk)
    assert values["moods"] == rows
    answer.save(tmp_path / "motion.npz", take, jfk, settings, shipped)
    with np.load(tmp_path / "motion.npz") as arrays:
        assert json.loads(str(arrays["asked"]))["moods"] == rows
