# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of file, read back without Blender, shows what Blender showed."""

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import partial

import bpy
import mathutils.kdtree
import motion_clips
import numpy as np
import pytest
import rig_library as lib
from conftest import SUPPORT
from keyed import write_keys

from blender_addon.errors import GestureError
from blender_addon.export import recording, writers
from blender_addon.export.stand_in import Clip
from blender_addon.export.targets import TARGETS
from blender_addon.headless import arguments, rig_file
from blender_addon.retarget.solve import retarget
from blender_addon.rig import reading

READER = SUPPORT / "read_back.py"
FPS, FIRST = 30, 11
DEGREES, METRES = 0.1, 1e-4  # what must agree
Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # world -> file
generates_rigify = pytest.mark.skipif(
    bpy.app.version < (4, 5),
    reason="4.2 corrupts its memory when scenes change after Rigify has generated a rig",
)
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
    missing = "" if needed or shutil.which("assimp") else "assimp (Debian: assimp-utils)"
    if needed and importlib.util.find_spec(needed) is None:
        missing = f"the package with {needed}"
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{missing} is not installed")
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
    calibration = reading.calibration(armature)
    track = retarget(directions[: int(seconds * 15)], calibration, neutral=neutral)
    write_keys(armature, track, name=name, start_frame=FIRST, fps=FPS)
    return armature


def frame_range(armature):
    return [round(frame) for frame in armature.animation_data.action.frame_range]


def exported(armature, path, **options):
    first, last = frame_range(armature)
    writers.export(armature, path, first=first, last=last, **options)
    return path


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
    from blender_addon.export.build import safe_names

    bones = [bone.name for bone in bones or armature.data.bones]
    return safe_names(bones, TARGETS[preset].unsafe)


def agrees(armature, path, kind, bones=None, rate=FPS):
    """PATH, read back, is within DEGREES and METRES of Blender on every bone and frame."""
    found = read(path)
    assert found["animations"] == 1
    names = file_names(armature, kind, bones)
    angle, metres = disagreement(armature, found, names, rate, rest_relative=kind == "bvh")
    print(f"{kind}: {angle:.4f} degrees, {1000 * metres:.4f} mm")
    assert angle <= DEGREES and metres <= METRES
    assert np.allclose(np.diff(found["times"]), 1.0 / rate, atol=1e-4)
    return found


@pytest.mark.parametrize("kind", FILES)
def test_a_file_shows_what_blender_showed(kind, tmp_path):
    """The skinned character, whose object is turned and scaled by 0.01; bones and skin."""
    armature = played(lib.build("rocketbox"))
    name, preset = FILES[kind]
    found = agrees(armature, exported(armature, tmp_path / name, preset=preset), kind)
    assert found["times"][0] == pytest.approx(0.0, abs=1e-4)  # for "generic" assimp's own doing
    if kind != "bvh":
        assert skin_error(armature, found) <= METRES


def skin_error(armature, found):
    """Metres between the file's skin and the nearest of Blender's points, at worst."""
    turn = Y_UP if found["up"] == "Y" else np.eye(3)
    worst = 0.0
    for time, points in zip(found["skin_times"], found["skinned"], strict=True):
        bpy.context.scene.frame_set(FIRST + round(time * FPS))
        tree = mathutils.kdtree.KDTree(1 << 16)
        for mesh in recording.parts(armature)[1:]:
            one = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
            for number, vertex in enumerate(one.data.vertices):
                tree.insert(one.matrix_world @ vertex.co, number)
        tree.balance()
        there = points * found["unit"] @ turn
        worst = max(worst, *(tree.find(point)[2] for point in there[::5]))
    return worst


