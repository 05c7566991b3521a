# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a take in steps: what happens to the scene between two of them."""

import bpy
import pytest
from take_stage import animated, names, shown, tracks


@pytest.fixture
def half_written(ready, character):
    """The steps of a take, some of them taken, over an action of the animator's in the NLA."""
    animated(character)
    ready.compat.push_down(character)
    context, jobs = bpy.context, ready.engine.jobs
    asked = ready.takes.request.request_from(context)
    job = jobs.start("generate", asked.engine_params(), "")
    steps = ready.takes.writing.writing(asked, jobs.wait(job))
    for _ in range(5):
        next(steps)
    return steps


def test_a_take_is_not_written_into_tweak_mode(ready, character, half_written):
    (track,) = character.animation_data.nla_tracks
    strip = track.strips[0]
    track.select = strip.select = True
    character.animation_data.nla_tracks.active = track
    character.animation_data.use_tweak_mode = True
    before = tracks(character), shown(character)
    assert character.animation_data.use_tweak_mode
    with pytest.raises(ready.errors.GestureError, match="tweak mode"):
        ready.steps.exhausted(half_written)
    assert (tracks(character), shown(character)) == before
    assert names(character) == []
    assert not [one for one in bpy.data.actions if one.get("gestures_unfinished")]


def test_a_take_is_finished_where_nothing_happened(ready, character, half_written):
    take = ready.steps.exhausted(half_written)
    assert names(character) == [take.action.name]
