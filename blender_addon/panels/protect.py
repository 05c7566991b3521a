# SPDX-License-Identifier: GPL-3.0-or-later
"""What no new motion may change: parts, bones, frames, poses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..properties import chosen
from ..properties.character import PREFIX, character
from .widgets import Folded, WithArmature, sentence

if TYPE_CHECKING:
    from bpy.types import Context, UILayout


class GESTURES_PT_protect(WithArmature, Folded, bpy.types.Panel):
    """What no new motion may change."""

    bl_label = "Keep as Animated"
    bl_parent_id = "GESTURES_PT_character"

    def draw(self, context: Context) -> None:
        """Draw masks, locks and pins."""
        armature = chosen.needed_armature(context)
        own, layout = character(armature), self.layout
        column: Any = layout.column(align=True)  # type: ignore[union-attr]
        _draw_masks(column, own)
        column.separator()
        _draw_locks(column, own)
        column.separator()
        row = column.row(align=True)
        row.operator("gestures.pin_pose", icon="PINNED")
        row.operator("gestures.unpin_pose", text="", icon="UNPINNED")
        column.prop(armature, f"{PREFIX}keep_keys")


def _draw_masks(column: UILayout, own: Any) -> None:
    column.label(text="Parts")
    column.grid_flow(columns=3, align=True).prop(own.armature, f"{PREFIX}masked_layers")
    row = column.row(align=True)
    row.operator("gestures.mask", icon="BONE_DATA")
    row.operator("gestures.unmask", text="", icon="X")
    if own.masked:
        sentence(column, ", ".join(own.masked.keys()))


def _draw_locks(column: UILayout, own: Any) -> None:
    for index, lock in enumerate(own.locks):
        row = column.row(align=True)
        row.prop(lock, "first", text="Frames")
        row.prop(lock, "last", text="")
        button: Any = row.operator("gestures.unlock_frames", text="", icon="X")
        button.index = index
    column.operator("gestures.lock_frames", icon="LOCKED")


CLASSES: Final = (GESTURES_PT_protect,)
