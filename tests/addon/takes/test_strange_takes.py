# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of strangers' files keep anything whatever, and nothing of ours stumbles over it."""

import json
import math

import bpy
import numpy as np
import pytest
from take_stage import generate

from blender_addon.takes import files, record, stored

MOTION = (stored.MOTION_KEY, stored.FPS_KEY)
STRANGE = {
    "a text": "motion",
    "a number": 7,
    "no multiple of a pose": np.zeros(100, np.float32),
    "texts": ["a", "b"],
    "a group": {"a": 1},
    "no numbers": np.full(42 * 3, np.nan, np.float32),
}


@pytest.fixture
def take(ready, character):
    generate()
    return character.animation_data.action


def looked_at(addon):
    """What panels and timers do, time and again."""
    found = addon.takes.shown.find(bpy.context)
    found.report()
    found.strokes()
    addon.takes.overruns.joints(found.armature, found.action)
    addon.takes.overruns.touches(found.armature, found.action)
    files.remember("/somewhere/scene.blend")
    addon.takes.live.settle()
    addon.report.text.build(bpy.context)
    return found


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("key", [*MOTION, stored.GAZE_KEY, *stored.MARK_KEYS.values()])
def test_strange_numbers_count_as_not_stored(ready, take, key, kind):
    take.pop(key, None)
    take[key] = STRANGE[kind]
    found = looked_at(ready)
    if key in MOTION and not (key == stored.FPS_KEY and kind == "a number"):
        assert found.report() is None
        assert stored.load(take) is None


@pytest.mark.parametrize("rate", [0.0, -15.0, math.inf, math.nan, 1e-30, "often"])
def test_a_rate_that_is_none_counts_as_not_stored(ready, take, rate):
    for key in (stored.FPS_KEY, stored.RATE_KEY):
        del take[key]
        take[key] = rate
    found = looked_at(ready)
    assert found.report() is None
    assert found.marks is None


def test_a_strange_record_can_be_looked_at(ready, take):
    made = json.loads(take["gestures_take"])
    strange = {
        "overruns": [["no joint", "no motion", 0, 10**6, 1e300]],
        "beyond_limits": {"nothing.L": 5, "": 1},
        "touches": [0, 10**9],
        "engine": {"checkpoint": [[1]]},
        "seed": 10**400,
        "style": [[0.0] * 6] * 3,
    }
    take["gestures_take"] = json.dumps(made | strange)
    looked_at(ready)
    assert record.of(take).speech == made["speech"]
    assert record.of(take).seed == 0


def test_a_path_that_cannot_be_looked_at_is_a_file_that_is_not_there(ready, take):
    path = f"/{'x' * 300}.wav"  # as a file in somebody else's folder, but for every user
    record.change(take, speech=path, image=path, relative={"speech": f"//{path}"})
    files.remember("/somewhere/scene.blend")
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.gestures.take_again()
    assert bpy.ops.gestures.take_settings() == {"FINISHED"}
    with pytest.raises(RuntimeError, match="The speech file"):
        bpy.ops.gestures.generate()


STRANGE_POSES = [
    "{",
    "[1]",
    '{"name": 3, "location": ["a"], "nothing.there": 1, "hide_render": []}',
]


@pytest.mark.parametrize("pose", STRANGE_POSES)
def test_a_take_with_a_strange_pose_can_be_rejected(ready, character, take, pose):
    character.gestures_takes[0].before_pose = pose
    assert bpy.ops.gestures.take_reject() == {"FINISHED"}
    assert not character.gestures_takes
