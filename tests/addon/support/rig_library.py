# SPDX-License-Identifier: GPL-3.0-or-later
"""Real rigs for the tests, built in the running Blender (bpy).

rocketbox       Microsoft Rocketbox Male_Adult_04.fbx, as Blender's importer brings it
mpfb_default    MakeHuman/MPFB "default", from its JSON
mixamo          MakeHuman/MPFB "mixamo", from its JSON
rigify_metarig  Rigify's human metarig
rigify_generated  the control rig generated from it
"""

import json
import math
import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

REPOSITORY = Path(__file__).resolve().parents[3]
ROCKETBOX = REPOSITORY / "rigs" / "rocketbox" / "Male_Adult_04.fbx"
MPFB = REPOSITORY / "tests" / "fixtures" / "rigs"
_FOLDER = tempfile.TemporaryDirectory(prefix="rigs-")  # goes with this process


def empty_scene():
    """Start from an empty file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)


def rocketbox():
    """The skinned character; returns its armature."""
    before = set(bpy.data.objects)
    if "fbx" not in dir(bpy.ops.import_scene):
        bpy.ops.preferences.addon_enable(module="io_scene_fbx")
    bpy.ops.import_scene.fbx(filepath=str(ROCKETBOX))
    return next(o for o in set(bpy.data.objects) - before if o.type == "ARMATURE")


def mpfb_default():
    """MPFB's own rig, with two bones per arm segment and toes."""
    return _from_json(MPFB / "rig.default.json")


def mixamo():
    """Mixamo's names and joints, in a T-pose."""
    return _from_json(MPFB / "rig.mixamo.json")


def rigify_metarig():
    """The human metarig."""
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_human_metarig_add()
    return bpy.context.object


def rigify_generated(change=None):
    """The metarig's generated control rig, its arms switched to FK.

    change: what is done to the metarig before.
    """
    rig = rigify_as_generated() if change is None else _generate(change)
    for side in "LR":
        rig.pose.bones[f"upper_arm_parent.{side}"]["IK_FK"] = 1.0
    rig.update_tag()
    return rig


def rigify_as_generated():
    """The control rig as Rigify leaves it: its arms stand on IK.

    A file made once is opened: generating takes seconds, and dozens of tests want this rig.
    """
    file = Path(_FOLDER.name) / "rigify_generated.blend"
    if not file.is_file():
        _generate()
        bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    bpy.ops.wm.open_mainfile(filepath=str(file), load_ui=False)
    return bpy.context.view_layer.objects.active


def _generate(change=lambda metarig: None):
    metarig = rigify_metarig()
    change(metarig)
    bpy.context.view_layer.objects.active = metarig
    bpy.ops.pose.rigify_generate()
    rig = next(o for o in bpy.data.objects if o.type == "ARMATURE" and o != metarig)
    bpy.context.view_layer.objects.active = rig
    return rig


RIGS = {
    "rocketbox": rocketbox,
    "mpfb_default": mpfb_default,
    "mixamo": mixamo,
    "rigify_metarig": rigify_metarig,
}


CONTROL_RIGS = {"rigify_generated": rigify_generated}


def build(name):
    """The rig NAME in an otherwise empty file."""
    empty_scene()
    armature = (RIGS | CONTROL_RIGS)[name]()
    bpy.context.view_layer.update()
    return armature


