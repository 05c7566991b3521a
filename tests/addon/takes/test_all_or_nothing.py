# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors in the midst of a change, engines that die while a slider moves: sliders, keys agree."""

import json
import random
import signal
from pathlib import Path

import bpy
import kill_points
import numpy as np
import pytest
import scene_dump
from fake_motion import expected

from blender_addon.takes import files, record


@pytest.fixture
def stage(fake_engine, tmp_path):
    """The file that works are killed in."""
    return kill_points.build_file(fake_engine, tmp_path)


@pytest.mark.parametrize("name", ["generate", "slider", "stroke", "accept", "show"])
def test_an_error_at_any_moment_leaves_all_or_nothing(fake_engine, stage, name):
    _, _, failures = kill_points.survey(fake_engine, name, stage, 12, random.randrange(10**6))
    assert not failures


LAST_STEP = {  # what the last step of writing calls: the module, the function
    "the list": ("collection", "_added"),
    "the track": ("nla", "new"),
    "the pose": ("collection", "_set_pose"),
    "what is muted": ("collection", "_refresh"),
    "the scene's end": ("writing", "_fit"),
    "the next take's sliders": ("style", "hand_to_next"),
    "the sound": ("writing", "_sound"),
}


@pytest.mark.parametrize("what", LAST_STEP)
@pytest.mark.parametrize("late", [False, True])
def test_an_error_in_the_last_step_is_undone(fake_engine, stage, monkeypatch, what, late):
    kill_points.opened(stage)
    before = kill_points.comparable("generate")
    module = getattr(fake_engine.takes, LAST_STEP[what][0])
    real = getattr(module, LAST_STEP[what][1])

    def broken(*arguments, **more):
        if late:
            real(*arguments, **more)
        monkeypatch.setattr(module, LAST_STEP[what][1], real)  # undoing may need it
        raise MemoryError("injected")

    monkeypatch.setattr(module, LAST_STEP[what][1], broken)
    with pytest.raises(RuntimeError, match="injected"):
        bpy.ops.gestures.generate()
    assert list(scene_dump.differences(before, kill_points.comparable("generate"))) == []
    assert bpy.ops.gestures.generate() == {"FINISHED"}


# --- the engine dies while a slider moves -------------------------------------------------


@pytest.fixture
def take(fake_engine, character, speech_named):
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    bpy.ops.gestures.generate()
    fake_engine.takes.live.settle()
    return character.animation_data.action


def agrees(addon, armature, take):
    """Whether sliders, record, motion and keys of TAKE say the same."""
    settings, made = take.gestures_style, record.of(take)
    assert settings.pending == "NONE"
    rows = addon.takes.style.style_rows(settings)
    assert np.allclose(rows, made.style, atol=1e-5)
    assert np.allclose(addon.takes.stored.load(take)[0], expected(made.seed, made.style), atol=1e-6)
    keys = scene_dump.action_of(take)["curves"]
    addon.takes.rewriting.show(armature, take)
    assert scene_dump.action_of(take)["curves"] == keys


@pytest.mark.parametrize("ticks", range(8))
def test_an_engine_that_dies_leaves_slider_and_keys_together(
    fake_engine, character, take, speech_named, ticks
):
    live, process = fake_engine.takes.live, fake_engine.engine.process
    take.gestures_style.style_low[0] = 0.9
    for _ in range(ticks):
        live.tick(patient=False)
    if process._session.client:
        process._session.client._process.kill()
    live.settle()
    agrees(fake_engine, character, take)
    process.stop()  # Restart
    live.settle()
    agrees(fake_engine, character, take)
    take.gestures_style.style_low[0] = 0.7
    live.settle()
    agrees(fake_engine, character, take)
    assert record.of(take).style[0][0] == pytest.approx(0.7, abs=1e-5)


def test_the_slider_goes_back_and_it_is_said(fake_engine, character, take):
    before = scene_dump.action_of(take)
    take.gestures_style.style_low[0] = 0.9
    worker = fake_engine.engine.process._session.client._process
    worker.send_signal(signal.SIGSTOP)  # so that it cannot have answered when it is killed
    fake_engine.takes.live.tick(patient=False)  # asked
    worker.kill()
    fake_engine.takes.live.settle()
    assert "stopped unexpectedly" in fake_engine.takes.live.problem()
    assert take.gestures_style.style_low[0] == pytest.approx(0.5)
    assert scene_dump.action_of(take) == before


