# SPDX-License-Identifier: GPL-3.0-or-later
"""A script's sliders: the keys follow when it asks."""

import bpy
import numpy as np
import pytest
from take_stage import generate

from blender_addon.engine.jobs import Job


def numbers(addon, action):
    """All keys' values of the bones."""
    curves = addon.compat.fcurves(action)
    return np.concatenate([[key.co[1] for key in curve.keyframe_points] for curve in curves])


@pytest.fixture
def take(ready, character):
    generate()
    return character.animation_data.action


def test_the_keys_are_as_the_sliders_say(ready, take):
    before = numbers(ready, take)
    take.gestures_style.strength[1] = 0.2
    assert np.array_equal(numbers(ready, take), before)
    assert bpy.ops.gestures.settle() == {"FINISHED"}
    assert np.abs(numbers(ready, take) - before).max() > 0.01
    assert not ready.takes.live.busy()


def test_without_anything_to_do_nothing_changes(ready, take):
    before = numbers(ready, take)
    assert bpy.ops.gestures.settle() == {"FINISHED"}
    assert np.array_equal(numbers(ready, take), before)


def test_a_take_that_cannot_follow_is_one_sentence(ready, take):
    del take["gestures_motion"]
    take.gestures_style.strength[1] = 0.2
    with pytest.raises(RuntimeError, match="without its motion"):
        bpy.ops.gestures.settle()
    assert bpy.ops.gestures.settle() == {"FINISHED"}  # it was told


def test_it_waits_for_nothing_that_never_comes(ready, take, character, monkeypatch):
    take.gestures_style.strength[1] = 0.2
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Leave Edit Mode"):
        bpy.ops.gestures.settle()
    bpy.ops.object.mode_set(mode="OBJECT")
    monkeypatch.setattr(ready.engine.jobs, "_current", Job(0, ""))
    with pytest.raises(RuntimeError, match="busy"):
        bpy.ops.gestures.settle()
