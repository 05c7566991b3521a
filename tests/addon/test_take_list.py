# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes beside what animators have and change themselves: layers, strips, bones, copies."""

import bpy
import numpy as np
import pytest
from test_protection import poses
from test_takes import FRAMES, animated, generate, ready, shown, tracks

__all__ = ["ready"]  # a fixture


# --- what was there before comes back ---------------------------------------------------


def layered(character):
    """The animator's action, active and, repeated, on a track as well; that track's strip."""
    walk = animated(character)
    strip = on_track(character, "my walk", walk, 200)
    strip.repeat = 3.0
    return strip


def on_track(character, name, action, frame):
    """A new strip of ACTION at FRAME, on a new track NAME."""
    data = character.animation_data
    track = data.nla_tracks.new()
    track.name = name
    strip = track.strips.new(action.name, frame, action)
    if hasattr(strip, "action_slot"):
        strip.action_slot = action.slots[0]
    return strip


def test_rejecting_leaves_the_animators_own_strip(ready, character):
    strip = layered(character)
    action, before = character.animation_data.action, poses(character, FRAMES)
    generate()
    bpy.ops.gestures.take_reject()
    assert tracks(character) == {"my walk": False}
    assert (strip.frame_start, strip.repeat) == (200, 3.0)
    assert character.animation_data.action == action
    assert np.abs(poses(character, FRAMES) - before).max() == 0.0


def moved(strip):
    strip.frame_start_ui += 20


def scaled(strip):
    strip.scale = 2.0


def repeated(strip):
    strip.repeat = 2.0


def faded(strip):
    strip.blend_in = 5.0


@pytest.mark.parametrize("change", [moved, scaled, repeated, faded])
def test_rejecting_leaves_a_pushed_down_strip_that_was_changed(ready, character, change):
    name = animated(character).name
    generate()
    (strip,) = character.animation_data.nla_tracks[name].strips
    change(strip)
    wanted = strip.frame_start, strip.frame_end, strip.blend_in
    bpy.ops.gestures.take_reject()
    assert shown(character) is None
    (strip,) = character.animation_data.nla_tracks[name].strips
    assert (strip.frame_start, strip.frame_end, strip.blend_in) == wanted