@generates_rigify
@pytest.mark.once
@pytest.mark.parametrize("kind", FILES)
def test_a_control_rigs_deforming_bones_are_baked(kind, tmp_path):
    """Rigify's generated rig: constraints move what deforms; controls stay out of the file."""
    armature = played(lib.build("rigify_generated"), seconds=0.8)
    name, preset = FILES[kind]
    path = exported(armature, tmp_path / name, preset=preset, deform_only=True)
    bones = [bone for bone in armature.data.bones if bone.use_deform]
    found = agrees(armature, path, kind, bones)
    names = list(found["names"])
    assert not any(name.startswith(("ORG", "MCH")) or name.endswith("_fk_L") for name in names)
    chain, at = [], names.index(file_names(armature, kind)["DEF-f_index.03.L"])
    while at >= 0:
        chain.append(names[at])
        at = found["parents"][at]
    plain = [name.replace(".", "_") for name in chain if "DEF" in name]
    wanted = ["f_index_03_L", "f_index_02_L", "f_index_01_L", "palm_01_L", "hand_L"]
    wanted += ["forearm_L_001", "forearm_L", "upper_arm_L_001", "upper_arm_L", "shoulder_L"]
    assert [name.removeprefix("DEF-").removeprefix("DEF_") for name in plain[:10]] == wanted


@generates_rigify
def test_unreal_finds_one_root_below_a_node_it_skips(tmp_path):
    """Bones without a parent hang from one; the armature's node is plain and called Armature."""
    armature = played(lib.build("rigify_generated"), seconds=0.3)
    path = exported(armature, tmp_path / "a.fbx", preset="unreal", deform_only=True)
    found = read(path)
    names, parents = list(found["names"]), found["parents"]
    node = names.index("Armature")
    assert sum(parents == node) == 1
    assert np.allclose(found["bind"][node], np.eye(4), atol=1e-6)
    assert found["unit"] == pytest.approx(0.01) and found["up"] == "Z"
    assert not any(set(name) & set(".,/`%:") for name in names)
    assert armature.name != "Armature" or "Armature" in bpy.data.objects


def test_unity_gets_metres_and_nodes_at_scale_one(tmp_path):
    armature = played(lib.turned(lib.build("rocketbox"), "Z", 30.0, 2.0), seconds=0.3)
    found = read(exported(armature, tmp_path / "a.fbx", preset="unity"))
    assert found["unit"] == pytest.approx(1.0) and found["up"] == "Y"
    assert np.allclose(found["bind"][list(found["names"]).index(armature.name)], np.eye(4))
    lengths = np.linalg.norm(found["worlds"][..., :3, :3], axis=-2)
    assert np.allclose(lengths, 1.0, atol=1e-3)


@pytest.mark.once
@pytest.mark.parametrize("rate", [24.0, 29.97, 60.0])
@pytest.mark.parametrize("kind", ["unity", "gltf", "usd", "bvh"])
def test_any_rate_is_the_same_motion(kind, rate, tmp_path):
    armature = played(lib.build("mixamo"), seconds=1.0)
    name, preset = FILES[kind]
    path = exported(armature, tmp_path / name, preset=preset, rate=rate)
    agrees(armature, path, kind, rate=rate)


@pytest.mark.parametrize("kind", FILES)
def test_a_parent_a_turn_and_a_moving_object_come_out_as_seen(kind, tmp_path):
    """The armature hangs from an empty that moves and is turned, 100 times as large."""
    armature = played(lib.turned(lib.build("mixamo"), "X", 90.0, 100.0), seconds=1.0)
    scene = bpy.context.scene
    empty = bpy.data.objects.new("cart", None)
    scene.collection.objects.link(empty)
    empty.rotation_euler = (0.3, 0.2, 1.0)
    for frame, place in ((FIRST, 0.0), (FIRST + 30, 3.0)):
        empty.location = (place, 1.0, 0.5)
        empty.keyframe_insert("location", frame=frame)
    armature.parent = empty
    bpy.context.view_layer.update()
    name, preset = FILES[kind]
    path = exported(armature, tmp_path / name, preset=preset)
    found = read(path)
    names = file_names(armature, kind)
    angle, metres = disagreement(armature, found, names, rest_relative=kind == "bvh")
    assert angle <= DEGREES and metres <= 100 * METRES  # of a figure of 170 metres


# --- nothing else changes ---------------------------------------------------------------


