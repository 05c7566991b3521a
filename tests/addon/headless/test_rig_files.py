# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shell does with rigs of which little is known, or that come in motion."""

import json
import subprocess
import sys

import bpy
import numpy as np
import pytest
import rig_library as lib
from bpy_extras.object_utils import world_to_camera_view
from conftest import REPOSITORY

from blender_addon import compat
from blender_addon.bones.families import save_preset
from blender_addon.bones.roles import BoneMap
from blender_addon.errors import GestureError
from blender_addon.headless import arguments, film, rig_file
from blender_addon.rig import reading

ROCKETBOX = REPOSITORY / "rigs" / "rocketbox" / "Male_Adult_04.fbx"


def animate(*arguments):
    """Run the shell's half; what it said on stderr."""
    command = [sys.executable, "-m", "blender_addon.headless.animate", *map(str, arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "without", [("head", "neck", "spine", "hips"), ("head", "neck"), ("spine", "hips")], ids=str
)
def test_a_mapping_without_a_trunk_animates_and_is_in_the_picture(without, tmp_path):
    whole = reading.map_for(lib.build("rocketbox")).bone_map
    roles = {role: chain for role, chain in whole.roles.items() if role not in without}
    save_preset(BoneMap("mine", roles), tmp_path / "mine.toml")
    out = tmp_path / "idle.blend"
    asked = ("--mode", "idle", "--seconds", "1", "--map", tmp_path / "mine.toml")
    animate("--rig", ROCKETBOX, *asked, "--out", out)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    scene = bpy.context.scene
    (armature,) = [one for one in scene.objects if one.type == "ARMATURE"]
    for bone in (whole.get("head")[0], whole.get("hand.L")[0], whole.get("hand.R")[0]):
        place = armature.matrix_world @ armature.pose.bones[bone].head
        x, y, depth = world_to_camera_view(scene, scene.camera, place)
        assert 0.0 < x < 1.0 and 0.0 < y < 1.0 and depth > 0.0, bone


def test_the_shell_says_what_the_panel_says_of_a_mapping(tmp_path):
    whole = reading.map_for(lib.build("rocketbox")).bone_map
    roles = {
        role: chain
        for role, chain in whole.roles.items()
        if role.partition(".")[0] not in ("index", "ring", "pinky")
    }
    save_preset(BoneMap("mine", roles), tmp_path / "mine.toml")
    asked = ("--mode", "idle", "--seconds", "1", "--map", tmp_path / "mine.toml")
    said = animate("--rig", ROCKETBOX, *asked, "--out", tmp_path / "idle.glb")
    assert "How the left hand and the right hand are turned at rest is guessed" in said


WALK = {"Bip01 Pelvis": 0.7, "Bip01 L Thigh": -0.5}  # radians, the animation's first pose


def character_in(folder, suffix, *, animated):
    """A file of Rocketbox's character, walking if ANIMATED, else as it stands."""
    armature = lib.build("rocketbox")
    for name, angle in WALK.items():
        bone = armature.pose.bones[name]
        bone.rotation_mode = "XYZ"
        for frame in (1, 20) if animated else ():
            bone.rotation_euler = (angle, 0.0, 0.3 * angle)
            bone.keyframe_insert("rotation_euler", frame=frame)
    bpy.context.scene.frame_set(20)
    path = folder / f"walk{suffix}"
    if suffix == ".fbx":
        bpy.ops.export_scene.fbx(filepath=str(path), bake_anim=animated)
    else:
        bpy.ops.export_scene.gltf(filepath=str(path), export_animations=animated)
    return path


@pytest.mark.parametrize("suffix", [".glb", ".fbx"])
def test_an_animated_character_starts_from_its_rest_pose(suffix, tmp_path):
    path, said = character_in(tmp_path, suffix, animated=True), []
    armature = rig_file.load(path, tell=said.append)
    for bone in armature.pose.bones:
        assert np.allclose(bone.matrix_basis, np.eye(4), atol=1e-6), bone.name
    (sentence,) = said
    assert "came animated" in sentence and sentence.endswith(".")
    assert not bpy.data.actions


@pytest.mark.parametrize("suffix", [".glb", ".fbx"])
def test_of_a_character_at_rest_nothing_is_said(suffix, tmp_path):
    said = []
    rig_file.load(character_in(tmp_path, suffix, animated=False), tell=said.append)
    assert said == []


def test_the_shell_says_that_a_character_came_animated(tmp_path):
    path = character_in(tmp_path, ".glb", animated=True)
    out = tmp_path / "idle.blend"
    said = animate("--rig", path, "--mode", "idle", "--seconds", "1", "--out", out)
    assert "came animated" in said
    bpy.ops.wm.open_mainfile(filepath=str(out))
    (armature,) = [one for one in bpy.context.scene.objects if one.type == "ARMATURE"]
    for name in WALK:  # the take moves neither
        assert np.allclose(armature.pose.bones[name].matrix_basis, np.eye(4), atol=1e-6), name


@pytest.mark.parametrize("suffix", [".vrm", ".bvh"])
def test_other_files_with_an_armature_are_read(suffix, tmp_path):
    path, said = tmp_path / f"walk{suffix}", []
    if suffix == ".vrm":  # glTF by another name
        character_in(tmp_path, ".glb", animated=True).rename(path)
    else:
        lib.build("rocketbox")
        bpy.ops.export_anim.bvh(filepath=str(path), frame_start=1, frame_end=2)
    armature = rig_file.load(path, tell=said.append)
    assert len(armature.data.bones) > 50
    for bone in armature.pose.bones:
        assert np.allclose(bone.matrix_basis, np.eye(4), atol=1e-6), bone.name
    assert not bpy.data.actions


def test_every_suffix_that_is_taken_has_a_reader():
    assert {".blend", *rig_file.READERS} == set(arguments.RIG_SUFFIXES)


def test_a_format_that_this_blender_does_not_read_is_a_sentence(tmp_path):
    path = tmp_path / "character.dae"
    path.write_text("<COLLADA/>")
    expected = "reads no Collada: save the character as FBX or glTF"
    if "collada_import" in dir(bpy.ops.wm):
        expected = "no armature"
    with pytest.raises(GestureError, match=expected):
        rig_file.load(path)


def test_the_readers_reason_is_told(tmp_path):
    path = tmp_path / "packed.gltf"
    asset = {"asset": {"version": "2.0"}, "extensionsRequired": ["EXT_nobody_reads"]}
    path.write_text(json.dumps(asset | {"extensionsUsed": ["EXT_nobody_reads"]}))
    with pytest.raises(GestureError, match=r"'packed\.gltf' as a rig: .*EXT_nobody_reads"):
        rig_file.load(path)


def test_a_texture_that_is_not_there_leaves_a_plain_colour(tmp_path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    there, lost, packed = (bpy.data.images.new(name, 8, 8) for name in ("there", "lost", "packed"))
    there.filepath_raw, there.file_format = str(tmp_path / "there.png"), "PNG"
    there.save()
    packed.pack()
    lost.source, lost.filepath = "FILE", "//nowhere/skin.png"
    material = bpy.data.materials.new("skin")
    material.use_nodes = True
    for image in (there, lost, packed):
        material.node_tree.nodes.new("ShaderNodeTexImage").image = image
    film.without_lost_textures()
    nodes = material.node_tree.nodes
    assert {n.image for n in nodes if n.type == "TEX_IMAGE"} == {there, packed}


def test_the_shell_keys_arms_to_fk_where_that_is_asked_for(tmp_path):
    lib.rigify_as_generated().name = "rig"
    file, out = tmp_path / "rig.blend", tmp_path / "idle.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    asked = ("--rig", file, "--mode", "idle", "--seconds", "1", "--out", out)
    assert "stand on IK" in animate(*asked)
    assert "stand on IK" not in animate(*asked, "--arms-to-fk")
    bpy.ops.wm.open_mainfile(filepath=str(out))
    action = bpy.data.objects["rig"].animation_data.action
    keyed = {curve.data_path for curve in compat.fcurves(action)}
    assert sum("IK_FK" in path for path in keyed) == 2


def test_the_shell_writes_few_keys_and_the_take_knows(tmp_path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    lib.mixamo()
    file, out = tmp_path / "rig.blend", tmp_path / "idle.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    asked = ("--rig", file, "--mode", "idle", "--seconds", "5", "--out", out)
    counts = {}
    for keys in ("every", "reduced", "twos"):
        animate(*asked, "--keys", keys, "--tolerance", "2")
        bpy.ops.wm.open_mainfile(filepath=str(out))
        action = next(one for one in bpy.data.actions if one.get("gestures_take"))
        curves = compat.fcurves(action)
        counts[keys] = sum(len(one.keyframe_points) for one in curves) / len(curves)
        spacing = json.loads(action["gestures_take"])["spacing"]
        assert spacing == {"kind": keys.upper(), "degrees": 2.0}
    assert counts["reduced"] < counts["every"] / 5
    assert counts["twos"] == pytest.approx(counts["every"] / 2, abs=1)
    with pytest.raises(GestureError, match="tolerance of 50"):
        arguments.parse([*map(str, asked), "--tolerance", "50"])
