# SPDX-License-Identifier: GPL-3.0-or-later
"""Strokes, and the report of a take: what is counted, and where it leads."""

import sys

import bpy
import numpy as np
import pytest
from conftest import REPOSITORY

from blender_addon.body.skeleton import COLLAR, FOREARM, LENGTHS, NEUTRAL, UPPER_ARM
from blender_addon.motion import quality, strokes
from blender_addon.motion.marks import Marks

FPS = 15.0


def resting(frames):
    return np.repeat(NEUTRAL[None], frames, axis=0)


def swung(motion, side, frame, degrees=60.0):
    """MOTION whose forearm swings over within 5 frames around FRAME, forwards."""
    bone = FOREARM[side]
    angle = np.radians(degrees) * np.clip((np.arange(len(motion)) - frame + 2.5) / 5, 0, 1)
    motion = motion.copy()
    start = motion[:, bone]
    axis = np.array([1.0, 0.0, 0.0])
    turned = (
        start * np.cos(angle)[:, None]
        + np.cross(axis, start) * np.sin(angle)[:, None]
        + axis * (start @ axis)[:, None] * (1 - np.cos(angle))[:, None]
    )
    motion[:, bone] = turned
    return motion


def heard(*beats):
    return Marks(np.zeros(1), np.array(beats), np.zeros((0, 2)), 50.0)


def test_a_stroke_is_found_where_the_hand_moves():
    left = swung(resting(60), "L", 20)
    both = swung(left, "R", 45)
    found = strokes.find(both, FPS)
    assert [(stroke.peak, stroke.side) for stroke in found] == [(20, "L"), (45, "R")]
    assert found[0].start == 0
    assert 22 < found[0].end == found[1].start < 43


def test_strokes_are_the_engines(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(REPOSITORY))
    from ha2g_engine.body.skeleton import skeleton
    from ha2g_engine.evaluation.alignment import stroke_times

    with np.load(REPOSITORY / "tests/fixtures/motion/smartbody_excerpt.npz") as excerpt:
        motion = excerpt["directions"][:300]
    ours = [stroke.peak / FPS for stroke in strokes.find(motion, FPS)]
    theirs = stroke_times(motion, skeleton("expressive"))
    assert set(np.round(theirs[1:-1], 3)) <= set(np.round(ours, 3))
    assert abs(len(ours) - len(theirs)) <= 2


def test_wrists_hang_from_collar_and_arm():
    motion = resting(1)
    chain = [bone["L"] for bone in (COLLAR, UPPER_ARM, FOREARM)]
    np.testing.assert_allclose(strokes.wrists(motion)[0, 0], LENGTHS[chain] @ NEUTRAL[chain])


def test_nothing_moves_nothing_strikes():
    assert strokes.find(resting(2), FPS) == ()
    report = quality.report(resting(100), FPS, heard())
    assert (report.beats, report.hit, report.seam) == (0, 0, 0.0)


def test_beats_are_hit_or_missed():
    motion = swung(swung(resting(120), "L", 30), "R", 75)
    report = quality.report(motion, FPS, heard(30 / FPS + 0.15, 75 / FPS, 6.9))
    assert (report.beats, report.hit, report.strokes, report.on_beat) == (3, 2, 2, 2)
    assert quality.report(motion, FPS, heard(30 / FPS)).on_beat == 1
    assert [place.time for place in report.missed] == pytest.approx([6.9])


def test_a_beat_after_the_motion_counts_for_nothing():
    assert quality.report(resting(60), FPS, heard(1.0, 9.0)).beats == 1


def test_a_jump_at_a_window_is_a_seam_and_one_elsewhere_is_not():
    noise = np.random.default_rng(0).normal(0, 0.005, (200, 42, 3))
    motion = resting(200) + noise
    elsewhere = motion.copy()
    elsewhere[75:] += 0.5
    assert quality.report(elsewhere, FPS, None).seam < quality.CALM
    at_window = motion.copy()
    at_window[91:] += 0.5
    report = quality.report(at_window, FPS, None)
    assert report.seam > 5
    assert [place.time for place in report.seams] == pytest.approx([90 / FPS])


def test_the_borders_are_those_of_the_engines_own_windows():
    motion = resting(200) + np.random.default_rng(0).normal(0, 0.005, (200, 42, 3))
    motion[101:] += 0.5
    assert quality.report(motion, FPS, None).seam < quality.CALM
    report = quality.report(motion, FPS, None, 50, 10)
    assert [place.time for place in report.seams] == pytest.approx([100 / FPS])


# --- in Blender -----------------------------------------------------------------------


@pytest.fixture
def take(fake_engine, character, speech_named):
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    bpy.context.scene.frame_start = 11
    bpy.ops.gestures.generate()
    return sys.modules["blender_addon.takes.shown"].find(bpy.context)


def test_a_take_keeps_what_the_engine_heard(take):
    np.testing.assert_allclose(take.marks.beats, [0.5, 1.5, 3.0])
    np.testing.assert_allclose(take.marks.pauses, [[2.0, 2.5]])
    assert len(take.marks.level) == 200
    assert take.report().beats == 3


def test_the_report_survives_saving(take, tmp_path):
    before = take.report()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    again = sys.modules["blender_addon.takes.shown"].find(bpy.context)
    assert again.report() == before


def test_an_accepted_take_is_still_measured(take):
    before = take.report()
    bpy.ops.gestures.take_accept()
    again = sys.modules["blender_addon.takes.shown"].find(bpy.context)
    assert again.action.name == take.action.name
    assert again.report() == before


def test_places_are_on_the_scenes_frames(take):
    assert take.frame(0.5) == 11 + 0.5 * 24
    assert take.seconds(take.frame(1.7)) == pytest.approx(1.7)
    bpy.ops.gestures.go_to(frame=take.frame(0.5))
    assert bpy.context.scene.frame_current == 23


def test_another_motion_gives_another_report(take):
    module = sys.modules["blender_addon.takes.stored"]
    before = take.report()
    module.store(take.action, resting(60).astype(np.float32), FPS)
    assert take.report() != before
    del take.action[module.MOTION_KEY]
    assert take.report() is None


def test_a_take_knows_the_windows_it_was_made_in(take, fake_engine):
    """As the engine told them; of older takes they are the published ones."""
    assert (take.made.stride, take.made.overlap) == (50, 10)
    read = fake_engine.takes.record.read
    assert (read("{}").stride, read("{}").overlap) == (30, 4)
    for wrong in ('{"stride": 0}', '{"stride": "x"}', '{"stride": 1.5}', '{"overlap": -1}'):
        assert (read(wrong).stride, read(wrong).overlap) == (30, 4)
    assert take.report() is not None
