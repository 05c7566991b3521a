# SPDX-License-Identifier: GPL-3.0-or-later
"""Moods of a take: added, changed, kept over all that makes the take again, one undo step each."""

import json
import re

import bpy
import numpy as np
import pytest
import stroke_edits as edits
from conftest import JFK, REPOSITORY
from drawn import Layout, draw

from blender_addon.errors import GestureError
from blender_addon.motion import moods
from blender_addon.motion.moods import Mood
from blender_addon.overlay import moods as overlay_moods
from blender_addon.overlay import shapes
from blender_addon.strokes import bands

ops = bpy.ops.gestures
PAGE = REPOSITORY / "docs/moods.md"
NEAR = moods.REACH + 1e-3


@pytest.fixture
def take(addon, character):
    with edits.generated(addon, JFK) as ready:
        yield ready


def kept(addon):
    """The moods in the record, which the list has to show."""
    found = addon.takes.record.of(edits.action()).moods
    listed = [(line.start, line.end, line.mood) for line in edits.action().gestures_moods]
    assert [line[2] for line in listed] == [one.mood for one in found]
    np.testing.assert_allclose(
        [line[:2] for line in listed] or 0, [o[:2] for o in found] or 0, atol=1e-4
    )
    return found


def beyond(before, after, *spans):
    """That AFTER is BEFORE out of SPANS, s: motion and keys."""
    times = np.arange(len(before[0])) / 15.0
    far = edits.beyond(times, spans)
    assert far.any()
    np.testing.assert_array_equal(after[0][far], before[0][far])
    for channel, old in before[1].items():
        new = after[1][channel]
        old_far, new_far = (edits.beyond((k[:, 0] - 1.0) / 24.0, spans) for k in (old, new))
        np.testing.assert_array_equal(new[new_far], old[old_far], err_msg=str(channel))


def test_a_mood_changes_what_it_reaches_and_nothing_else(take):
    before = edits.state(take)
    assert ops.mood_add(mood="sad", time=4.0, end=6.5, strength=0.8) == {"FINISHED"}
    assert kept(take) == (Mood(4.0, 6.5, "sad", 0.8),)
    after = edits.state(take)
    beyond(before, after, (4.0 - NEAR, 6.5 + NEAR))
    inside = slice(round(4.5 * 15), round(6.0 * 15))
    assert np.abs(after[0] - before[0])[inside].max() > 0.2
    assert edits.lines() != before[2]  # the list shows strokes as they are made
    assert ops.mood_change(mood="joyful", end=7.0) == {"FINISHED"}
    assert kept(take) == (Mood(4.0, 7.0, "joyful", 0.8),)
    beyond(before, edits.state(take), (4.0 - NEAR, 7.0 + NEAR))
    assert ops.mood_delete() == {"FINISHED"}
    assert kept(take) == ()
    back = edits.state(take)
    np.testing.assert_array_equal(back[0], before[0])
    assert back[2:] == before[2:]


def test_moods_that_reach_each_other_change_together(take):
    ops.mood_add(mood="joyful", time=3.0, end=6.0)
    ops.mood_add(mood="frozen", time=8.0, end=9.0)  # within 3.2 s of the other
    edits.check_remade(take)
    ops.mood_delete(number=0)
    edits.check_remade(take)


def test_each_is_one_step_of_undo(take):
    before = edits.state(take)
    ops.mood_add(mood="tense", time=2.0, end=5.0)
    bpy.ops.ed.undo_push(message="Mood")
    after = edits.state(take)
    bpy.ops.ed.undo()
    assert kept(take) == ()
    for new, old in zip(edits.state(take)[:1], before[:1], strict=True):
        np.testing.assert_array_equal(new, old)
    bpy.ops.ed.redo()
    assert kept(take) == (Mood(2.0, 5.0, "tense", 1.0),)
    np.testing.assert_array_equal(edits.state(take)[0], after[0])


def test_what_is_masked_and_locked_stays(take):
    edits.protect()
    before = edits.state(take)
    ops.mood_add(mood="sad", time=0.0, end=11.0)
    edits.check_protected(before, edits.state(take))
    assert np.abs(edits.state(take)[0] - before[0]).max() > 0.2


