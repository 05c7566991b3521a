# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes by a plan: drawn by the seed, given back, and one stroke of it exchanged."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_repertoire import tiny_repertoire

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.skeleton import LEVELS as LEVEL_BONES
from ha2g_engine.cli.main import main
from ha2g_engine.errors import InputError
from ha2g_engine.gestures import planner
from ha2g_engine.gestures.held import EASE, Held
from ha2g_engine.gestures.plan import REACH, Plan, Stroke, reach
from ha2g_engine.gestures.repertoire import Way
from ha2g_engine.synthesis import answer, performer
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer

LEVELS = 6
REPERTOIRE = tiny_repertoire()


@pytest.fixture(scope="module")
def synthesizer(told_checkpoint):
    return Synthesizer(told_checkpoint)


@pytest.fixture(scope="module")
def take(synthesizer, jfk):
    return synthesizer.generate(jfk, Settings(seed=3))


def test_a_seed_draws_a_plan_and_another_seed_another(synthesizer, jfk, take):
    assert len(take.plan.strokes) >= 4
    assert synthesizer.generate(jfk, Settings(seed=3)).plan == take.plan
    other = synthesizer.generate(jfk, Settings(seed=4))
    assert other.plan != take.plan
    assert np.abs(other.directions - take.directions).max() > 0.05


def test_a_plan_given_back_makes_the_very_take(told_checkpoint, jfk, take):
    plan = Plan.from_dict(json.loads(json.dumps(take.plan.to_dict())))
    again = Synthesizer(told_checkpoint).generate(jfk, Settings(seed=3, plan=plan))
    np.testing.assert_array_equal(again.directions, take.directions)
    assert again.plan == take.plan


def test_one_exchanged_stroke_leaves_all_beyond_its_reach_as_it_was(synthesizer, jfk, take):
    frames = np.arange(len(take.directions)) / FPS
    for number in (1, 3):
        plan = planner.another(take.plan, number, REPERTOIRE, 1)
        changed = synthesizer.generate(jfk, Settings(seed=3, plan=plan)).directions
        far = np.abs(frames - plan.shown()[number].time) > REACH
        np.testing.assert_array_equal(changed[far], take.directions[far])
        moved = np.abs(changed - take.directions).max(axis=(1, 2))
        assert moved[~far].max() > 0.02
        np.testing.assert_allclose(np.linalg.norm(changed, axis=-1), 1, atol=1e-5)


CHANGES = [
    {"do": "change", "stroke": 1, "time": 0.2},  # later, by so much
    {"do": "add", "time": 4.3, "gesture": "g5", "hand": "right"},
    {"do": "change", "stroke": 2, "size": 0.6, "tempo": 1.4},
    {"do": "delete", "stroke": 0},
    {"do": "change", "stroke": 1, "muted": True},
    {"do": "change", "stroke": 2, "hold": 2.0, "shape": "fist"},
    {"do": "change", "stroke": 1, "muted": False},
    {"do": "exchange", "stroke": 3, "seed": 2},
]


def test_every_edit_leaves_all_beyond_its_reach_as_it_was(told_checkpoint, synthesizer, jfk, take):
    frames = np.arange(len(take.directions)) / FPS
    settings, plan, before = Settings(seed=3), take.plan, take.directions
    for change in CHANGES:
        asked = dict(change)
        if "time" in change and change["do"] == "change":
            asked["time"] += plan.shown()[change["stroke"]].time
        plan = synthesizer.edit(plan, asked, settings)
        made = synthesizer.generate(jfk, replace(settings, plan=plan))
        near = np.any([(frames >= a) & (frames <= b) for a, b in reach(plan)], axis=0)
        np.testing.assert_array_equal(made.directions[~near], before[~near])
        assert (~near).mean() > 0.3
        assert np.abs(made.directions - before).max() > 1e-3, change
        assert [row["time"] for row in made.strokes] == [s.time for s in plan.shown()]
        before = made.directions
    again = Synthesizer(told_checkpoint).generate(jfk, replace(settings, plan=plan))
    np.testing.assert_array_equal(again.directions, before)