def state(armature):
    """Whatever of the file an export might leave changed."""
    scene = bpy.context.scene
    kinds = ("objects", "armatures", "meshes", "actions", "scenes", "collections", "materials")
    return (
        lib.dump(armature),
        {kind: sorted(one.name for one in getattr(bpy.data, kind)) for kind in kinds},
        {o.name: (o.select_get(), o.hide_get(), o.hide_viewport) for o in scene.objects},
        {o.name: (o.mode, o.parent and o.parent.name) for o in scene.objects},
        (scene.name, bpy.context.window.scene.name, bpy.context.view_layer.name),
        (scene.frame_current, scene.frame_start, scene.frame_end, scene.render.fps),
        bpy.context.view_layer.objects.active.name,
        armature.animation_data.action.name,
        [track.name for track in armature.animation_data.nla_tracks],
    )


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_in_the_scene_changes_whatever_happens(kind, fails, tmp_path, monkeypatch):
    """Hidden, in Pose Mode, another object selected; and a failure keeps the file that was."""
    armature = played(lib.build("rocketbox"), seconds=0.3)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="POSE")
    mesh = recording.parts(armature)[1]
    mesh.hide_set(True)
    armature.hide_viewport = True
    bpy.context.scene.frame_set(17)
    before = state(armature)
    name, preset = FILES[kind]
    (tmp_path / name).write_text("what was there")
    if fails:
        format_ = TARGETS[kind].format
        real = writers.WRITERS[format_]

        def broken(path, *more):
            real(path, *more)
            raise RuntimeError("Error: the disk is full")

        monkeypatch.setitem(writers.WRITERS, format_, broken)
        with pytest.raises(GestureError, match="the disk is full"):
            exported(armature, tmp_path / name, preset=preset)
        assert (tmp_path / name).read_text() == "what was there"
    else:
        exported(armature, tmp_path / name, preset=preset)
        assert (tmp_path / name).stat().st_size > 10_000
    assert state(armature) == before
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_usd_brings_its_textures_along(tmp_path):
    armature = played(lib.build("rocketbox"), seconds=0.3)
    rig_file.find_textures(lib.ROCKETBOX.parent)
    exported(armature, tmp_path / "take.usda")
    pictures = [path.name for path in (tmp_path / "textures").iterdir()]
    assert len(pictures) >= 2
    text = (tmp_path / "take.usda").read_text()
    assert all(f"./textures/{name}@" in text for name in pictures)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["take.usda", "textures"]


def test_what_cannot_be_exported_is_one_sentence(tmp_path):
    armature = played(lib.build("mixamo"), seconds=0.3)
    with pytest.raises(GestureError, match=r"choose a name ending in \.fbx, \.glb"):
        exported(armature, tmp_path / "take.obj")
    for bone in armature.data.bones:
        bone.use_deform = False
    with pytest.raises(GestureError, match=r"No bone of .* deforms"):
        exported(armature, tmp_path / "take.fbx", deform_only=True)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(GestureError, match="is in Edit Mode"):
        exported(armature, tmp_path / "take.fbx")
    assert list(tmp_path.iterdir()) == []
    bpy.ops.object.mode_set(mode="OBJECT")


# --- faces ------------------------------------------------------------------------------


SHAPES = ("jaw", "brow", "smile", "blink")
POINTS = np.array([(0, 0, 0), (0.3, 0, 0), (0, 0.2, 0), (0, 0, 0.1), (0.2, 0.1, 0.3)])


def new_mesh(name, parent=None, at=(0.0, 0.0, 0.0), bone=""):
    """A small mesh without any symmetry at AT in the world, on PARENT or its BONE."""
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(p) for p in POINTS], [], [(0, 1, 2), (0, 3, 1), (2, 1, 4), (3, 4, 1)])
    return placed(bpy.data.objects.new(name, data), parent, at, bone)


def placed(one, parent=None, at=(0.0, 0.0, 0.0), bone=""):
    """The new object ONE at AT in the world, on PARENT or its BONE."""
    bpy.context.scene.collection.objects.link(one)
    if parent:
        one.parent = parent
        if bone:
            one.parent_type, one.parent_bone = "BONE", bone
        bpy.context.view_layer.update()
        one.matrix_world = mathutils.Matrix.Translation(at)
    bpy.context.view_layer.update()
    return one


