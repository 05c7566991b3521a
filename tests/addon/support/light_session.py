# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a fresh profile without a connection: install ZIP, generate from SPEECH, tell how it went.

Nothing is set up, and nothing of this project but the zip can be imported.
"""

import json
import os
import sys
import time
import traceback

import bpy

MODULE = "bl_ext.user_default.gestures"


def main(zip_path, speech):
    bpy.ops.extensions.package_install_files(
        filepath=zip_path, repo="user_default", enable_on_install=True
    )
    addon = sys.modules[MODULE]
    bpy.ops.object.armature_add()
    raise_arms(bpy.context.object)
    bpy.context.scene.gestures.speech = speech
    assert not bpy.app.online_access
    assert addon.engine.process.python_path() is None
    assert bpy.ops.gestures.generate.poll()
    begin = time.perf_counter()
    assert bpy.ops.gestures.generate() == {"FINISHED"}
    seconds = time.perf_counter() - begin
    action = bpy.context.object.animation_data.action
    made = addon.takes.record.of(action)
    poses = len(addon.takes.stored.load(action)[0])
    addon.engine.process.stop()
    return {**made.engine, "poses": poses, "seconds": round(seconds, 2)}


def raise_arms(armature):
    """A body of a few bones with Mixamo's names."""
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    for bone in list(bones):
        bones.remove(bone)
    chain(bones, None, [("Hips", (0, 0, 1)), ("Spine", (0, 0, 1.2)), ("Neck", (0, 0, 1.5)),
                        ("Head", (0, 0, 1.6))], (0, 0, 1.8))  # fmt: skip
    for side, way in (("Left", 1), ("Right", -1)):
        joints = [("Shoulder", 0.05), ("Arm", 0.2), ("ForeArm", 0.5), ("Hand", 0.75)]
        places = [(f"{side}{name}", (way * x, 0, 1.45)) for name, x in joints]
        chain(bones, bones["Spine"], places, (way * 0.9, 0, 1.45))
    bpy.ops.object.mode_set(mode="OBJECT")


def chain(bones, parent, heads, end):
    """Bones one after the other from head to head."""
    ends = [place for _, place in heads[1:]] + [end]
    for (name, head), tail in zip(heads, ends, strict=True):
        bone = bones.new(name)
        bone.head, bone.tail, bone.parent = head, tail, parent
        parent = bone


try:
    print(json.dumps(main(*sys.argv[-2:])))
except BaseException:  # noqa: BLE001  told, then out: Blender's own exit would hang
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
sys.stdout.flush()
os._exit(0)
