# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline: what is drawn where, and strokes that are moved to the playhead."""

import json
import sys

import bpy
import numpy as np
import pytest
from conftest import REPOSITORY

from blender_addon.errors import GestureError
from blender_addon.motion import strokes, timewarp
from blender_addon.motion.marks import Marks
from blender_addon.overlay import shapes
from blender_addon.speech import words

FPS = 15.0
VIEW = shapes.View(width=400.0, left=-1.0, right=3.0)  # 100 pixels a second


@pytest.fixture(scope="module")
def motion():
    with np.load(REPOSITORY / "tests/fixtures/motion/smartbody_excerpt.npz") as excerpt:
        moved = excerpt["directions"][:120].astype(np.float64)
    return moved / np.linalg.norm(moved, axis=-1, keepdims=True)


def area(points):
    """Of the triangles."""
    a, b, c = (points.reshape(-1, 3, 2)[:, i] for i in range(3))
    first, second = b - a, c - a
    return np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum() / 2


def test_the_wave_is_as_high_as_it_is_loud():
    level = np.concatenate([np.zeros(50), np.ones(50)]).astype(np.float32)
    points = shapes.wave(Marks(level, np.zeros(0), np.zeros((0, 2)), 50.0), VIEW, 40.0)
    assert points[:, 0].min() == pytest.approx(100.0)
    assert points[:, 0].max() == pytest.approx(300.0)
    assert points[points[:, 0] < 195][:, 1].max() == 0.0
    assert points[points[:, 0] > 205][:, 1].max() == 40.0
    assert area(points) == pytest.approx(40.0 * 100.0, rel=0.05)


def test_a_long_wave_has_a_column_a_pixel_and_loses_no_peak():
    level = np.zeros(30_000, np.float32)
    level[12_345] = 1.0
    marks = Marks(level, np.zeros(0), np.zeros((0, 2)), 50.0)
    points = shapes.wave(marks, shapes.View(300.0, 0.0, 600.0), 40.0)
    assert len(points) / 6 <= 302
    assert points[:, 1].max() == 40.0


def test_out_of_view_nothing_is_drawn():
    marks = Marks(np.ones(10, np.float32), np.zeros(0), np.zeros((0, 2)), 50.0)
    assert len(shapes.wave(marks, shapes.View(100.0, 5.0, 6.0), 40.0)) == 0
    assert len(shapes.bars(np.array([[7.0, 8.0]]), shapes.View(100.0, 5.0, 6.0), 0, 1)) == 0
    assert len(shapes.diamonds(np.array([7.0]), shapes.View(100.0, 5.0, 6.0), 0, 1)) == 0


def test_bars_lines_and_diamonds_are_where_they_belong():
    assert area(shapes.bars(np.array([[0.0, 1.0], [2.5, 9.0]]), VIEW, 0, 10)) == 1500.0
    assert area(shapes.lines(np.array([0.5]), VIEW, 0, 40, 2.0)) == pytest.approx(80.0)
    diamond = shapes.diamonds(np.array([1.0]), VIEW, 40, 4)
    np.testing.assert_allclose(diamond.min(axis=0), [196, 36])
    np.testing.assert_allclose(diamond.max(axis=0), [204, 44])


def test_words_are_read_from_beside_the_speech(tmp_path):
    speech = tmp_path / "talk.wav"
    assert words.beside(str(speech)) == ()
    (tmp_path / "talk.json").write_text(json.dumps([["hello", 0.3, 0.7]]))
    assert words.beside(str(speech)) == (("hello", 0.3, 0.7),)
    (tmp_path / "talk.json").write_text("{}no")
    assert words.beside(str(speech)) == ()


# --- time --------------------------------------------------------------------------------


def test_a_stroke_is_moved_and_the_rest_stays(motion):
    for stroke in strokes.find(motion, FPS)[1:-1]:
        for target in (stroke.start + 2, stroke.end - 2):
            moved = timewarp.moved(motion, stroke, target)
            np.testing.assert_allclose(moved[target], motion[stroke.peak], atol=1e-4)
            np.testing.assert_allclose(
                moved[: stroke.start + 1], motion[: stroke.start + 1], atol=1e-6
            )
            np.testing.assert_allclose(moved[stroke.end :], motion[stroke.end :], atol=1e-6)


def test_time_never_runs_backwards():
    at = np.linspace(10, 40, 301)
    for target in (11.0, 17.0, 25.0, 39.0):
        for peak in (11.0, 20.0, 39.0):
            warped = timewarp.monotone((10.0, target, 40.0), (10.0, peak, 40.0), at)
            assert np.diff(warped).min() >= -1e-9
            assert warped[0] == pytest.approx(10)
            assert warped[-1] == pytest.approx(40)
            assert np.interp(target, at, warped) == pytest.approx(peak, abs=0.1)