def new_armature(name, bones):
    """An armature of BONES: (name, parent or "", head, tail, roll) each."""
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    edit = armature.data.edit_bones
    for bone, _, head, tail, roll in bones:
        new = edit.new(bone)
        new.head, new.tail, new.roll = head, tail, roll
    for bone, parent, *_ in bones:
        edit[bone].parent = edit[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _from_json(path):
    table = json.loads(path.read_text(encoding="utf-8"))
    table = table.get("bones", table)
    return new_armature(
        path.stem,
        [
            (
                name,
                bone["parent"],
                bone["head"]["default_position"],
                bone["tail"]["default_position"],
                bone["roll"],
            )
            for name, bone in table.items()
        ],
    )


def edited(armature, change):
    """ARMATURE after CHANGE(edit_bones) in edit mode."""
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    change(armature.data.edit_bones)
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def random_rolls(armature, seed=0):
    """Every bone rolled at random: the same joints, other bone axes."""
    random = np.random.default_rng(seed)

    def roll(bones):
        for bone in bones:
            bone.roll = random.uniform(-math.pi, math.pi)

    return edited(armature, roll)


def without(armature, *words):
    """ARMATURE less the bones whose name holds one of WORDS (children move up)."""

    def remove(bones):
        for bone in [b for b in bones if any(word in b.name for word in words)]:
            bones.remove(bone)

    return edited(armature, remove)


def turned(armature, axis, degrees, scale=1.0):
    """ARMATURE's object turned and scaled."""
    turn = Matrix.Rotation(math.radians(degrees), 4, axis) @ Matrix.Scale(scale, 4)
    armature.matrix_world = turn @ armature.matrix_world
    bpy.context.view_layer.update()
    return armature


def pose(armature, track, frame):
    """Put FRAME of TRACK on ARMATURE."""
    for bone, quaternion in zip(track.bones, track.quaternions[frame], strict=True):
        armature.pose.bones[bone].matrix_basis = Quaternion(quaternion).to_matrix().to_4x4()


def evaluated(armature):
    """Names, posed heads (B, 3) and orientations (B, 3, 3) in armature space, from Blender."""
    bpy.context.view_layer.update()
    bones = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
    matrices = np.array([bone.matrix for bone in bones])
    turns = matrices[:, :3, :3] / np.linalg.norm(matrices[:, :3, :3], axis=1, keepdims=True)
    return [bone.name for bone in bones], matrices[:, :3, 3], turns


def dump(armature):
    """Everything of ARMATURE that retargeting must leave alone, as comparable values."""
    bones = {
        bone.name: (
            bone.parent.name if bone.parent else "",
            _flat(bone.matrix_local),
            _flat([bone.head_local, bone.tail_local]),
            bone.use_deform,
            bone.use_connect,
            bone.use_inherit_rotation,
            bone.inherit_scale,
            _custom(bone),
        )
        for bone in armature.data.bones
    }
    pose_bones = {
        bone.name: (
            bone.rotation_mode,
            [(c.type, c.name, c.influence, c.mute) for c in bone.constraints],
            tuple(bone.lock_rotation),
            _flat([bone.location, bone.scale]),
            _custom(bone),
        )
        for bone in armature.pose.bones
    }
    whole = (
        _flat(armature.matrix_world),
        _flat(armature.matrix_basis),
        armature.parent.name if armature.parent else "",
        [(c.type, c.name) for c in armature.constraints],
        _custom(armature),
        _custom(armature.data),
    )
    return bones, pose_bones, whole


def _flat(rows):
    return tuple(float(value) for row in rows for value in Vector(row))


def _custom(owner):
    """Custom properties; Blender up to 4.5 lists add-ons' own settings among them."""
    settings = set(owner.bl_rna.properties.keys())
    return {key: str(owner[key]) for key in owner.keys() if key not in settings}  # noqa: SIM118


def lowered_arms(armature, degrees):
    """A T-posed ARMATURE whose rest pose has the arms DEGREES lower."""

    def lower(bones):
        for side, sign in (("Left", 1.0), ("Right", -1.0)):
            shoulder = bones[f"mixamorig:{side}Arm"]
            origin = shoulder.head.copy()
            turn = Matrix.Rotation(math.radians(sign * degrees), 4, "Y")
            whole = Matrix.Translation(origin) @ turn @ Matrix.Translation(-origin)
            for bone in [shoulder, *shoulder.children_recursive]:
                bone.matrix = whole @ bone.matrix

    return edited(armature, lower)
