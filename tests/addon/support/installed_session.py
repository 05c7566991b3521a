# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by test_install in a fresh profile: install ZIP, make a take, undo it, uninstall."""

import os
import sys
import traceback
from pathlib import Path

import bpy
import rig_library

FAKE_WORKER = Path(__file__).with_name("fake_worker.py")
MODULE = "bl_ext.user_default.gestures"


def main(zip_path, speech):
    bpy.ops.extensions.package_install_files(
        filepath=zip_path, repo="user_default", enable_on_install=True
    )
    addon = sys.modules[MODULE]
    client = sys.modules[f"{MODULE}.engine.client"]
    client.worker_command = lambda python, module: [sys.executable, "-u", str(FAKE_WORKER)]
    addon.engine.preferences.get().engine_python = sys.executable
    assert addon.engine.process.ENGINE_DIR.parent == addon.paths.PACKAGE_DIR
    assert addon.engine.recipe.requirements_of(addon.engine.process.ENGINE_DIR)
    check_a_take(speech)
    assert addon.engine.process.user_folder().parts[-2:] == ("gestures", "engine")
    bpy.ops.preferences.addon_disable(module=MODULE)
    assert not hasattr(bpy.types.Scene, "gestures")
    assert "torch" not in sys.modules
    assert not [name for name in sys.modules if name.split(".")[0] == "ha2g_engine"]


def check_a_take(speech):
    armature = rig_library.mixamo()
    bpy.context.view_layer.objects.active = armature
    name = armature.name
    bpy.context.scene.gestures.speech = speech
    bpy.ops.ed.undo_push(message="Before")
    assert bpy.ops.gestures.generate("EXEC_DEFAULT", True) == {"FINISHED"}
    assert armature.animation_data.action.name == "jfk take 1"
    bpy.ops.ed.undo()
    assert bpy.data.objects[name].animation_data is None
    assert "jfk take 1" not in bpy.data.actions


try:
    main(*sys.argv[1:])
    print("INSTALLED AND RAN", bpy.app.version_string)
except BaseException:  # noqa: BLE001  told, then out: Blender's own exit would hang
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
sys.stdout.flush()
os._exit(0)