def talking(armature, bone):
    """A face on ARMATURE's BONE: jaw is keyed, brow driven, smile on the NLA, blink stays."""
    face = new_mesh("face", armature, (0.0, -0.1, 1.6), bone)
    for name in ("Basis", *SHAPES):
        face.shape_key_add(name=name).data[4].co.x += 0.1
    keys = face.data.shape_keys
    blocks = keys.key_blocks
    key_values(blocks["smile"], (FIRST, 0.0), (FIRST + 9, 0.8))
    data = keys.animation_data
    data.nla_tracks.new().strips.new("smile", FIRST, data.action)
    data.action = None
    key_values(blocks["jaw"], (FIRST + 2, 0.0), (FIRST + 7, 1.0), (FIRST + 11, 0.25))
    blocks["brow"].driver_add("value").driver.expression = "frame / 100"
    blocks["blink"].value = 0.4
    return face


def key_values(block, *keys):
    for frame, value in keys:
        block.value = value
        block.keyframe_insert("value", frame=frame)


def shape_values(face, frames):
    """{shape key: values (T,)} that Blender shows on FRAMES."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1.0))
        keys = face.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([keys.key_blocks[name].value for name in SHAPES])
    return dict(zip(SHAPES, np.array(found).T, strict=True))


def fbx_shapes(path, count):
    """{shape key: values (COUNT,)} of an FBX file: assimp's dump has none, Blender reads them."""
    before = set(bpy.data.objects)
    bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    face = next(one for one in set(bpy.data.objects) - before if one.name.startswith("face"))
    start = face.parent.animation_data.action.frame_range[0]
    return shape_values(face, start + np.arange(count))


@pytest.mark.parametrize("rate", [FPS, 24.0])
@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "bvh"])
def test_a_face_comes_out_as_seen(kind, rate, tmp_path):
    """Keyed, on the NLA, driven or still, on a take that starts in the middle of the scene."""
    armature = played(lib.build("mixamo"), seconds=0.8)
    face = talking(armature, "mixamorig:Head")
    before = face_state(face)
    name, preset = FILES[kind]
    path = exported(armature, tmp_path / name, preset=preset, rate=rate)
    found = read(path)
    wanted = shape_values(face, FIRST + np.arange(len(found["times"])) * FPS / rate)
    assert face_state(face) == before and found["animations"] == 1
    assert np.ptp(wanted["jaw"]) > 0.9 and np.ptp(wanted["smile"]) > 0.7
    if path.suffix == ".fbx":
        bpy.context.scene.render.fps = round(rate)
        got = fbx_shapes(path, len(found["times"]))
    else:
        got = {name: found[f"shape {name}"] for name in SHAPES}
    for shape in SHAPES:
        assert np.allclose(got[shape], wanted[shape], atol=1e-3), shape


def test_a_face_moves_in_each_animation_of_a_gltf_file(tmp_path):
    armature = played(lib.build("mixamo"), seconds=0.8)
    face = talking(armature, "mixamorig:Head")
    spans = {"first": (FIRST, FIRST + 8), "second": (FIRST + 6, FIRST + 12)}
    clips = [Clip(name, span) for name, span in spans.items()]
    path = exported(armature, tmp_path / "two.glb", clips=clips)
    wanted = {n: shape_values(face, np.arange(a, b + 1)) for n, (a, b) in spans.items()}
    found = gltf_weights(path)
    assert set(found) == set(spans)
    for name, (times, weights) in found.items():
        np.testing.assert_allclose(times, np.arange(len(wanted[name]["jaw"])) / FPS, atol=1e-4)
        for shape, got in zip(SHAPES, weights.T, strict=True):
            np.testing.assert_allclose(got, wanted[name][shape], atol=1e-3)


