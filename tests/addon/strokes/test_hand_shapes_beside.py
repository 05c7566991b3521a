# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand shapes for a range of the time and at rest: kept with the take, within their reach."""

from types import SimpleNamespace

import bpy
import drawn
import numpy as np
import pytest
import stroke_edits as edits
from conftest import JFK

ops = bpy.ops.gestures
LEFT, RIGHT = slice(5, 20), slice(22, 37)


@pytest.fixture
def take(addon, character):
    with edits.generated(addon, JFK) as ready:
        yield ready


def held(addon):
    return addon.strokes.editing.held(addon.takes.shown.find(bpy.context))


def apart(before, after):
    """(T, 42) how far directions differ."""
    return np.abs(after - before).max(axis=2)


def test_a_range_changes_the_fingers_of_its_hand_and_its_time_alone(take):
    before = edits.state(take)
    assert ops.hand_shape_hold(shape="fist", shaped="left", first=2.0, last=4.0) == {"FINISHED"}
    after = edits.state(take)
    off = apart(before[0], after[0])
    assert off[30:61, LEFT].max() > 0.3
    off[27:63, LEFT] = 0  # a fifth of a second before, and after
    assert off.max() == 0
    assert after[2] == before[2]  # the strokes
    assert [(h.shape, h.hand, h.start, h.end) for h in held(take)] == [("fist", "left", 2.0, 4.0)]
    frames = {path: {frame for frame, value in keys.tolist()} for path, keys in after[1].items()}
    assert frames.keys() == before[1].keys()


def test_a_shape_at_rest_leaves_gestures_alone(take):
    before = edits.state(take)
    assert ops.hand_shape_hold(shape="flat", shaped="both", when="REST") == {"FINISHED"}
    off = apart(before[0], edits.state(take)[0])
    strokes = [line[0] for line in edits.lines() if line[2] == "both"]
    assert strokes
    made = [round(time * 15) for time in strokes if time * 15 < len(off) - 1]
    assert off[made][:, [*range(5, 20), *range(22, 37)]].max() < 0.05
    assert off[-1, LEFT].max() > 0.1
    assert off[:, :5].max() == 0


def test_each_is_one_step_of_undo_and_goes_again(take):
    before = edits.state(take)
    ops.hand_shape_hold(shape="point", shaped="right", first=1.0, last=3.0)
    bpy.ops.ed.undo_push(message="Hold")
    assert ops.hand_shape_release(held=0) == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Release")
    np.testing.assert_array_equal(edits.state(take)[0], before[0])
    assert held(take) == []
    bpy.ops.ed.undo()
    assert [one.shape for one in held(take)] == ["point"]


def test_strokes_sliders_copies_and_making_again_keep_it(take):
    ops.hand_shape_hold(shape="fist", shaped="both", first=3.0, last=8.0)
    kept = held(take)
    ops.stroke_exchange(stroke=1, seed=8)
    assert held(take) == kept
    edits.action().gestures_style.style_low[1] = 0.9
    take.takes.live.settle()
    assert held(take) == kept
    bent = edits.directions(take)
    name = edits.action().name
    assert ops.take_again(take=name) == {"FINISHED"}
    assert held(take) == kept
    np.testing.assert_array_equal(edits.directions(take), bent)


def test_one_is_changed_in_place_and_what_is_wrong_is_told(take):
    ops.hand_shape_hold(shape="fist", shaped="both", first=3.0, last=8.0)
    assert ops.hand_shape_hold(held=0, shape="spread", shaped="right", first=4.0, last=5.0)
    assert [(h.shape, h.hand, h.start) for h in held(take)] == [("spread", "right", 4.0)]
    with pytest.raises(RuntimeError, match="no time in the take"):
        ops.hand_shape_hold(shape="fist", first=5.0, last=5.0)
    with pytest.raises(RuntimeError, match="no hand shape 3"):
        ops.hand_shape_release(held=3)


def test_the_panel_lists_them(take):
    ops.hand_shape_hold(shape="thumb up", shaped="right", first=1.0, last=3.0)
    ops.hand_shape_hold(shape="flat", when="REST")
    layout = drawn.draw(take)
    assert "Thumb up, 1.0 to 3.0 s" in layout.texts
    assert "Flat, at rest" in layout.texts
    assert layout.buttons.count("gestures.hand_shape_release") == 2


def test_the_range_offered_is_the_previewed_one(take):
    from blender_addon.operators.strokes import held as operators

    scene, found = bpy.context.scene, take.takes.shown.find(bpy.context)
    scene.frame_set(round(found.frame(1.0)))
    assert operators._range(bpy.context, found) == pytest.approx((1.0, 3.0), abs=0.05)
    scene.use_preview_range = True
    scene.frame_preview_start = round(found.frame(2.0))
    scene.frame_preview_end = round(found.frame(5.0))
    assert operators._range(bpy.context, found) == pytest.approx((2.0, 5.0), abs=0.05)
    dialog = SimpleNamespace()
    operators.GESTURES_OT_hand_shape_hold._show(
        dialog, take.motion.plan.HeldShape("fist", "left", None, None)
    )
    assert (dialog.shape, dialog.shaped, dialog.when) == ("fist", "left", "REST")
