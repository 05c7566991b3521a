# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature's takes, and what no take may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..motion import layers
from ..properties import chosen
from ..properties.character import PREFIX, character
from ..takes import collection, record, shown
from .widgets import ForArmature, InTab, sentence, translated

if TYPE_CHECKING:
    from bpy.types import Context, Object, UILayout


class GESTURES_UL_takes(bpy.types.UIList):
    """A line a take: an eye, the name, whether it plays as a track."""

    def draw_item(
        self,
        context: Context | None,
        layout: Any,
        data: Any,
        item: Any,
        icon: int | None,
        active_data: Any,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        """Draw it."""
        if item.action is None:
            layout.label(text="Removed", icon="ERROR")
            return
        seen = shown.entry(data.id_data) == item
        row = layout.row(align=True)
        eye = row.operator(
            "gestures.take_show", text="", icon="HIDE_OFF" if seen else "HIDE_ON", emboss=False
        )
        eye.take = item.action.name
        row.prop(item.action, "name", text="", emboss=False)
        if item.accepted:
            row.label(text="", icon="NLA")


class GESTURES_PT_takes(InTab, bpy.types.Panel):
    """The list, and what to do with the take chosen in it."""

    bl_label = "Takes"
    bl_parent_id = "GESTURES_PT_main"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Only for an armature with takes."""
        armature = chosen.chosen_armature(context)
        return armature is not None and bool(character(armature).takes)

    def draw(self, context: Context) -> None:
        """Draw the list and its buttons."""
        armature = chosen.needed_armature(context)
        layout = self.layout
        row = layout.row()  # type: ignore[union-attr]
        lists = armature, f"{PREFIX}takes", armature, f"{PREFIX}active"
        row.template_list("GESTURES_UL_takes", "", *lists, rows=3)
        side = row.column(align=True)
        side.operator("gestures.take_duplicate", text="", icon="DUPLICATE")
        side.operator("gestures.take_reject", text="", icon="TRASH")
        _draw_damage(layout, armature)
        _draw_verdict(layout, armature)
        _draw_again(layout)


def _draw_damage(layout: Any, armature: Object) -> None:
    entry = collection.find(armature)
    if entry is not None and (damage := record.damage(entry.action)):
        sentence(layout, damage, icon="ERROR")


def _draw_verdict(layout: Any, armature: Object) -> None:
    row = layout.row(align=True)
    row.operator("gestures.take_accept", icon="CHECKMARK")
    row.operator("gestures.take_reject", icon="X")
    row.operator("gestures.take_switch", icon="ARROW_LEFTRIGHT")


def _draw_again(layout: Any) -> None:
    column = layout.column(align=True)
    row = column.row(align=True)
    row.operator("gestures.take_again", icon="FILE_REFRESH")
    row.operator("gestures.take_settings", icon="COPYDOWN")
    column.operator("gestures.regenerate", icon="PARTICLEMODE")


class GESTURES_PT_compose(ForArmature, bpy.types.Panel):
    """Parts of the body from different takes."""

    bl_label = "Parts from Takes"
    bl_parent_id = "GESTURES_PT_takes"

    def draw(self, context: Context) -> None:
        """Draw one field a part, and the button."""
        armature = chosen.needed_armature(context)
        own, layout = character(armature), self.layout
        column: Any = layout.column(align=True)  # type: ignore[union-attr]
        for layer, label in layers.LAYERS:
            column.prop(armature, f"{PREFIX}part_{layer.lower()}", text=label)
        column.separator()
        button = column.operator("gestures.compose", icon="OUTLINER_OB_ARMATURE")
        for layer, _ in layers.LAYERS:
            part = getattr(own, f"part_{layer.lower()}")
            setattr(button, layer.lower(), part.name if part else "")


class GESTURES_PT_protect(ForArmature, bpy.types.Panel):
    """What no new motion may change."""

    bl_label = "Keep as Animated"

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
        row.prop(lock, "first", text=translated("Frames"))
        row.prop(lock, "last", text="")
        button: Any = row.operator("gestures.unlock_frames", text="", icon="X")
        button.index = index
    column.operator("gestures.lock_frames", icon="LOCKED")


CLASSES: Final = (
    GESTURES_UL_takes,
    GESTURES_PT_takes,
    GESTURES_PT_compose,
    GESTURES_PT_protect,
)