def test_sliders_edits_and_making_again_keep_moods(take):
    ops.mood_add(mood="sad", time=3.0, end=7.0)
    found, sad = kept(take), edits.state(take)
    edits.action().gestures_style.style_low[0] = 0.9
    take.takes.live.settle()
    assert kept(take) == found
    slid = edits.state(take)
    assert np.abs(slid[0] - sad[0]).max() > 0.01
    edits.check_remade(take)
    ops.stroke_change(stroke=0, size=0.5)
    assert kept(take) == found
    edits.check_remade(take)
    name = edits.action().name
    assert ops.take_again(take=name) == {"FINISHED"}
    assert edits.action().name != name
    assert kept(take) == found
    np.testing.assert_array_equal(edits.state(take)[0].shape, slid[0].shape)
    assert ops.take_duplicate() == {"FINISHED"}
    assert kept(take) == found
    bpy.context.scene.gestures.seed = 9
    assert ops.generate() == {"FINISHED"}
    assert kept(take) == found
    edits.check_remade(take)


def test_a_take_of_a_part_of_a_speech_has_them_at_its_own_seconds(take):
    action, stored = edits.action(), take.takes.stored
    whole = edits.directions(take)
    stored.store(action, whole[30:121], 15.0, made=True)  # as a take of the seconds 2 to 8 has it
    take.takes.record.change(action, part=(2.0, 8.0))
    assert ops.mood_add(mood="sad", time=3.0, end=4.0) == {"FINISHED"}
    assert take.takes.record.of(action).moods == (Mood(5.0, 6.0, "sad", 1.0),)
    (line,) = action.gestures_moods
    assert (line.start, line.end) == (3.0, 4.0)
    after, times = edits.directions(take), np.arange(91) / 15
    far = (times < 3.0 - NEAR) | (times > 4.0 + NEAR)
    np.testing.assert_array_equal(after[far], whole[30:121][far])
    inside = (times > 3.2) & (times < 3.8)
    assert np.abs(after - whole[30:121])[inside].max() > 0.2


