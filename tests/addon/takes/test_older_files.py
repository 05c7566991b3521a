# SPDX-License-Identifier: GPL-3.0-or-later
"""A .blend saved before the add-on was laid out in layers opens with its takes whole."""

import hashlib
import json
import math
import shutil

import bpy
import numpy as np
import pytest
from conftest import REPOSITORY
from keyed import settings_of
from take_stage import names, shown

FIXTURE = REPOSITORY / "tests" / "fixtures" / "takes" / "before_layers.blend"
SAID = json.loads(FIXTURE.with_suffix(".json").read_text("utf-8"))

pytestmark = pytest.mark.skipif(
    bpy.app.version < (4, 5), reason="Blender before 4.5 cannot read what 5.0 has saved"
)


@pytest.fixture
def opened(fake_engine, speech_named, tmp_path):
    """The fixture opened; its speech lies beside it, as the takes remember."""
    path = tmp_path / FIXTURE.name
    shutil.copy(FIXTURE, path)
    speech_named("hello").rename(tmp_path / "short.wav")
    bpy.ops.wm.open_mainfile(filepath=str(path))
    armature = bpy.data.objects["rig.mixamo"]
    bpy.context.view_layer.objects.active = armature
    return armature


def keyed(addon, action):
    """{path|index: [keys, their mean]} of ACTION."""
    found = {}
    for curve in addon.compat.fcurves(action):
        values = [key.co[1] for key in curve.keyframe_points]
        found[f"{curve.data_path}|{curve.array_index}"] = [len(values), float(np.mean(values))]
    return found


def test_list_and_protection_are_there(opened):
    assert names(opened) == SAID["takes"]
    assert [take.accepted for take in opened.gestures_takes] == SAID["accepted"]
    assert shown(opened) == SAID["shown"]
    assert [[lock.first, lock.last] for lock in opened.gestures_locks] == SAID["locks"]
    assert sorted(opened.gestures_masked_layers) == SAID["masked_layers"]


@pytest.mark.parametrize("name", SAID["actions"])
def test_motion_keys_sliders_and_settings_are_those_that_were_saved(opened, fake_engine, name):
    action, said = bpy.data.actions[name], SAID["actions"][name]
    motion = np.array(action["gestures_motion"], np.float32)
    assert hashlib.md5(motion.tobytes(), usedforsecurity=False).hexdigest() == said["motion"]
    found = keyed(fake_engine, action)
    assert {path: count for path, (count, _) in found.items()} == {
        path: count for path, (count, _) in said["curves"].items()
    }
    for path, (_, mean) in said["curves"].items():
        assert math.isclose(found[path][1], mean, abs_tol=1e-5), path
    style = action.gestures_style
    rows = [*style.style_low, *style.style_mid, *style.style_high]
    assert rows == pytest.approx(said["style"], abs=1e-6)
    assert list(style.offset) == pytest.approx(said["offset"])
    assert list(style.strength) == pytest.approx(said["strength"], abs=1e-6)
    assert settings_of(action) == said["settings"]


def test_what_one_does_with_a_take_works(opened, fake_engine):
    before = len(names(opened))
    assert bpy.ops.gestures.take_again(take="short take 1") == {"FINISHED"}
    assert len(names(opened)) == before + 1
    bpy.ops.gestures.take_show(take="short take 3")
    assert bpy.ops.gestures.regenerate(first=30, last=60, take="short take 3") == {"FINISHED"}
    assert bpy.ops.gestures.take_accept() == {"FINISHED"}
    assert bpy.ops.gestures.take_settings(take="short take 2") == {"FINISHED"}
    assert bpy.context.scene.gestures.seed == 2
    assert bpy.context.scene.gestures_style.strength[0] == pytest.approx(1.2)


def test_the_animators_key_is_kept_when_a_level_is_changed(opened, fake_engine):
    action = opened.animation_data.action
    action.gestures_style.offset[2] = 12.0
    fake_engine.takes.live.settle()
    assert not fake_engine.takes.live.problem()
    bpy.context.scene.frame_set(30)
    arm = opened.pose.bones["mixamorig:LeftArm"].rotation_quaternion
    assert tuple(arm) == pytest.approx((0.6, 0.8, 0.0, 0.0), abs=1e-5)
    assert settings_of(action)["shaping"]["offset"][2] == 12.0
