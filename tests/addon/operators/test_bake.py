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
import scene_dump

from blender_addon import compat
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
    """The armature of an FBX or glTF file; key times as in the file."""
    before = set(bpy.data.objects)
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path))
    else:
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


@pytest.fixture
def two(take):
    """The character with two takes that move differently and are not equally long."""
    data = take.animation_data
    first = data.action
    bpy.context.scene.gestures.seed = 5
    bpy.ops.gestures.generate()
    for curve in compat.fcurves(data.action):
        points = curve.keyframe_points
        for _ in range(40, len(points)):
            points.remove(points[-1])
        for key in points:
            key.co.y *= 0.8 if curve.array_index else 1.0
        curve.update()
    return take, first.name, data.action.name


def every_animation(path):
    """{animation: seconds of its rotation keys} as assimp reads the file."""
    if not shutil.which("assimp"):
        pytest.skip("assimp (Debian: assimp-utils) is not installed")
    text = path.with_suffix(".assxml")
    subprocess.run(["assimp", "dump", path, text], capture_output=True, check=True)
    parts = re.split(r"(?=<Animation )", text.read_text())[1:]
    return {re.search(r'name="([^"]*)"', part)[1]: times_of_rotation_keys(part) for part in parts}


def stranger():
    """Another armature with an action, and one on a track."""
    chosen = bpy.context.view_layer.objects.active
    other = rig_library.mixamo()
    bpy.context.view_layer.objects.active = chosen
    other.select_set(False)
    for name in ("theirs", "on a track"):
        action = compat.new_action(name, other)
        bone = other.pose.bones[0].name
        curve = compat.new_fcurve(action, f'pose.bones["{bone}"].location', 0, "")
        for frame in (1, 50):
            curve.keyframe_points.insert(frame, frame)
        compat.assign_action(other, action)
        if name == "theirs":
            compat.push_down(other)
    return other


def test_all_takes_are_animations_of_their_names(two, tmp_path):
    _, first, second = two
    stranger()
    path = baked(tmp_path / "all.fbx", takes="ALL")
    found = every_animation(path)
    assert sorted(found) == sorted((first, second))
    for name, times in found.items():
        start, end = bpy.data.actions[name].frame_range
        assert min(times) == pytest.approx(0.0, abs=1e-3)
        assert max(times) == pytest.approx((end - start) / 30, abs=1e-3)
    assert len({max(times) for times in found.values()}) == 2


@pytest.mark.parametrize("target", ["generic", "unity", "unreal", "gltf"])
def test_each_animation_moves_the_bones_as_its_take(two, tmp_path, target):
    armature, first, second = two
    wanted = {}
    for name in (first, second):
        bpy.ops.gestures.take_show(take=name)
        start, end = (int(frame) for frame in bpy.data.actions[name].frame_range)
        picked = (start, (start + end) // 2, end)
        bones = armature.pose.bones
        wanted[name] = []
        for frame in picked:
            bpy.context.scene.frame_set(frame)
            wanted[name].append({b.name: np.array(local_turn(b)) for b in bones})
    path = tmp_path / ("all.glb" if target == "gltf" else "all.fbx")
    told = {"target" if target == "gltf" else "preset": target}
    write = bpy.ops.gestures.export if target == "gltf" else bpy.ops.gestures.bake
    assert write(filepath=str(path), takes="ALL", **told) == {"FINISHED"}
    known = set(bpy.data.actions)
    copy = imported(path)
    added = set(bpy.data.actions) - known  # importers add the object's or a layer's name
    new = {name: [a for a in added if name in a.name] for name in (first, second)}
    assert [len(found) for found in new.values()] == [1, 1]
    assert len(added) == 2
    for name, (action,) in new.items():
        compat.assign_action(copy, action)
        start, end = action.frame_range
        taken = bpy.data.actions[name].frame_range
        assert end - start == pytest.approx(taken[1] - taken[0], abs=1e-3)
        for frame, turns in zip((start, (start + end) // 2, end), wanted[name], strict=True):
            bpy.context.scene.frame_set(int(frame))
            for bone in copy.pose.bones:
                if bone.name in turns and bone.parent:
                    off = degrees_apart(np.array(local_turn(bone)), turns[bone.name])
                    assert off < WORST_DEGREES, (name, frame, bone.name)


def local_turn(bone):
    """The rotation (3, 3) of BONE from its parent's."""
    return (
        (bone.parent.matrix.inverted() @ bone.matrix if bone.parent else bone.matrix)
        .to_3x3()
        .normalized()
    )


def test_only_accepted_takes_where_that_is_wanted(two, tmp_path):
    _, first, _ = two
    with pytest.raises(RuntimeError, match=r"No take of .* is accepted"):
        baked(tmp_path / "none.fbx", takes="ACCEPTED")
    bpy.ops.gestures.take_accept(take=first)
    found = every_animation(baked(tmp_path / "one.fbx", takes="ACCEPTED"))
    assert len(found) == 1
    times = next(iter(found.values()))
    start, end = bpy.data.actions[first].frame_range
    assert max(times) - min(times) == pytest.approx((end - start) / 30, abs=1e-3)


def test_several_takes_change_nothing_in_the_scene(two, tmp_path):
    _, first, _ = two
    stranger()
    bpy.ops.gestures.take_accept(take=first)
    before = scene_dump.whole()
    baked(tmp_path / "all.fbx", takes="ALL")
    assert scene_dump.whole() == before
