# SPDX-License-Identifier: GPL-3.0-or-later
"""Strokes as objects: kept with the take, edited one by one, within their reach alone."""

import json
import re
from pathlib import Path

import bpy
import numpy as np
import pytest
import stroke_edits as edits
from conftest import JFK
from keyed import settings_of

from blender_addon.motion import plan

ops = bpy.ops.gestures
PAGE = Path(__file__).parents[3] / "docs/strokes.md"


@pytest.fixture
def take(addon, character):
    with edits.generated(addon, JFK) as ready:
        yield ready


def edited(addon, operator, **how):
    """What the take was and is, and how many frames are beyond the edit's reach."""
    before = edits.state(addon)
    assert operator(**how) == {"FINISHED"}
    after = edits.state(addon)
    far = edits.check(addon, before, after)
    edits.check_agrees(addon)
    assert np.abs(after[0] - before[0]).max() > 1e-3
    return before, after, far


# --- kept ------------------------------------------------------------------------------


def test_the_plan_is_kept_and_listed(take):
    listed = edits.lines()
    assert len(listed) >= 4
    assert listed == sorted(listed)
    kept = json.loads(edits.action()["gestures_plan"])
    assert kept["version"] == plan.VERSION
    assert len(kept["plan"]["strokes"]) == len(listed)
    assert all(
        line.title and line.title != line.gesture for line in edits.action().gestures_strokes
    )
    edits.check_agrees(take)


