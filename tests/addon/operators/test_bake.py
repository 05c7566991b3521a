# SPDX-License-Identifier: GPL-3.0-or-later
"""Bake to FBX, read back by assimp and by Blender's own importer."""

import math
import re
import shutil
import subprocess
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
import rig_library

from blender_addon.operators import bake

WORST_DEGREES = 0.1


@pytest.fixture
def take(fake_engine, speech_named):
    """The skinned character with a take that starts at frame 11."""
    armature = rig_library.rocketbox()
    bpy.context.view_layer.objects.active = armature
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 11, 500, 30
    scene.gestures.speech = str(speech_named("hello"))
    bpy.ops.gestures.generate()
    return armature


def world_turns(armature, frame):
    """{bone: rotation matrix (3, 3) in the world} on FRAME, without scale."""
    bpy.context.scene.frame_set(frame)
    matrices = {}
    for bone in armature.pose.bones:
        matrix = np.array(armature.matrix_world @ bone.matrix)[:3, :3]
        matrices[bone.name] = matrix / np.linalg.norm(matrix, axis=0)
    return matrices


def degrees_apart(left, right):
    cosine = (np.trace(left.T @ right) - 1) / 2
    sine = np.linalg.norm(left.T @ right - right.T @ left) / math.sqrt(8)
    return math.degrees(math.atan2(sine, cosine))


def baked(path, **options):
    assert bpy.ops.gestures.bake(filepath=str(path), **options) == {"FINISHED"}
    return path


def imported(path):
    """The armature of an FBX file; key times as in the file."""
    before = set(bpy.data.objects)
    bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    return next(o for o in set(bpy.data.objects) - before if o.type == "ARMATURE")


def test_the_file_has_one_animation_of_the_takes_length(take, tmp_path):
    if not shutil.which("assimp"):
        pytest.skip("assimp (Debian: assimp-utils) is not installed")
    first, last = take.animation_data.action.frame_range
    path = baked(tmp_path / "take.fbx")
    info = subprocess.run(["assimp", "info", path], capture_output=True, text=True).stdout
    assert re.search(r"^Animations:\s+1$", info, re.M), info
    text = tmp_path / "take.assxml"
    subprocess.run(["assimp", "dump", path, text], capture_output=True, check=True)
    keys = times_of_rotation_keys(text.read_text())
    assert max(keys) - min(keys) == pytest.approx((last - first) / 30, abs=1e-3)


def times_of_rotation_keys(text):
    """Seconds of every rotation key in assimp's dump of a file."""
    rate = float(re.search(r'<Animation [^>]*tick_cnt="([^"]+)"', text)[1])
    times = [float(t) for t in re.findall(r'<RotationKey time="([^"]+)"', text)]
    return [time / rate for time in times]


def test_the_file_shows_the_same_bone_rotations(take, tmp_path):
    first, last = (round(frame) for frame in take.animation_data.action.frame_range)
    wanted = {frame: world_turns(take, frame) for frame in range(first, last + 1, 7)}
    again = imported(baked(tmp_path / "take.fbx"))
    assert again.animation_data.action.frame_range[:] == (first, last)
    worst = max(
        degrees_apart(wanted[frame][name], turn)
        for frame in wanted
        for name, turn in world_turns(again, frame).items()
    )
    print(f"worst bone: {worst:.4f} degrees")
    assert worst <= WORST_DEGREES


def test_an_accepted_take_is_baked_as_it_was(take, tmp_path):
    before = {frame: world_turns(take, frame) for frame in (20, 60)}
    bpy.ops.gestures.take_accept()
    assert take.animation_data.action is None
    again = imported(baked(tmp_path / "accepted.fbx"))
    for frame, turns in before.items():
        there = world_turns(again, frame)
        assert max(degrees_apart(turns[name], there[name]) for name in turns) < WORST_DEGREES


def test_other_actions_and_tracks_add_no_animation(take, tmp_path):
    if not shutil.which("assimp"):
        pytest.skip("assimp (Debian: assimp-utils) is not installed")
    bpy.ops.gestures.generate()
    track = take.animation_data.nla_tracks.new()
    track.strips.new("x", 1, bpy.data.actions["hello take 1"])
    path = baked(tmp_path / "take.fbx")
    info = subprocess.run(["assimp", "info", path], capture_output=True, text=True).stdout
    assert re.search(r"^Animations:\s+1$", info, re.M), info


def test_baking_changes_nothing_in_the_scene(take, tmp_path):
    scene = bpy.context.scene
    scene.frame_set(33)
    picked = [o.name for o in bpy.context.selected_objects]
    before = scene.frame_start, scene.frame_end, take.animation_data.action, len(bpy.data.actions)
    baked(tmp_path / "take.fbx")
    assert [o.name for o in bpy.context.selected_objects] == picked
    assert before == (
        scene.frame_start,
        scene.frame_end,
        take.animation_data.action,
        len(bpy.data.actions),
    )
    assert scene.frame_current == 33