def test_more_edits_than_stay_in_memory(told_checkpoint, synthesizer, jfk, take):
    settings, plan = Settings(seed=3), take.plan
    for number in range(performer.EDITS + 6):
        time = plan.shown()[2].time + (0.05 if number % 2 else -0.05)
        plan = synthesizer.edit(plan, {"do": "change", "stroke": 2, "time": time}, settings)
    live = synthesizer.generate(jfk, replace(settings, plan=plan)).directions
    fresh = Synthesizer(told_checkpoint).generate(jfk, replace(settings, plan=plan)).directions
    np.testing.assert_array_equal(live, fresh)


def test_exchanges_add_up_and_come_out_alike_from_nothing(synthesizer, told_checkpoint, jfk, take):
    plan = planner.another(take.plan, 0, REPERTOIRE, 1)
    plan = planner.another(plan, 3, REPERTOIRE, 2)
    live = synthesizer.generate(jfk, Settings(seed=3, plan=plan))
    fresh = Synthesizer(told_checkpoint).generate(jfk, Settings(seed=3, plan=plan))
    np.testing.assert_array_equal(live.directions, fresh.directions)
    back = plan.with_exchanged(0, take.plan.strokes[0])
    near = np.arange(len(take.directions)) / FPS < take.plan.strokes[0].time
    restored = synthesizer.generate(jfk, Settings(seed=3, plan=back)).directions
    np.testing.assert_allclose(restored[near], take.directions[near], atol=1e-5)


@pytest.mark.parametrize("exchanged", [False, True])
@pytest.mark.parametrize("level", [0, 2, 5])
def test_a_changed_level_is_the_same_live_and_from_nothing(told_checkpoint, jfk, level, exchanged):
    live, fresh = Synthesizer(told_checkpoint), Synthesizer(told_checkpoint)
    first = live.generate(jfk, Settings(seed=3))
    plan = planner.another(first.plan, 2, REPERTOIRE, 1) if exchanged else None
    first = live.generate(jfk, Settings(seed=3, plan=plan))
    style = np.array(first.style)
    style[:, level] = (0.9, 0.1, 0.0)
    settings = Settings(seed=3, plan=plan, style=style)
    changed, again = live.generate(jfk, settings), fresh.generate(jfk, settings)
    np.testing.assert_array_equal(changed.directions, again.directions)
    assert changed.levels_run < again.levels_run or not level
    coarser = list(LEVEL_BONES[level - 1]) if level else []
    np.testing.assert_array_equal(changed.directions[:, coarser], first.directions[:, coarser])


def test_digital_silence_has_no_stroke(synthesizer, write_speech):
    take = synthesizer.generate(write_speech(seconds=6, level=0.0), Settings())
    assert not take.plan.strokes


def test_people_use_the_hands_of_whom_they_are_like(synthesizer):
    places = synthesizer.planner.places
    assert synthesizer.planner.taste(places[1:] + 0.1).hands == (1.0, 0.0, 0.0)
    assert synthesizer.planner.taste(places[:1] - 0.1).hands == (0.2, 0.3, 0.5)


def test_a_take_is_saved_with_its_plan(synthesizer, jfk, take, tmp_path):
    path = tmp_path / "motion.npz"
    answer.save(path, take, jfk, Settings(seed=3), synthesizer)
    with np.load(path) as arrays:
        assert Plan.from_dict(json.loads(str(arrays["plan"]))) == take.plan
    values, _ = answer.of(take, jfk)
    assert Plan.from_dict(json.loads(json.dumps(values["plan"]))) == take.plan


def test_a_plan_of_unknown_gestures_is_one_sentence(synthesizer, jfk):
    strange = Plan((Stroke(1.0, Way("nobody's")),))
    with pytest.raises(InputError, match="nobody's"):
        synthesizer.generate(jfk, Settings(plan=strange))


def test_models_without_gestures_have_no_plan(small_checkpoint, write_speech):
    take = Synthesizer(small_checkpoint).generate(write_speech(), Settings(plan=Plan()))
    assert take.plan is None


