# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: the rig panel, a bone taken out and found again, neutral, an offset."""

import os
import sys
from pathlib import Path

import bpy

REPOSITORY = Path(os.environ["WINDOW_REPOSITORY"])
sys.path[:0] = [str(REPOSITORY / "tests" / place) for place in ("window", "addon/support")]

import hands  # noqa: E402
from hands import addon, override, press, shot, tell  # noqa: E402


def prepare():
    """A character without one of its fingers."""
    armature = hands.stage()
    with override():
        bpy.ops.object.mode_set(mode="EDIT")
        bones = armature.data.edit_bones
        for bone in [b for b in bones if "R Finger3" in b.name]:
            bones.remove(bone)
        bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def light(armature):
    return addon().rig.status.status(armature).light


def scenario():
    armature = prepare()
    yield 1.0
    hands.open_only("GESTURES_PT_character", "GESTURES_PT_rig", "GESTURES_PT_offsets")
    yield from hands.open_tab("Gestures")
    tell(light=light(armature))
    yield from shot("window_rig_1_yellow")
    place = yield from hands.find("gestures.rig_preset_save", across=0.3)
    x, y = place
    row = 26  # pixels between two lines of a panel
    yield from hands.click(x, y + row)  # the last group: Legs
    yield from hands.click(x, y + 2 * row)  # then the one above: Right Fingers
    yield 0.5
    yield from shot("window_rig_2_fingers")
    yield from press("gestures.rig_clear", across=0.83)
    yield 0.5
    tell(chosen=[r.role for r in addon().rig.status.status(armature).rows if r.chosen])
    yield from shot("window_rig_3_cleared")
    with override():
        bpy.ops.gestures.rig_automatic(role="ALL")
    yield from press("gestures.neutral", across=0.5)
    yield 0.5
    tell(posed=armature.pose.bones["Bip01 L UpperArm"].matrix_basis.to_quaternion().angle)
    armature.gestures_rig.bone = "Bip01 L UpperArm"
    armature.gestures_rig.offset = (0.0, 0.2, 0.0)
    hands.redraw()
    yield 0.5
    yield from shot("window_rig_4_neutral")


hands.play(scenario)