def test_no_leaf_bones_and_meshes_only_when_wanted(take, tmp_path):
    names = {bone.name for bone in take.data.bones}
    whole = baked(tmp_path / "whole.fbx")
    bare = baked(tmp_path / "bare.fbx", include_meshes=False)
    assert bare.stat().st_size < whole.stat().st_size
    before = set(bpy.data.objects)
    again = imported(bare)
    assert {bone.name for bone in again.data.bones} == names
    assert not [o for o in set(bpy.data.objects) - before if o.type == "MESH"]


def test_the_file_appears_only_when_complete(take, tmp_path):
    baked(tmp_path / "take")
    assert [path.name for path in tmp_path.glob("*take*")] == ["take.fbx"]


def test_a_missing_folder_is_a_sentence(take, tmp_path):
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.gestures.bake(filepath=str(tmp_path / "gone" / "take.fbx"))


def test_without_a_take_the_button_is_off(fake_engine, character):
    with pytest.raises(RuntimeError, match="no take yet"):
        bpy.ops.gestures.bake(filepath="x.fbx")


def test_the_frames_of_the_scene_or_ones_own(take, tmp_path):
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 15, 60
    again = imported(baked(tmp_path / "scene.fbx", span="SCENE"))
    assert again.animation_data.action.frame_range[:] == (15, 60)
    take.select_set(True)
    bpy.context.view_layer.objects.active = take
    again = imported(baked(tmp_path / "own.fbx", span="OWN", first=20, last=30))
    assert again.animation_data.action.frame_range[:] == (20, 30)
    with pytest.raises(RuntimeError, match="the range is empty"):
        baked(tmp_path / "empty.fbx", span="OWN", first=30, last=20)
    assert not (tmp_path / "empty.fbx").exists()


def test_fewer_keys_show_nearly_the_same(take, tmp_path, addon):
    first, last = (round(frame) for frame in take.animation_data.action.frame_range)
    wanted = {frame: world_turns(take, frame) for frame in range(first, last + 1, 7)}
    whole, fewer = (
        baked(tmp_path / f"{part}.fbx", simplify=part, preset="generic") for part in (0.0, 1.0)
    )
    assert fewer.stat().st_size < 0.8 * whole.stat().st_size
    again = imported(fewer)
    curves = addon.compat.fcurves(again.animation_data.action)
    assert min(len(curve.keyframe_points) for curve in curves) < (last - first) / 2
    worst = max(
        degrees_apart(wanted[frame][name], turn)
        for frame in wanted
        for name, turn in world_turns(again, frame).items()
    )
    assert worst < 5.0


def offered(**given):
    """What the dialog shows at first: span, rate, preset; GIVEN is what a script says."""
    usual = {"span": "TAKE", "rate": 30.0, "preset": "generic"}
    properties = SimpleNamespace(is_property_set=lambda name: name in given)
    dialog = SimpleNamespace(properties=properties, **usual | given)
    bake.TakeFile._recall(dialog, bpy.context)
    return dialog.span, dialog.rate, dialog.preset


def test_what_was_chosen_is_offered_the_next_time(take, tmp_path):
    assert offered() == ("TAKE", 30.0, "generic")
    baked(tmp_path / "a.fbx", span="SCENE", rate=60.0, preset="unity")
    assert offered() == ("SCENE", 60.0, "unity")
    assert offered(rate=24.0) == ("SCENE", 24.0, "unity")
    for strange in ("[1", '{"nothing": 1}', "null", 5, "[" * 100_000):
        bpy.context.scene[bake.LAST] = strange
        assert offered() == ("TAKE", 30.0, "generic")


@pytest.mark.parametrize("scale", [(1.004,) * 3, (1.05,) * 3, (1.0, 1.05, 1.0)])
def test_scaled_bones_that_move_no_mesh_come_back_as_they_are(addon, tmp_path, scale):
    """Their rest pose is what an importer sees of them before the take."""
    armature = rig_library.mixamo()
    for name, angle in (("Spine", 0.2), ("LeftArm", -0.9), ("RightForeArm", 0.7)):
        bone = armature.pose.bones[f"mixamorig:{name}"]
        bone.rotation_mode = "XYZ"
        for frame in (1, 20):
            bone.rotation_euler = (angle, 0.1 * frame * angle, 0.0)
            bone.keyframe_insert("rotation_euler", frame=frame)
    armature.pose.bones["mixamorig:Spine"].scale = scale
    wanted = heads(armature, (1, 20))
    addon.export.writers.export(armature, tmp_path / "scaled.fbx", first=1, last=20)
    found = heads(imported(tmp_path / "scaled.fbx"), (1, 20))
    assert np.linalg.norm(found - wanted, axis=-1).max() < 1e-4  # m


def heads(armature, frames):
    """(F, B, 3) where bones begin in the world."""
    posed = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        bones = sorted(armature.pose.bones, key=lambda bone: bone.name)
        posed.append([armature.matrix_world @ bone.head for bone in bones])
    return np.array(posed)