def gltf_weights(path):
    """{animation: times (T,) and weights (T, shapes)} of the one face in a glTF file."""
    file = pytest.importorskip("pygltflib").GLTF2().load(str(path))
    blob, found = file.binary_blob(), {}

    def numbers(index):
        accessor = file.accessors[index]
        view = file.bufferViews[accessor.bufferView]
        count = accessor.count * (1 if accessor.type == "SCALAR" else 3)
        return np.frombuffer(blob, np.float32, count, view.byteOffset + (accessor.byteOffset or 0))

    for animation in file.animations:
        (one,) = (c.sampler for c in animation.channels if c.target.path == "weights")
        sampler = animation.samplers[one]
        times = numbers(sampler.input)
        found[animation.name] = times, numbers(sampler.output).reshape(len(times), -1)
    return found


def face_state(face):
    """What moves FACE's shapes, and what else an export might leave behind."""
    keys = face.data.shape_keys
    data = keys.animation_data
    strips = [strip.name for track in data.nla_tracks for strip in track.strips]
    drivers = [(curve.data_path, curve.driver.expression) for curve in data.drivers]
    others = len(bpy.data.shape_keys), len(bpy.data.actions), len(bpy.data.objects)
    return data.action.name, strips, drivers, keys.key_blocks["blink"].value, others


# --- what hangs on the character ----------------------------------------------------------


def furnished(armature, bone):
    """Meshes on ARMATURE through other objects."""
    mask = new_mesh("mask", armature, (0.0, -0.1, 1.6), bone)
    pin = placed(bpy.data.objects.new("pin", None), armature, (0.0, 0.0, 1.8), bone)
    stand = placed(bpy.data.objects.new("stand", None), armature, (1.0, 0.0, 0.0))
    meshes = [mask, new_mesh("lid", mask, (0.1, -0.2, 1.7)), new_mesh("hat", pin, (0.0, 0.1, 1.9))]
    eyes = [new_mesh(name, mask, (x, -0.1, 1.7)) for name, x in (("eye", 0.1), ("other", -0.1))]
    eyes[1].scale.x *= -1.0
    for eye in eyes:
        for frame, angle in ((FIRST, 0.0), (FIRST + 8, 0.9)):
            eye.rotation_euler.z = angle
            eye.keyframe_insert("rotation_euler", frame=frame)
    brooch = new_mesh("brooch")
    brooch.parent = next(one for one in recording.parts(armature)[1:] if one.vertex_groups)
    brooch.parent_type, brooch.parent_vertices = "VERTEX_3", (0, 1, 2)
    prop = new_mesh("prop", mask, (0.1, -0.2, 1.5))
    for frame, scale in ((FIRST, 0.0), (FIRST + 8, 0.2)):
        prop.scale = (scale, scale, scale)
        prop.keyframe_insert("scale", frame=frame)
    meshes += [*eyes, brooch, prop, new_mesh("table", stand, (1.0, 0.5, 0.5))]
    bpy.context.view_layer.update()
    return meshes


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "bvh"])
def test_meshes_on_meshes_and_empties_come_out_as_seen(kind, tmp_path):
    """Eyes on a mask, a hat on an empty, a table beside; some turn or appear by themselves."""
    armature = played(lib.build("rocketbox"), seconds=3.0)
    meshes = furnished(armature, "Bip01 Head")
    name, preset = FILES[kind]
    found = read(exported(armature, tmp_path / name, preset=preset))
    assert recording.left_out(armature) == []
    own = {name for name in found["names"] if name.endswith("_bone")}
    assert own == {"eye_bone", "other_bone", "prop_bone", "brooch_bone"}
    are_as_seen(meshes, found)


@generates_rigify
@pytest.mark.once
def test_what_hangs_on_a_control_follows_a_deforming_bone(tmp_path):
    """The controls are not in the file, yet a hat and a ring move as on them."""
    armature = played(lib.build("rigify_generated"), seconds=3.0)
    meshes = [new_mesh("hat", armature, (0.0, 0.1, 1.9), "head")]
    meshes.append(new_mesh("ring", armature, (0.8, 0.0, 1.4), "hand_fk.L"))
    found = read(exported(armature, tmp_path / "take.glb", deform_only=True))
    assert not {"head", "hand_fk.L", "hat_bone", "ring_bone"} & set(found["names"])
    are_as_seen(meshes, found)


