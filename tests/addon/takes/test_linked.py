# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes that a character brings along from another file: what would be lost is refused."""

import bpy
import numpy as np
import pytest
from take_stage import generate, names


@pytest.fixture
def linked(ready, character, tmp_path):
    """A library override of a character with a take; the take's action stays in the library."""
    cast = bpy.data.collections.new("cast")
    bpy.context.scene.collection.children.link(cast)
    for home in list(character.users_collection):
        home.objects.unlink(character)
    cast.objects.link(character)
    generate()
    speech, path = bpy.context.scene.gestures.speech, str(tmp_path / "cast.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.collections = ["cast"]
    scene, layer = bpy.context.scene, bpy.context.view_layer
    override = into.collections[0].override_hierarchy_create(scene, layer)
    armature = next(one for one in override.all_objects if one.type == "ARMATURE")
    layer.objects.active = armature
    scene.gestures.speech = speech
    assert armature.animation_data.action.library
    return armature


def keys(addon, action):
    return np.concatenate(
        [[k.co[:] for k in curve.keyframe_points] for curve in addon.compat.fcurves(action)]
    )


def test_a_linked_take_is_not_changed(ready, linked):
    action = linked.animation_data.action
    before = keys(ready, action)
    shown = ready.takes.shown.find(bpy.context)
    bpy.context.scene.frame_set(round(shown.frame(shown.strokes()[0][0])) + 1)
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.gestures.stroke_snap()
    action.gestures_style.offset[1] = 20.0
    ready.takes.live.settle()
    assert "linked from another file" in ready.takes.live.problem()
    assert np.array_equal(keys(ready, action), before)


def test_a_copy_of_it_can_be_changed_and_new_takes_stand_beside_it(ready, linked):
    assert bpy.ops.gestures.take_duplicate() == {"FINISHED"}
    copy = linked.animation_data.action
    before = keys(ready, copy)
    copy.gestures_style.offset[1] = 20.0
    ready.takes.live.settle()
    assert not ready.takes.live.problem()
    assert np.abs(keys(ready, copy) - before).max() > 0.01
    generate()
    assert len(set(names(linked))) == len(names(linked)) == 3
    for operator in ("take_accept", "take_switch", "take_reject"):
        getattr(bpy.ops.gestures, operator)()


def test_a_linked_take_whose_strip_was_moved_can_be_shown(ready, linked):
    first = names(linked)[0]
    generate()
    nla = ready.takes.nla
    action = bpy.data.actions[first]
    before = keys(ready, action)
    bpy.ops.gestures.take_accept(take=first)
    nla.find(linked, action).frame_start_ui = 50.0
    assert nla.moved(linked, action) == 49.0
    bpy.ops.gestures.take_show(take=first)
    assert np.array_equal(keys(ready, action), before)
    strip = nla.find(linked, action)
    assert (strip.frame_start, strip.action_frame_start) == (50.0, 1.0)


def test_a_linked_take_is_renamed_or_removed_in_its_own_file(ready, linked):
    (first,) = names(linked)
    for operator, values in (("take_rename", {"name": "other"}), ("take_reject", {})):
        with pytest.raises(RuntimeError, match="linked from") as refused:
            getattr(bpy.ops.gestures, operator)(**values)
        assert "Traceback" not in str(refused.value)
    assert names(linked) == [first]
    assert linked.animation_data.action.name == first
    generate()
    assert bpy.ops.gestures.take_reject() == {"FINISHED"}
    assert names(linked) == [first]