def test_copies_and_files_keep_it_and_it_is_made_again_bit_for_bit(take, tmp_path):
    edited(take, ops.stroke_exchange, stroke=2, seed=4)
    before = edits.state(take)
    assert ops.take_duplicate() == {"FINISHED"}
    assert edits.state(take)[2:] == before[2:]
    assert ops.compose() == {"FINISHED"}
    assert edits.state(take)[2:] == before[2:]
    ops.take_again(take=edits.armature().gestures_takes[0].action.name)
    assert len(edits.armature().gestures_takes) == 4
    again = edits.state(take)
    assert again[2] == before[2]
    np.testing.assert_array_equal(again[0], before[0])
    path = str(tmp_path / "kept.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert edits.state(take)[2:] == again[2:]


def test_a_take_without_a_plan_says_so(fake_engine, character, speech_named):
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    ops.generate()
    assert "gestures_plan" not in edits.action()
    assert not ops.stroke_exchange.poll()
    with pytest.raises(RuntimeError, match="keeps no plan"):
        ops.stroke_exchange()


NO_PLANS = [
    "", "null", "[]", "{", "[" * 100_000, "{}", '{"version": 99, "plan": {}, "strokes": []}',
    '{"version": 1, "plan": [], "strokes": []}', '{"version": 1, "plan": {}, "strokes": [1]}',
    '{"version": 1, "plan": {}, "strokes": [{"time": NaN}]}', 7, 1.5, [1.0, 2.0],
]  # fmt: skip


def test_what_a_strangers_file_keeps_as_a_plan_counts_as_none(take):
    assert ops.stroke_exchange.poll()
    for text in NO_PLANS:
        edits.action()["gestures_plan"] = text
        assert take.takes.stored.load_plan(edits.action()) is None, text
        assert not ops.stroke_exchange.poll(), text
    row = {**_row(), "time": 1e9}
    for wrong in (row, {**_row(), "hand": "third"}, {**_row(), "title": "x" * 1000},
                  {**_row(), "muted": 1}, {**_row(), "size": True}, {**_row(), "until": 10**400},
                  {**_row(), "gesture": "\ud800"}, {**_row(), "title": "a\0b"}):  # fmt: skip
        assert plan.of_answer({"plan": {}, "strokes": [wrong]}) is None
    assert plan.of_answer({"plan": {}, "strokes": [_row()]}) is not None


def _row():
    return {
        "time": 1.0, "until": None, "gesture": "g", "title": "G", "hand": "left", "size": 1.0,
        "tempo": 1.0, "muted": False, "shape": "", "shaped": "both",
    }  # fmt: skip


def test_a_plan_that_the_engine_refuses_changes_nothing(take):
    kept = json.loads(edits.action()["gestures_plan"])
    kept["plan"]["strokes"][1]["way"]["name"] = "nobody's"
    edits.action()["gestures_plan"] = json.dumps(kept)
    before = edits.state(take)
    with pytest.raises(RuntimeError, match="nobody's"):
        ops.stroke_exchange(stroke=1)
    after = edits.state(take)
    np.testing.assert_array_equal(after[0], before[0])
    assert after[2:] == before[2:]


# --- edited ----------------------------------------------------------------------------


def test_a_moved_stroke_is_where_it_was_put(take):
    old = edits.action().gestures_strokes[1].time
    _, after, far = edited(take, ops.stroke_move, stroke=1, time=old + 0.2)
    assert after[2][1][0] == pytest.approx(old + 0.2, abs=1e-3)
    assert edits.action().gestures_stroke == 1
    assert far > 60


def test_to_the_playhead(take):
    bpy.context.scene.frame_set(100)
    edited(take, ops.stroke_add, gesture="shrug")
    number = edits.action().gestures_stroke
    line = edits.action().gestures_strokes[number]
    assert (line.title, round(1 + line.time * 24)) == ("Shrug", 100)
    bpy.context.scene.frame_set(1)
    ops.stroke_go_to()
    assert bpy.context.scene.frame_current == 100


def test_each_verb(take):
    edits.action().gestures_stroke = 2
    gesture = edits.lines()[2][4]
    assert edited(take, ops.stroke_exchange, seed=5)[1][2][2][4] != gesture
    assert edited(take, ops.stroke_change, size=0.5, tempo=1.4)[1]
    assert edits.action().gestures_strokes[2].size == pytest.approx(0.5)
    assert edits.lines()[0][2] == "right"
    assert edited(take, ops.stroke_mirror, stroke=0)[1][2][0][2] == "left"
    assert edited(take, ops.stroke_change, stroke=2, hold=1.5)[1][2][2][1] == pytest.approx(1.5)
    assert edited(take, ops.stroke_mute, stroke=2)[1][2][2][3]
    assert not edited(take, ops.stroke_mute, stroke=2)[1][2][2][3]
    count = len(edits.lines())
    assert len(edited(take, ops.stroke_delete, stroke=0)[1][2]) == count - 1
    edits.check_remade(take)


def test_a_hand_shape(take):
    before, after, _ = edited(take, ops.stroke_change, stroke=1, shape="fist", shaped="right")
    apart = np.abs(after[0] - before[0]).max(axis=(0, 2))
    assert apart[22:37].max() > 0.2  # the right hand's fingers
    assert apart[5:20].max() < 1e-4
    assert ops.stroke_choose(what="SHAPE") == {"FINISHED"}
    edited(take, ops.stroke_shape, stroke=1, shape="OWN")
    assert edits.action().gestures_strokes[1].shape == ""


def test_a_gesture_is_chosen_from_what_the_engine_knows(take):
    assert ops.stroke_choose() == {"FINISHED"}
    known = take.strokes.repertoire.known()
    names = {name: title for name, title, _ in known.gestures}
    assert len(names) > 400
    assert any("indifference" in means for _, _, means in known.gestures)
    edited(take, ops.stroke_use, stroke=1, gesture="ha2g/over_there")
    assert edits.action().gestures_strokes[1].title == names["ha2g/over_there"]


def test_what_is_locked_masked_and_keyed_stays(take):
    edits.protect()
    bone = edits.armature().pose.bones["mixamorig:RightForeArm"]
    bone.rotation_quaternion = (0.8, 0.6, 0.0, 0.0)
    bone.keyframe_insert("rotation_quaternion", frame=52)
    before, after, _ = edited(take, ops.stroke_exchange, stroke=1, seed=8)
    edits.check_protected(before, after)
    path = bone.path_from_id("rotation_quaternion")
    (value,) = (k[1] for k in after[1][path, 0] if k[0] == 52)
    assert value == pytest.approx(0.8, abs=1e-5)


def test_sliders_moved_afterwards_keep_the_edited_strokes(take):
    edited(take, ops.stroke_add, time=5.0, gesture="shrug")
    kept, before = edits.lines(), edits.directions(take)
    edits.action().gestures_style.style_low[0] = 0.9
    take.takes.live.settle()
    assert not take.takes.live.problem()
    assert edits.lines() == kept
    assert np.abs(edits.directions(take) - before).max() > 1e-3
    edits.check_remade(take)
    assert edited(take, ops.stroke_delete, stroke=3)
    edits.check_remade(take)
    assert settings_of(edits.action())["style"][0][0] == pytest.approx(0.9, abs=0.01)


def test_the_reshaped_take_is_edited_in_its_shape(take):
    edits.action().gestures_style.strength[2] = 0.4
    take.takes.live.settle()
    edited(take, ops.stroke_change, stroke=1, size=0.4)
    assert edits.action().gestures_style.strength[2] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"stroke": 99}, "no stroke 99"),
        ({"stroke": 1, "time": 500.0}, "choose a time in it"),
    ],
)
def test_what_cannot_be_is_a_sentence(take, how, said):
    before = edits.state(take)
    with pytest.raises(RuntimeError, match=said):
        ops.stroke_move(**how)
    assert edits.state(take)[2:] == before[2:]
    with pytest.raises(RuntimeError, match="knows no gesture"):
        ops.stroke_add(time=2.0, gesture="somersault")