def test_a_shape_that_cannot_be_had_goes_back(fake_engine, character, take, monkeypatch):
    character.gestures_intensity = 0.8
    fake_engine.takes.live.settle()
    assert record.of(take).intensity == pytest.approx(0.8)

    def broken(*_):
        raise MemoryError("injected")

    monkeypatch.setattr(fake_engine.keys.writing, "carry_out", broken)
    before = scene_dump.action_of(take)["curves"]
    character.gestures_intensity = 0.2
    take.gestures_style.strength[1] = 0.3
    with pytest.raises(MemoryError):
        fake_engine.takes.live.settle()
    assert character.gestures_intensity == pytest.approx(0.8)
    assert take.gestures_style.strength[1] == pytest.approx(1.0)
    assert scene_dump.action_of(take)["curves"] == before
    assert "back where they were" in fake_engine.takes.live.problem()


# --- another sound under the same name -----------------------------------------------------


def test_a_speech_of_the_same_length_and_other_content_is_not_taken_unseen(
    fake_engine, character, take
):
    speech = record.of(take).speech
    content = bytearray(Path(speech).read_bytes())
    content[-200:] = bytes(200)
    Path(speech).write_bytes(content)
    before = scene_dump.action_of(take)
    take.gestures_style.style_low[0] = 0.9
    fake_engine.takes.live.settle()
    assert "is another one than it was made from" in fake_engine.takes.live.problem()
    assert scene_dump.action_of(take) == before
    with pytest.raises(RuntimeError, match="another one than it was made from"):
        bpy.ops.gestures.regenerate(first=10, last=40)
    assert bpy.ops.gestures.take_again() == {"FINISHED"}  # this is how to have it
    again = character.animation_data.action
    assert record.of(again).speech_digest == files.digest(speech)
    assert record.of(again).speech_digest != record.of(take).speech_digest


def test_takes_that_do_not_know_their_content_go_on(fake_engine, character, take):
    record.change(take, speech_digest=None)
    take.gestures_style.style_low[0] = 0.9
    fake_engine.takes.live.settle()
    assert not fake_engine.takes.live.problem()
    agrees(fake_engine, character, take)


# --- damaged records -------------------------------------------------------------------------

DAMAGED = {
    "no JSON": "{",
    "nothing": "",
    "a list": "[1, 2]",
    "deep": "[" * 99_999,
    "a number": "7",
    **{
        name: json.dumps({"speech": "/a.wav", name: value})
        for name, value in {
            "seed": "many",
            "style": [[2]],
            "mode": 5,
            "overruns": [[1]],
            "beyond_limits": {"x": "y"},
            "touches": [None],
            "scene_fps": 0,
            "start_frame": "soon",
            "shaping": {"strength": "much"},
            "regenerated": [{"seed": []}],
            "parts": [],
            "variation": {"amount": "half"},
            "poses": -1,
            "pose_fps": None,
            "part": [2, 1],
            "relative": [],
            "limits": {},
        }.items()
    },
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_record_is_told_and_kept_as_a_text(fake_engine, take, speech_named, kind):
    import drawn

    live = fake_engine.takes.live
    take["gestures_take"] = DAMAGED[kind]
    layout = drawn.draw(fake_engine)
    assert "is damaged: " in " ".join(layout.texts)
    take.gestures_style.style_low[0] = 0.9
    live.settle()
    for verb in ("take_again", "take_settings", "regenerate", "stroke_snap", "take_accept"):
        operator = getattr(bpy.ops.gestures, verb)
        try:
            operator()
        except RuntimeError as refused:
            assert "Traceback" not in str(refused), verb
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    record.change(take, seed=3)
    texts = [text.as_string() for text in bpy.data.texts]
    assert DAMAGED[kind] in texts
    assert not record.damage(take)
    assert record.of(take).seed == 3
