# SPDX-License-Identifier: GPL-3.0-or-later
"""What no new motion may change: masked bones, locked frames, pinned poses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, IntProperty

from .. import compat
from ..errors import GestureError
from ..keys import actions, arrays, channels
from ..properties import chosen
from ..properties.character import character
from .base import OnArmature

if TYPE_CHECKING:
    from bpy.types import Context, Object


def selected(armature: Object) -> tuple[str, ...]:
    """The selected bones. Raises GestureError when there is none."""
    found = compat.selected_bones(armature)
    if not found:
        raise GestureError(f"No bone of '{armature.name}' is selected: select some in pose mode.")
    return found


class GESTURES_OT_mask(OnArmature, bpy.types.Operator):
    bl_idname = "gestures.mask"
    bl_label = "Mask Selected Bones"
    bl_description = "New takes leave the selected bones as you animated them"

    def do(self, context: Context) -> None:
        """Add them."""
        armature = chosen.needed_armature(context)
        masked = character(armature).masked
        for name in selected(armature):
            if name not in masked:
                masked.add().name = name


class GESTURES_OT_unmask(OnArmature, bpy.types.Operator):
    bl_idname = "gestures.unmask"
    bl_label = "Unmask Bones"
    bl_description = "New takes move the selected bones again, or all bones"

    everything: BoolProperty(name="All", description="All bones, not only the selected ones")

    def do(self, context: Context) -> None:
        """Take them off."""
        armature = chosen.needed_armature(context)
        masked = character(armature).masked
        names = list(masked.keys()) if self.everything else selected(armature)
        for name in names:
            if name in masked:
                masked.remove(masked.find(name))


class GESTURES_OT_lock_frames(OnArmature, bpy.types.Operator):
    bl_idname = "gestures.lock_frames"
    bl_label = "Lock Frames"
    bl_description = "New takes leave the frames of the timeline's preview range as they are"

    first: IntProperty(name="First", description="The first locked frame")
    last: IntProperty(name="Last", description="The last locked frame; 0 for the preview range")

    def do(self, context: Context) -> None:
        """Add a lock."""
        frames = (self.first, self.last) if self.last else chosen.preview_range(context)
        if frames is None:
            raise GestureError("Set the timeline's preview range (P) to the frames to lock.")
        if frames[1] < frames[0]:
            raise GestureError(f"Frames {frames[0]} to {frames[1]} cannot be locked: swap them.")
        lock = character(chosen.needed_armature(context)).locks.add()
        lock.first, lock.last = frames


class GESTURES_OT_unlock_frames(OnArmature, bpy.types.Operator):
    bl_idname = "gestures.unlock_frames"
    bl_label = "Unlock Frames"
    bl_description = "New takes change these frames again"

    index: IntProperty(name="Lock", description="Which lock, from 0; -1 for all", default=-1)

    def do(self, context: Context) -> None:
        """Remove it, or all."""
        locks = character(chosen.needed_armature(context)).locks
        if self.index >= len(locks):
            raise GestureError(f"There is no lock {self.index}: there are {len(locks)}.")
        if self.index < 0:
            locks.clear()
        else:
            locks.remove(self.index)


class GESTURES_OT_pin_pose(OnArmature, bpy.types.Operator):
    bl_idname = "gestures.pin_pose"
    bl_label = "Pin Pose"
    bl_description = "Key the selected bones as they stand now; new takes pass through this pose"

    def do(self, context: Context) -> None:
        """Key them with the type that is a pin in every action."""
        armature, scene = chosen.needed_armature(context), chosen.scene_of(context)
        actions.check_writable(armature)
        pose: Any = armature.pose
        for name in selected(armature):
            bone = pose.bones[name]
            prop = channels.rotation_property(bone.rotation_mode)
            bone.keyframe_insert(prop, frame=scene.frame_current, group=name, keytype="EXTREME")
            _mark(armature, channels.rotation_path(bone), scene.frame_current, "EXTREME")


class GESTURES_OT_unpin_pose(OnArmature, bpy.types.Operator):
    bl_idname = "gestures.unpin_pose"
    bl_label = "Unpin Pose"
    bl_description = "New takes pass no more through the selected bones' pose on this frame"

    def do(self, context: Context) -> None:
        """Make them generated keys."""
        armature, scene = chosen.needed_armature(context), chosen.scene_of(context)
        pose: Any = armature.pose
        for name in selected(armature):
            path = channels.rotation_path(pose.bones[name])
            _mark(armature, path, scene.frame_current, "GENERATED")


def _mark(armature: Object, path: str, frame: float, kind: str) -> None:
    """Give the keys of PATH on FRAME the type KIND, with the marks of one generated if it is."""
    action = actions.current_action(armature)
    moved = actions.take_shift(action) if action else 0.0
    for curve in compat.fcurves(action, compat.action_slot(armature)) if action else ():
        if curve.data_path == path:
            keys = arrays.read(curve)
            here = abs(keys.frames - frame) < arrays.SAME_FRAME
            arrays.write(curve, keys.marked(here, kind, moved))


CLASSES: Final = (
    GESTURES_OT_mask,
    GESTURES_OT_unmask,
    GESTURES_OT_lock_frames,
    GESTURES_OT_unlock_frames,
    GESTURES_OT_pin_pose,
    GESTURES_OT_unpin_pose,
)