def test_a_take_of_parts_keeps_its_strokes(take):
    ops.compose()
    with pytest.raises(RuntimeError, match="not made in one piece"):
        ops.stroke_exchange(stroke=1)


def test_a_take_that_changed_meanwhile_is_left_alone(take):
    editing, shown = take.strokes.editing, take.takes.shown
    asked = editing.question(shown.find(bpy.context), {"do": "delete", "stroke": 0})
    outcome = take.engine.jobs.wait(take.engine.jobs.start("edit", asked.params, ""))
    ops.stroke_mute(stroke=2)
    before = edits.state(take)
    with pytest.raises(take.errors.GestureError, match="changed meanwhile"):
        list(editing.writing(asked, outcome))
    assert edits.state(take)[2:] == before[2:]


def test_one_undo_each(take, tmp_path):
    states = [edits.state(take)]
    for how in ({"stroke": 1, "seed": 3}, {"stroke": 3, "seed": 4}):
        ops.stroke_exchange("EXEC_DEFAULT", True, **how)
        states.append(edits.state(take))
    editor = edits.Editor(take, 0, tmp_path)
    bpy.ops.ed.undo()
    editor.same(states[1])
    bpy.ops.ed.undo()
    editor.same(states[0])
    bpy.ops.ed.redo()
    editor.same(states[1])


@pytest.mark.slow
def test_random_edits(take, tmp_path):
    edits.protect()
    editor = edits.Editor(take, 5, tmp_path)
    for _ in range(15):
        editor.step()
    edits.check_remade(take)
    assert len(editor.done) - len(editor.refused) > 8


# --- handles ---------------------------------------------------------------------------


def test_handles_show_strokes_and_the_one_that_is_dragged(take):
    handles = take.strokes.handles
    ops.stroke_mute(stroke=1)
    found = handles.of(edits.action())
    assert [one.seconds for one in found] == [s.time for s in edits.action().gestures_strokes]
    assert [one.muted for one in found].index(True) == 1
    assert [one.chosen for one in found].index(True) == 1
    handles.drag(edits.action(), 2, 4.5)
    assert handles.of(edits.action())[2].seconds == 4.5
    assert handles.of(edits.action())[2].dragged
    handles.drop()
    assert not any(one.dragged for one in handles.of(edits.action()))


def test_the_mouse_takes_the_nearest_handle_or_none(take):
    nearest = take.strokes.handles.nearest
    assert nearest([10.0, 50.0, 90.0], 53.0, 1.0) == 1
    assert nearest([10.0, 50.0, 90.0], 70.0, 1.0) is None
    assert nearest([10.0, 50.0], 66.0, 2.0) == 1
    assert nearest([], 5.0, 1.0) is None


def test_handles_are_drawn_where_strokes_are_and_muted_ones_faintly(take):
    from blender_addon.overlay import shapes, timeline

    handles = take.strokes.handles
    view = shapes.View(width=400.0, left=-1.0, right=3.0)
    found = [
        handles.Handle(1.0, "Shrug", "L", muted=False, chosen=True),
        handles.Handle(2.0, "You", "LR", muted=True, chosen=False),
        handles.Handle(9.0, "Me", "R", muted=False, chosen=False),
    ]
    filled = timeline.handle_shapes(found, view, 1.0)
    drawn = [(points[:, 0].mean(), colour) for points, colour in filled if len(points)]
    np.testing.assert_allclose([x for x, _ in drawn], [200, 300, 200, 200, 300], atol=0.5)
    assert drawn[0][1] == drawn[3][1] == timeline.COLOURS["L"]
    assert drawn[2][1] == timeline.CHOSEN
    assert drawn[4][1][3] == pytest.approx(0.95 * timeline.FAINT)


@pytest.mark.once
def test_the_page_s_script_runs(take, capsys):
    script = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    exec(compile(script, str(PAGE), "exec"), {})
    kept = json.loads(edits.action()[take.takes.stored.PLAN_KEY])
    made = kept["plan"]["edits"] + kept["plan"]["held"]
    assert len(made) == script.count("bpy.ops.")
    assert len(capsys.readouterr().out.splitlines()) >= len(edits.action().gestures_strokes)