def test_files_keep_them(take, tmp_path):
    ops.mood_add(mood="calm", time=1.0, end=3.0, strength=0.4)
    found = kept(take)
    path = str(tmp_path / "kept.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert kept(take) == found


def test_the_voice_proposes_and_replaces(take):
    ops.mood_add(mood="frozen", time=4.0, end=5.0)
    assert ops.moods_from_voice() == {"FINISHED"}
    found = kept(take)
    assert len(found) >= 2
    assert "frozen" not in {one.mood for one in found}
    edits.check_remade(take)


def test_moods_are_added_at_the_playhead_and_in_the_preview_range(take):
    scene = bpy.context.scene
    scene.frame_set(1 + 24 * 2)
    ops.mood_add(mood="calm")
    assert kept(take)[0][:2] == pytest.approx((2.0, 5.0), abs=1e-3)
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 1 + 24 * 6, 1 + 24 * 8
    ops.mood_add(mood="tense")
    assert kept(take)[1][:2] == pytest.approx((6.0, 8.0), abs=1e-3)
    assert edits.action().gestures_mood == 1


def test_what_cannot_be_is_one_sentence_and_changes_nothing(take):
    before = edits.state(take)
    assert not ops.mood_delete.poll()
    with pytest.raises(RuntimeError, match=r"from 20\.00 to"):
        ops.mood_add(mood="sad", time=20.0, end=25.0)
    ops.mood_add(mood="sad", time=2.0, end=3.0)
    with pytest.raises(RuntimeError, match="no mood 7: the take has 1"):
        ops.mood_delete(number=7)
    ops.mood_delete()
    np.testing.assert_array_equal(edits.state(take)[0], before[0])
    edits.action()["gestures_take"] = json.dumps(
        {**json.loads(edits.action()["gestures_take"]), "moods": [[1, 0, "sad", 1]]}
    )
    assert take.takes.record.of(edits.action()).moods == ()
    assert "moods" in take.takes.record.damage(edits.action())


def test_the_moods_are_the_engines():
    from ha2g_engine.gestures.moods import table
    from ha2g_engine.gestures.plan import REACH

    assert tuple(table()) == moods.NAMES
    assert moods.REACH > REACH


def test_a_mood_that_is_put_over_others_takes_their_place():
    long = Mood(0.0, 9.0, "calm", 0.5)
    inner = moods.put((long,), Mood(3.0, 5.0, "sad"))
    assert inner == (
        Mood(0.0, 3.0, "calm", 0.5),
        Mood(3.0, 5.0, "sad"),
        Mood(5.0, 9.0, "calm", 0.5),
    )
    assert moods.put(inner, Mood(2.0, 6.0, "tense")) == (
        Mood(0.0, 2.0, "calm", 0.5), Mood(2.0, 6.0, "tense"), Mood(6.0, 9.0, "calm", 0.5),
    )  # fmt: skip
    assert moods.put((long,), Mood(0.0, 9.0, "sad")) == (Mood(0.0, 9.0, "sad"),)
    assert moods.put((Mood(1.0, 2.0, "sad"),), Mood(2.0, 3.0, "calm"))[0] == Mood(1.0, 2.0, "sad")
    with pytest.raises(GestureError, match=r"needs 0\.2 seconds"):
        moods.checked(Mood(3.0, 3.1, "sad"), 10.0)


@pytest.mark.parametrize(
    "value",
    [[1], [0, 1, "angry", 1], [0, 1, "sad", 2], [2, 1, "sad", 1], [0, float("nan"), "sad", 1],
     ["0", 1, "sad", 1], [0, 1, "sad", True], {"start": 0}, 7, None],
)  # fmt: skip
def test_a_strangers_mood_counts_as_none(value):
    with pytest.raises((ValueError, TypeError, KeyError)):
        moods.read(value)
    assert moods.read({"start": 0, "end": 1, "mood": "sad", "strength": 1}) == Mood(0, 1, "sad", 1)


def test_the_nearest_end_is_taken_of_the_band_under_the_mouse():
    places = [(10.0, 50.0), (50.0, 90.0)]
    assert bands.nearest(places, 12.0, 1.0) == (0, "start")
    assert bands.nearest(places, 49.0, 1.0) == (0, "end")
    assert bands.nearest(places, 52.0, 1.0) == (1, "start")
    assert bands.nearest(places, 70.0, 1.0) is None
    assert bands.nearest([], 70.0, 1.0) is None


def test_the_tab_lists_them_and_says_where_there_can_be_none(take):
    ops.mood_add(mood="sad", time=2.0, end=4.0, strength=0.8)
    shown = draw(take)
    assert {"gestures.moods_from_voice", "gestures.mood_delete"} <= set(shown.buttons)
    layout = Layout()
    panel = next(cls for cls in take.CLASSES if cls.__name__ == "GESTURES_UL_moods")
    (line,) = edits.action().gestures_moods
    panel.draw_item(None, bpy.context, layout, edits.action(), line, 0, None, "", 0)
    assert layout.texts == ["49 – 97", "80 %"]
    ops.compose()
    assert "so its moods stay" in " ".join(draw(take).texts)
    assert len(kept(take)) == 1


def test_bands_are_drawn_where_moods_are_as_strong_as_they_are():
    view = shapes.View(width=400.0, left=-1.0, right=3.0)  # 100 pixels a second
    found = [bands.Band(0.0, 2.0, "sad", 1.0, True), bands.Band(2.5, 9.0, "calm", 0.2, False)]
    (sad, colour), (_, ends), (calm, faint), _ = overlay_moods.shapes(found, view, 50.0, 2.0)
    assert (sad[:, 0].min(), sad[:, 0].max()) == (100.0, 300.0)
    assert (sad[:, 1].min(), sad[:, 1].max()) == (50.0, 50.0 + 2 * bands.HIGH)
    assert (calm[:, 0].min(), calm[:, 0].max()) == (350.0, 400.0)
    assert colour[3] > 2 * faint[3] and colour[:3] != faint[:3]
    assert ends == overlay_moods.CHOSEN
    assert set(overlay_moods.COLOURS) == set(moods.NAMES)


def test_a_dragged_end_is_shown_where_the_mouse_has_it(take):
    ops.mood_add(mood="sad", time=2.0, end=4.0)
    bands.drag(edits.action(), 0, "end", 1.0)
    try:
        (band,) = bands.of(edits.action())
        assert (band.start, band.end) == (1.0, 2.0)
    finally:
        bands.drop()
    (band,) = bands.of(edits.action())
    assert (band.start, band.end) == (2.0, 4.0)


def test_the_page_runs_as_it_stands(take):
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    exec(compile(block, str(PAGE), "exec"), {})  # the page's own words
    assert kept(take)
