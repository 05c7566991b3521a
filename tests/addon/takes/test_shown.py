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


def test_a_strip_at_another_speed_plays_on_its_own_frames(ready, character, two):
    shown, strip = ready.takes.shown, ready.takes.nla.find(character, two[0])
    strip.scale = 2.0  # frames 1 to 189
    bpy.context.scene.frame_set(150)
    assert shown.take(character) == two[0]
    take = shown.find(bpy.context)
    assert (take.frame(0.0), take.frame(1.0), take.seconds(97.0)) == (1.0, 49.0, 2.0)
    (joint, *_), touches = ready.takes.overruns.joints(character, two[0]), take.made.overruns
    run = next(one for one in touches if one.joint == joint.name and one.motion == joint.motion)
    assert joint.runs[0][0] == round(1.0 + run.first / 15.0 * 48.0)
    strip.frame_start_ui = 301.0
    assert shown.take(character, 350) == two[0]
    assert shown.take(character, 150) == two[1]  # none plays there: the last one accepted
    assert shown.find(bpy.context).action == two[1]


@pytest.mark.parametrize("hidden", [{"action_frame_end": 40.0}, {"mute": True}])
def test_what_is_cut_from_a_strip_is_not_shown(ready, character, two, hidden):
    strip = ready.takes.nla.find(character, two[0])
    for name, value in hidden.items():
        setattr(strip, name, value)
    bpy.context.scene.frame_set(60)
    assert ready.takes.shown.chosen_style(bpy.context).id_data == bpy.context.scene
    assert ready.takes.shown.take(character) == two[1]


def test_the_style_goes_back_to_the_picture_of_whom_the_sliders_belong_to(
    ready, character, two, monkeypatch
):
    asked, start = [], ready.engine.jobs.start
    monkeypatch.setattr(
        ready.engine.jobs,
        "start",
        lambda *given, **more: asked.append(given) or start(*given, **more),
    )
    bpy.context.scene.gestures.identity_seed = 77
    for frame, seed in ((50, 0), (LAST + 60, 77)):
        bpy.context.scene.frame_set(frame)
        assert bpy.ops.gestures.style_reset() == {"FINISHED"}
        assert asked[-1][1]["identity_seed"] == seed
        ready.takes.live.settle()


def test_a_mesh_whose_armature_is_in_another_scene_chooses_none(ready, character):
    mesh = bpy.data.objects.new("coat", bpy.data.meshes.new("coat"))
    bpy.context.scene.collection.objects.link(mesh)
    mesh.modifiers.new("Armature", "ARMATURE").object = character
    bpy.context.view_layer.objects.active = mesh
    assert ready.properties.chosen.chosen_armature(bpy.context) == character
    for collection in character.users_collection:
        collection.objects.unlink(character)
    bpy.data.scenes.new("other").collection.objects.link(character)
    assert ready.properties.chosen.chosen_armature(bpy.context) is None
    assert not bpy.ops.gestures.generate.poll()
