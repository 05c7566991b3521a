# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shell does with rigs of which little is known, or that come in motion."""

import subprocess
import sys

import bpy
import numpy as np
import pytest
import rig_library as lib
from bpy_extras.object_utils import world_to_camera_view
from conftest import REPOSITORY

from blender_addon.bones.families import save_preset
from blender_addon.bones.roles import BoneMap
from blender_addon.headless import rig_file
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