# --- hand shapes beside gestures ---------------------------------------------------------


def test_a_held_shape_changes_its_fingers_and_its_time_alone(told_checkpoint, jfk, take):
    held = (Held("fist", "left", 2.0, 4.0),)
    made = Synthesizer(told_checkpoint).generate(jfk, Settings(seed=3, held=held))
    apart = np.abs(made.directions - take.directions).max(axis=2)
    times = np.arange(len(apart)) / FPS
    assert apart[(times >= 2) & (times <= 4), 5:20].max() > 0.3
    near = (times > 2 - EASE) & (times < 4 + EASE)
    apart[near, 5:20] = 0
    assert apart.max() == 0
    assert replace(made.plan, held=()) == take.plan


def test_a_held_shape_goes_on_under_edits_and_comes_back_with_the_plan(synthesizer, jfk, take):
    settings = Settings(seed=3)
    plan = synthesizer.edit(take.plan, {"do": "hold", "shape": "flat"}, settings)
    made = synthesizer.generate(jfk, replace(settings, plan=plan))
    edit = {"do": "change", "stroke": 1, "size": 0.6, "shape": "fist"}
    edited = synthesizer.edit(made.plan, edit, settings)
    after = synthesizer.generate(jfk, replace(settings, plan=edited))
    far = np.abs(np.arange(len(take.directions)) / FPS - edited.shown()[1].time) > REACH
    np.testing.assert_array_equal(after.directions[far], made.directions[far])
    plain = replace(edited, held=())
    without = synthesizer.generate(jfk, replace(settings, plan=plain)).directions
    assert np.abs(after.directions - without).max() > 0.1
    arms = [0, 1, 2, 3, 4, 20, 21]
    np.testing.assert_array_equal(after.directions[:, arms], without[:, arms])


def test_models_without_gestures_hold_no_shapes(small_checkpoint, write_speech):
    with pytest.raises(InputError, match="plans no gestures"):
        Synthesizer(small_checkpoint).generate(write_speech(), Settings(held=(Held("fist"),)))
    with pytest.raises(InputError, match="no hand shape 'claw'"):
        Settings(held=(Held("claw"),))


def test_the_shell_takes_hand_shapes(told_checkpoint, jfk, tmp_path, capsys):
    out = tmp_path / "motion.npz"
    command = ["generate", str(jfk), "--out", str(out), "--checkpoint", str(told_checkpoint)]
    wanted = ["--hand-shape", "fist:left:2-4.5", "--hand-shape", "flat", "--hand-shape", "two:1-2"]
    assert main([*command, *wanted]) == 0
    with np.load(out) as arrays:
        plan = Plan.from_dict(json.loads(str(arrays["plan"])))
        asked = json.loads(str(arrays["asked"]))
    assert plan.held == (Held("fist", "left", 2, 4.5), Held("flat"), Held("two", "both", 1, 2))
    assert [one["shape"] for one in asked["held"]] == ["fist", "flat", "two"]
    for wrong in ("fist:left:4-2", "fist:up", "fist:left:now", "fist:2-3:left"):
        assert main([*command, "--hand-shape", wrong]) == 2
        assert "is no hand shape" in capsys.readouterr().err


def test_the_shell_says_what_begins_after_the_end(told_checkpoint, jfk, tmp_path, capsys):
    command = ["generate", str(jfk), "--checkpoint", str(told_checkpoint)]
    command += ["--out", str(tmp_path / "motion.npz"), "--hand-shape", "flat", "--hand-shape"]
    moods = tmp_path / "moods.json"
    moods.write_text('[{"start": 2, "end": 99, "mood": "sad"}]')
    assert main([*command, "fist:2-99", "--moods", str(moods)]) == 0
    assert "changes nothing" not in capsys.readouterr().err
    moods.write_text('[{"start": 20, "end": 30, "mood": "calm"}]')
    assert main([*command, "fist:12-14", "--moods", str(moods)]) == 0
    said = capsys.readouterr().err
    assert "ends at 11.0 s, before 'calm' at 20 s, 'fist' at 12 s: that changes nothing" in said
