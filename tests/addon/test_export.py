# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of file, read back without Blender, shows what Blender showed."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import bpy
import motion_clips
import numpy as np
import pytest
import rig_library as lib

from blender_addon import compat, export, keyframes, rig
from blender_addon.errors import GestureError
from blender_addon.export_targets import TARGETS
from blender_addon.retarget.solve import retarget

READER = Path(__file__).with_name("read_back.py")
FPS, FIRST = 30, 11
DEGREES, METRES = 0.1, 1e-4  # what must agree
Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # world -> file
FILES = {  # title: name of the file, preset
    "generic": ("take.fbx", ""),
    "unity": ("take.fbx", "unity"),
    "unreal": ("take.fbx", "unreal"),
    "gltf": ("take.glb", ""),
    "usd": ("take.usdc", ""),
    "bvh": ("take.bvh", ""),
}


def read(path):
    """What an independent reader finds in PATH."""
    needed = {".fbx": "", ".glb": "pygltflib", ".bvh": "bvh"}.get(path.suffix, "pxr")
    if path.suffix == ".fbx" and not shutil.which("assimp"):
        pytest.skip("assimp (Debian: assimp-utils) is not installed")
    if needed and importlib.util.find_spec(needed) is None:
        pytest.skip(f"the package with {needed} is not installed")
    out = path.with_suffix(".npz")
    command = [sys.executable, READER, path, out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(out) as file:
        return {key: file[key] for key in file.files}


def played(armature, seconds=2.0, name="hello take 1"):
    """ARMATURE with a take of real motion from frame FIRST on."""
    bpy.context.scene.render.fps = FPS
    _, directions, neutral = motion_clips.excerpt()[1]
    calibration = rig.calibration(armature)
    track = retarget(directions[: int(seconds * 15)], calibration, neutral=neutral)
    keyframes.write_take(armature, track, name=name, start_frame=FIRST, fps=FPS)
    return armature


def frame_range(armature):
    return [round(frame) for frame in armature.animation_data.action.frame_range]


def exported(armature, path, **options):
    first, last = frame_range(armature)
    return export.export(armature, path, first=first, last=last, **options)


def seen(armature, frames):
    """Names and world matrices (T, B, 4, 4) that Blender shows on FRAMES."""
    scene, found = bpy.context.scene, []
    before = scene.frame_current
    for frame in frames:
        scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1.0))
        one = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([one.matrix_world @ bone.matrix for bone in one.pose.bones])
    scene.frame_set(before)
    return [bone.name for bone in armature.pose.bones], np.array(found)


def rigid(matrices):
    return matrices[..., :3, :3] / np.linalg.norm(matrices[..., :3, :3], axis=-2, keepdims=True)


def degrees(left, right):
    """How far rotations (..., 3, 3) are apart."""
    apart = np.linalg.norm(left - right, axis=(-2, -1)) / np.sqrt(8.0)
    return np.degrees(2.0 * np.arcsin(np.clip(apart, 0.0, 1.0)))


def disagreement(armature, found, names, rate=FPS, rest_relative=False):
    """Worst degrees and metres between the file and Blender over all bones NAMES and frames.

    names: {bone: its name in the file}. rest_relative: the file has no rest orientations.
    """
    first, last = frame_range(armature)
    frames = first + np.arange(len(found["times"])) * FPS / rate
    assert abs(frames[-1] - last) < FPS / rate + 1e-6
    ours, wanted = seen(armature, frames)
    turn = Y_UP if found["up"] == "Y" else np.eye(3)
    columns = [list(found["names"]).index(file) for file in names.values()]
    rows = [ours.index(bone) for bone in names]
    there, here = found["worlds"][:, columns], wanted[:, rows]
    places = np.linalg.norm(there[..., :3, 3] * found["unit"] - here[..., :3, 3] @ turn.T, axis=-1)
    turned = turn @ rigid(here)
    if rest_relative:
        rest = np.array([armature.data.bones[bone].matrix_local for bone in names])
        at_rest = np.array(armature.matrix_world) @ rest
        turned = turned @ np.linalg.inv(rigid(at_rest)) @ turn.T
    return degrees(rigid(there), turned).max(), places.max()


def file_names(armature, preset, bones=None):
    from blender_addon.export_build import safe_names

    bones = [bone.name for bone in bones or armature.data.bones]
    return safe_names(bones, TARGETS[preset].unsafe)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_shows_what_blender_showed(kind, tmp_path):
    """The skinned character, whose object is turned and scaled by 0.01."""
    armature = played(lib.build("rocketbox"))
    name, preset = FILES[kind]
    path = exported(armature, tmp_path / name, preset=preset)
    found = read(path)
    assert found["animations"] == 1
    names = file_names(armature, kind)
    angle, metres = disagreement(armature, found, names, rest_relative=kind == "bvh")
    print(f"{kind}: {angle:.4f} degrees, {1000 * metres:.4f} mm")
    assert angle <= DEGREES and metres <= METRES
    steps = np.diff(found["times"])
    assert np.allclose(steps, 1.0 / FPS, atol=1e-4)