def test_a_stroke_cannot_pass_its_neighbours(motion):
    stroke = strokes.find(motion, FPS)[1]
    with pytest.raises(GestureError, match="nearer to the stroke"):
        timewarp.moved(motion, stroke, stroke.end + 3)


# --- in Blender -----------------------------------------------------------------------


@pytest.fixture
def take(fake_engine, character, speech_named):
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    bpy.ops.gestures.generate()
    return sys.modules["blender_addon.takes.shown"].find(bpy.context)


def curves(addon, action):
    return {
        (c.data_path, c.array_index): np.array([key.co[:] for key in c.keyframe_points])
        for c in addon.compat.fcurves(action)
    }


def snap_first(take):
    """Move the second stroke 3 scene frames later; the playhead's frame, its span in frames."""
    kept, fps = sys.modules["blender_addon.takes.stored"].load(take.action)
    stroke = strokes.find(kept, fps)[1]
    bpy.context.scene.frame_set(round(take.frame(stroke.peak / fps)) + 3)
    assert bpy.ops.gestures.stroke_snap() == {"FINISHED"}
    return stroke, [take.frame(frame / fps) for frame in (stroke.start, stroke.end)]


def test_the_stroke_lands_on_the_playhead(take, fake_engine):
    before = curves(fake_engine, take.action)
    load = sys.modules["blender_addon.takes.stored"].load
    motion, fps = load(take.action)
    stroke, (first, last) = snap_first(take)
    target = take.seconds(bpy.context.scene.frame_current) * fps
    assert target > stroke.peak + 1
    (there,) = timewarp.sampled(load(take.action)[0], np.array([target]))
    np.testing.assert_allclose(there, motion[stroke.peak], atol=0.03)
    after = curves(fake_engine, take.action)
    changed = 0
    for path, keys in before.items():
        far = (keys[:, 0] < first - 8) | (keys[:, 0] > last + 8)  # smoothing reaches that far
        np.testing.assert_allclose(after[path][far], keys[far], atol=2e-3)
        changed += np.abs(after[path] - keys).max() > 1e-3
    assert changed > 10


def test_locked_frames_stay(take, fake_engine, character):
    lock = character.gestures_locks.add()
    lock.first, lock.last = 1, 500
    before = curves(fake_engine, take.action)
    snap_first(take)
    after = curves(fake_engine, take.action)
    for path, keys in before.items():
        np.testing.assert_array_equal(after[path], keys)


def test_neither_speech_nor_engine_is_needed_and_the_look_stays(
    take, fake_engine, character, tmp_path, monkeypatch
):
    """What the motion is shaped by besides the sliders is in the take."""
    head = fake_engine.motion.mode.Gaze(np.tile((1.0, -1.0, 0.0), (60, 1)), 1.0)
    fake_engine.takes.stored.store_gaze(take.action, head)
    fake_engine.takes.rewriting.show(character, take.action)
    before = curves(fake_engine, take.action)
    (tmp_path / "hello.flac").unlink()
    monkeypatch.setattr(fake_engine.engine.jobs, "start", None)
    _, (first, last) = snap_first(take)
    for path, keys in curves(fake_engine, take.action).items():
        far = (keys[:, 0] < first - 8) | (keys[:, 0] > last + 8)
        np.testing.assert_allclose(before[path][far], keys[far], atol=2e-3)


def test_a_refused_snap_changes_nothing(take, fake_engine, monkeypatch):
    def refuse(*_):
        raise fake_engine.errors.GestureError("No.")

    load = sys.modules["blender_addon.takes.stored"].load
    before = load(take.action)[0]
    monkeypatch.setattr(fake_engine.rig.reading, "calibration", refuse)
    with pytest.raises(RuntimeError, match="No"):
        snap_first(take)
    assert np.array_equal(load(take.action)[0], before)


def test_away_from_the_take_it_is_said(take):
    bpy.context.scene.frame_set(5000)
    with pytest.raises(RuntimeError, match="no stroke at the playhead"):
        bpy.ops.gestures.stroke_snap()


def test_what_is_drawn_can_be_chosen(take):
    overlay = sys.modules["blender_addon.overlay.timeline"]
    whole = overlay.shapes(take, VIEW, {"WAVE", "PAUSES", "BEATS", "STROKES"}, 44.0, 1.0)
    assert len(whole) == 5
    assert [len(points) > 0 for points, _ in whole[:3]] == [True] * 3
    assert len(overlay.shapes(take, VIEW, {"BEATS"}, 44.0, 1.0)) == 1
    assert bpy.context.scene.gestures_overlay.show
