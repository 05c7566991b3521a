# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a take while Blender is used: short steps, and whatever happens between two of them."""

import sys
import time
from pathlib import Path

import bpy
import motion_clips
import numpy as np
import pytest
from keyed import degrees, poses

TEN_MINUTES = 600 * 15  # poses
LONGEST_STEP = 0.25  # seconds of computing between two looks at the window
MOST_MEMORY = 300e6  # bytes, undo included


def speech_motion(count):
    """(COUNT, 42, 3) directions of real gestures, back and forth."""
    clip = np.concatenate([directions for _, directions, _ in motion_clips.excerpt()])
    there_and_back = np.concatenate([clip, clip[::-1]])
    repeats = -(-count // len(there_and_back))
    return np.tile(there_and_back, (repeats, 1, 1))[:count].astype(np.float32)


class Told:
    """The operator's steps, as the timer would take them; the engine has answered already."""

    def __init__(self, addon, count):
        self.addon = addon
        self.values = {"fps": 15.0, "style": [[0.4] * 6, [0.3] * 6, [0.3] * 6]}
        self.motion, self.said = speech_motion(count), []
        made = addon.operators.generate.MakesTake
        told = self

        class Operator(made):
            def begin(self, context):
                self._request = addon.takes.request.request_from(context)
                job = addon.engine.jobs.Job(1, "")
                arrays = {"directions": told.motion}
                job.outcome = addon.engine.client.Result(1, told.values, arrays)
                return job

            def report(self, kind, message):
                told.said.append((kind, message))

        self.operator = Operator()
        self.operator.start(bpy.context)

    def tick(self):
        """One look of the timer; whether the operator has ended."""
        return self.operator.ended(bpy.context)

    def to_middle(self):
        """Go on until half of the keys are written."""
        while self.fraction < 0.7:
            assert not self.tick()

    @property
    def fraction(self):
        return self.operator._job.fraction

    def to_end(self):
        while not self.tick():
            pass
        return self.operator.conclude(bpy.context)


@pytest.fixture
def ready(addon, character, speech_named):
    addon.engine.preferences.get().engine_python = sys.executable  # never started here
    bpy.context.scene.gestures.speech = str(speech_named("hello"))
    bpy.ops.ed.undo_push(message="Ready")
    return addon


@pytest.fixture
def short_steps(ready, monkeypatch):
    """A look at the window after every step, however fast this machine is."""
    monkeypatch.setattr(ready.operators.engine_call, "AT_ONCE", 0.0)
    return ready


def memory():
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read as Linux has it")
def test_ten_minutes_never_block_and_stay_small(short_steps, character):
    told, before = Told(short_steps, TEN_MINUTES), memory()
    longest, begin, fraction, ended = 0.0, time.thread_time(), 0.0, False
    while not ended:
        at = time.thread_time()
        ended = told.tick()
        longest = max(longest, time.thread_time() - at)
        assert told.fraction >= fraction
        fraction = told.fraction
    told.operator.conclude(bpy.context)
    bpy.ops.ed.undo_push(message="Generate")
    grown, took = memory() - before, time.thread_time() - begin
    print(f"longest step {longest:.3f} s of {took:.1f} s, memory {grown / 1e6:.0f} MB")
    assert character.animation_data.action.frame_range[1] > 14300
    assert longest < LONGEST_STEP
    assert grown < MOST_MEMORY


def test_stretches_make_the_same_motion_as_the_whole(ready, character):
    motion = speech_motion(900).astype(np.float64)
    calibration = ready.rig.reading.calibration(character)
    solve, smooth = ready.retarget.solve, ready.body.smoothing.smooth
    options = {"limits": "enforce", "contacts": True}
    whole = solve.retarget(smooth(motion, 0.3, 15.0), calibration, fps=15.0, **options)
    steps = ready.retarget.tracks.retargeting(motion, calibration, smoothing=0.3, **options)
    parts = ready.steps.exhausted(steps)
    assert parts.quaternions.shape == whole.quaternions.shape
    assert degrees(parts.quaternions, whole.quaternions).max() < 0.05
    assert parts.violations.counts == pytest.approx(whole.violations.counts, abs=1)
    assert parts.touches == whole.touches


def left_alone(addon, armature):
    assert not [a for a in bpy.data.actions if a.get(addon.keys.actions.UNFINISHED_KEY)]
    assert not armature.animation_data
    assert not armature.gestures_takes


def test_cancelling_while_keys_are_written(short_steps, character):
    told = Told(short_steps, 150)
    told.to_middle()
    assert short_steps.engine.jobs.current() is told.operator._job
    assert not bpy.ops.gestures.generate.poll()
    bpy.ops.gestures.cancel()
    assert told.tick()
    assert told.operator.conclude(bpy.context) == {"CANCELLED"}
    assert "nothing was changed" in told.said[-1][1]
    assert short_steps.engine.jobs.current() is None
    left_alone(short_steps, character)


def test_undo_and_redo_while_keys_are_written(short_steps, character):
    name = character.name
    bpy.ops.mesh.primitive_cube_add("EXEC_DEFAULT", True)
    bpy.context.view_layer.objects.active = bpy.data.objects[name]
    told = Told(short_steps, 150)
    told.to_middle()
    bpy.ops.ed.undo()
    assert "Cube" not in bpy.data.objects
    for _ in range(3):
        assert not told.tick()
    bpy.ops.ed.redo()
    assert told.to_end() == {"FINISHED"}
    armature = bpy.data.objects[name]
    assert armature.animation_data.action.name == "hello take 1"
    assert len(bpy.data.actions) == 1
    assert tuple(armature.animation_data.action.frame_range) == (1, 1 + int(149 / 15 * 24))


def test_deleting_the_armature_while_keys_are_written(short_steps, character):
    told = Told(short_steps, 150)
    told.to_middle()
    bpy.data.objects.remove(character)
    with pytest.raises(short_steps.errors.GestureError, match="no longer in its scene"):
        told.to_end()
    assert not bpy.data.actions
    assert short_steps.engine.jobs.current() is None


def test_purging_unused_data_while_keys_are_written(short_steps, character):
    told = Told(short_steps, 150)
    told.to_middle()
    bpy.data.batch_remove(list(bpy.data.actions))
    with pytest.raises(short_steps.errors.GestureError, match="removed while it was written"):
        told.to_end()
    left_alone(short_steps, character)


def test_loading_a_file_while_keys_are_written(short_steps, character):
    told = Told(short_steps, 150)
    told.to_middle()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    assert told.tick()
    assert told.operator.conclude(bpy.context) == {"CANCELLED"}
    assert not bpy.data.actions


def test_saving_while_keys_are_written_saves_no_half_take(short_steps, character, tmp_path):
    told = Told(short_steps, 150)
    told.to_middle()
    path = str(tmp_path / "scene.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    assert told.to_end() == {"FINISHED"}
    bpy.ops.wm.open_mainfile(filepath=path)
    assert not bpy.data.actions


def test_another_scene_and_a_moving_playhead_make_no_difference(short_steps, character):
    frames = np.arange(1, 230, 20)
    Told(short_steps, 150).to_end()
    wanted = poses(character, frames)
    told = Told(short_steps, 150)
    first, other = bpy.context.scene, bpy.data.scenes.new("Other")
    for frame in range(1, 400):
        if told.tick():
            break
        first.frame_set(frame)
        if frame == 20 and bpy.context.window:
            bpy.context.window.scene = other
    told.operator.conclude(bpy.context)
    if bpy.context.window:
        bpy.context.window.scene = first
    assert character.animation_data.action.name == "hello take 2"
    assert np.abs(poses(character, frames) - wanted).max() < 1e-6


def test_a_writing_that_was_given_up_does_not_end_the_next_one(short_steps, character):
    given_up = Told(short_steps, 150)
    given_up.to_middle()
    told = Told(short_steps, 150)
    told.to_middle()
    given_up.operator._steps.close()  # as when it is collected
    assert told.to_end() == {"FINISHED"}
    assert character.animation_data.action


def test_what_the_animator_removes_meanwhile_is_not_missed(short_steps, character):
    """The take shown is removed while masked channels are taken over from it."""
    Told(short_steps, 150).to_end()
    character.gestures_masked_layers = {"ARMS"}
    told = Told(short_steps, 150)
    told.to_middle()
    bpy.data.actions.remove(character.animation_data.action)
    assert told.to_end() == {"FINISHED"}
    assert character.animation_data.action
