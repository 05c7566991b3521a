# SPDX-License-Identifier: GPL-3.0-or-later
"""One answer to which take is shown: for panels, sliders, regenerating and new motion."""

import bpy
import pytest
from take_stage import LAST, generate, names


@pytest.fixture
def two(ready, character):
    """Two accepted takes, the second from frame 201 on; nothing on top."""
    generate()
    bpy.ops.gestures.take_accept()
    bpy.context.scene.frame_current, bpy.context.scene.gestures.start_at = 201, "CURRENT"
    generate(5)
    bpy.ops.gestures.take_accept()
    return [entry.action for entry in character.gestures_takes]


def answers(addon, armature):
    """What everybody says is shown at the playhead."""
    context = bpy.context
    style = addon.takes.shown.chosen_style(context).id_data
    return {
        "quality": addon.takes.shown.find(context).action,
        "outcome": addon.takes.shown.chosen_record(context).seed,
        "list": addon.takes.shown.entry(armature).action,
        "sliders": style,
    }


def test_after_accept_all_are_about_the_take_under_the_playhead(ready, character, two):
    for frame, number, seed in ((50, 0, 0), (250, 1, 5)):
        bpy.context.scene.frame_set(frame)
        said = answers(ready, character)
        assert said == {
            "quality": two[number], "outcome": seed, "list": two[number], "sliders": two[number],
        }  # fmt: skip


def test_a_slider_moves_the_accepted_take_under_the_playhead_alone(ready, character, two):
    def keys():
        return [
            [key.co[1] for curve in ready.compat.fcurves(action) for key in curve.keyframe_points]
            for action in two
        ]

    bpy.context.scene.frame_set(50)
    before = keys()
    ready.takes.shown.chosen_style(bpy.context).offset[1] = 20.0
    ready.takes.live.settle()
    assert not ready.takes.live.problem()
    after = keys()
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_sliders_leave_an_accepted_take_elsewhere_alone(ready, character, two):
    bpy.context.scene.frame_set(LAST + 60)
    assert ready.takes.shown.chosen_style(bpy.context).id_data == bpy.context.scene
    assert ready.takes.shown.find(bpy.context).action == two[1]  # still measured


def test_the_take_on_top_comes_first(ready, character, two):
    bpy.context.scene.frame_set(50)
    bpy.context.scene.gestures.start_at = "SCENE"
    generate(9)
    assert set(map(str, answers(ready, character).values())) >= {"9"}
    assert ready.takes.shown.entry(character).action.name == names(character)[2]


def test_an_action_of_the_animators_is_no_take_but_what_new_motion_starts_from(
    ready, character, two
):
    bpy.context.scene.frame_set(50)
    own = bpy.data.actions.new("walk")
    ready.compat.assign_action(character, own)
    assert ready.takes.shown.take(character) == two[0]
    source = ready.takes.shown.source_of(character, 50)
    assert source.action == own
    assert not source.take


def test_what_is_pending_of_a_take_that_is_not_under_the_playhead_is_still_worked_off(
    ready, character, two
):
    bpy.context.scene.frame_set(50)
    ready.takes.shown.chosen_style(bpy.context).offset[1] = 20.0
    bpy.context.scene.frame_set(250)  # before the timer comes
    assert ready.takes.live.busy()
    ready.takes.live.settle()
    assert two[0].gestures_style.pending == "NONE"
