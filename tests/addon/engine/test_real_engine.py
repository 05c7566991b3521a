# SPDX-License-Identifier: GPL-3.0-or-later
"""The real engine behind the button: real speech, the shipped model, a real rig."""

import re
import subprocess
import sys
import time

import bpy
import numpy as np
import pytest
from conftest import JFK, REPOSITORY

MODEL = REPOSITORY / "ha2g_engine" / "weights" / "default.safetensors"
JFK_SECONDS = 11.0

pytestmark = pytest.mark.skipif(not MODEL.is_file(), reason=f"{MODEL.name} is not there yet")


@pytest.fixture
def ready(addon, character):
    if addon.engine.process.python_path() is None:
        pytest.skip("no Python with the engine: set HA2G_PYTHON")
    bpy.context.scene.gestures.speech = str(JFK)
    yield addon
    addon.engine.process.stop()


def test_real_speech_moves_arms_and_fingers_and_the_same_ones_again(ready, character):
    keys, seconds = [], []
    for _ in range(2):
        begin = time.perf_counter()
        bpy.ops.gestures.generate()
        seconds.append(time.perf_counter() - begin)
        action = character.animation_data.action
        curves = ready.compat.fcurves(action)
        keys.append([[tuple(key.co) for key in curve.keyframe_points] for curve in curves])
    print("first take {:.1f} s, second {:.1f} s".format(*seconds))
    assert keys[0] == keys[1]
    frames = int(np.ceil(JFK_SECONDS * 15) - 1) / 15 * 24
    assert action.frame_range[1] == pytest.approx(1 + frames, abs=1)
    for part in ("UpperArm", "LeftHandIndex2", "RightHandThumb2", "LeftArm"):
        curves = [c for c in ready.compat.fcurves(action) if part in c.data_path]
        ranges = [np.ptp([key.co.y for key in curve.keyframe_points]) for curve in curves]
        assert not ranges or max(ranges) > 0.01, part


def test_what_is_no_sound_and_no_picture_is_one_sentence(ready, tmp_path):
    settings, sound = bpy.context.scene.gestures, bpy.context.scene.gestures.speech
    faulty = {"empty.wav": b"", "words.wav": b"this is no sound\n" * 50, "picture.png": b"no"}
    for name, content in faulty.items():
        path = tmp_path / name
        path.write_bytes(content)
        picture = path.suffix == ".png"
        settings.speech, settings.image = (sound, str(path)) if picture else (str(path), "")
        with pytest.raises(RuntimeError, match=re.escape(name)) as error:
            bpy.ops.gestures.generate()
        assert "Traceback" not in str(error.value)
        assert not bpy.data.actions


def test_cancel_is_quick(ready):
    settings = bpy.context.scene.gestures
    request = ready.takes.request.request_from(bpy.context)
    ready.engine.jobs.wait(ready.engine.jobs.start("hello", {}, ""))
    job = ready.engine.jobs.start("generate", request.engine_params(), "")
    ready.engine.jobs.cancel()
    begin = time.perf_counter()
    assert ready.engine.jobs.wait(job).kind == "cancelled"
    assert time.perf_counter() - begin < 1.5
    assert settings.speech


def test_what_the_shell_makes_is_made_again_bit_for_bit_in_blender(ready, tmp_path):
    """`ha2g animate` → a .blend; opened, Re-Run by the engine behind the button gives its keys."""
    out = tmp_path / "talk.blend"
    rig = REPOSITORY / "rigs" / "rocketbox" / "Male_Adult_04.fbx"
    command = [str(ready.engine.process.python_path()), "-m", "ha2g_engine.cli", "animate"]
    options = ["--rig", rig, "--out", out, "--seed", "4", "--blender", sys.executable]
    subprocess.run([*command, JFK, *options], cwd=REPOSITORY, check=True, timeout=200)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (armature,) = [one for one in bpy.data.objects if one.type == "ARMATURE"]
    bpy.context.view_layer.objects.active = armature
    first = armature.animation_data.action
    assert bpy.ops.gestures.take_again() == {"FINISHED"}
    second = armature.animation_data.action
    assert second != first
    motions = [ready.takes.stored.load(one)[0] for one in (first, second)]
    assert np.array_equal(*motions)
    made = [ready.takes.record.of(one) for one in (first, second)]
    assert made[0].seed == made[1].seed == 4
    assert made[0].engine["version"] == made[1].engine["version"]
    assert np.array_equal(*[ready.takes.stored.load_marks(one).beats for one in (first, second)])