def are_as_seen(meshes, found):
    """MESHES are in the file within METRES of where Blender shows them, on several frames."""
    turn = Y_UP if found["up"] == "Y" else np.eye(3)
    assert len(found["skin_times"]) >= 3
    for row, time in enumerate(found["skin_times"]):
        bpy.context.scene.frame_set(FIRST + round(time * FPS))
        for mesh in meshes:
            there = found[f"points {mesh.name}"][row] * found["unit"] @ turn
            one = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
            here = np.array([one.matrix_world @ mathutils.Vector(point) for point in POINTS])
            apart = np.linalg.norm(there[:, None] - here[None], axis=-1)
            assert max(apart.min(axis=0).max(), apart.min(axis=1).max()) < METRES, mesh.name


def test_what_does_not_fit_into_a_file_is_named(addon, tmp_path, capfd):
    """A beard of curves and a mesh of another armature's; a bare curve is nothing to see."""
    armature = played(lib.rocketbox(), seconds=0.3)
    bpy.context.view_layer.objects.active = armature
    for name in ("beard", "path"):
        curve = bpy.data.curves.new(name, "CURVE")
        curve.bevel_depth = 0.01 if name == "beard" else 0.0
        placed(bpy.data.objects.new(name, curve), armature)
    other = placed(bpy.data.objects.new("wings", bpy.data.armatures.new("wings")), armature)
    new_mesh("feathers", other).modifiers.new("skin", "ARMATURE").object = other
    bpy.context.view_layer.objects.active = armature
    write = partial(writers.export, armature, first=1, last=3)
    said = "It is without 'beard', 'feathers': it holds only meshes"
    assert write(tmp_path / "a.glb").startswith(said)
    assert write(tmp_path / "a.glb", meshes=False) == write(tmp_path / "a.bvh") == ""
    capfd.readouterr()
    press = bpy.ops.gestures.export
    assert press(filepath=str(tmp_path / "b.glb"), target="gltf") == {"FINISHED"}
    assert f"Warning: Wrote '{tmp_path / 'b.glb'}'. {said}" in capfd.readouterr().out
    assert "feathers" not in [one.name for one in recording.parts(armature)]


# --- the panel's operator ---------------------------------------------------------------


def test_the_operator_writes_what_its_options_say(addon, tmp_path):
    armature = played(lib.rocketbox(), seconds=0.3)
    bpy.context.view_layer.objects.active = armature
    write = bpy.ops.gestures.export
    sizes = {}
    for meshes in (True, False):
        path = tmp_path / f"{meshes}"
        assert write(filepath=str(path), target="unreal", include_meshes=meshes) == {"FINISHED"}
        sizes[meshes] = path.with_suffix(".fbx").stat().st_size
    assert sizes[False] < 0.7 * sizes[True]
    assert write(filepath=str(tmp_path / "b.fbx"), target="bvh") == {"FINISHED"}
    assert (tmp_path / "b.bvh").read_text().startswith("HIERARCHY")
    assert write(filepath=str(tmp_path / "u.usda"), target="usd") == {"FINISHED"}
    assert (tmp_path / "u.usda").read_text().startswith("#usda")
    path = tmp_path / "slow.glb"
    write(filepath=str(path), target="gltf", own_rate=True, rate=10.0, include_meshes=False)
    assert len(read(path)["times"]) == 3


def test_the_shell_understands_the_same_options(tmp_path):
    (tmp_path / "m.npz").write_bytes(b"")
    given = ["--motion", str(tmp_path / "m.npz"), "--rig", str(lib.ROCKETBOX)]
    given += ["--out", str(tmp_path / "a.fbx")]
    plain = arguments.parse(given)
    assert (plain.preset, plain.meshes, plain.deform_only, plain.rate) == ("", True, False, None)
    more = ["--preset", "unreal", "--no-meshes", "--deform-only", "--rate", "30"]
    job = arguments.parse([*given, *more])
    assert (job.preset, job.meshes, job.deform_only, job.rate) == ("unreal", False, True, 30.0)
    with pytest.raises(GestureError, match="invalid choice: 'maya'"):
        arguments.parse([*given, "--preset", "maya"])
