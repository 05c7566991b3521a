# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature's takes, and what to do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..motion import layers
from ..properties import chosen
from ..properties.character import PREFIX, character
from ..takes import collection, record, shown
from .widgets import Folded, InTab, WithTakes, sentence

if TYPE_CHECKING:
    from bpy.types import Context, Object


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


class GESTURES_PT_takes(WithTakes, InTab, bpy.types.Panel):
    """The list, and what to do with the take chosen in it."""

    bl_label = "Take"

    def draw(self, context: Context) -> None:
        """Draw the list and its buttons."""
        armature = chosen.needed_armature(context)
        layout = self.layout
        row = layout.row()  # type: ignore[union-attr]
        lists = armature, f"{PREFIX}takes", armature, f"{PREFIX}active"
        row.template_list("GESTURES_UL_takes", "", *lists, rows=1)
        side = row.column(align=True)
        side.operator("gestures.take_duplicate", text="", icon="DUPLICATE")
        _draw_damage(layout, armature)
        _draw_verdict(layout)


def _draw_damage(layout: Any, armature: Object) -> None:
    entry = collection.find(armature)
    if entry is not None and (damage := record.damage(entry.action)):
        sentence(layout, damage, icon="ERROR")


def _draw_verdict(layout: Any) -> None:
    row = layout.row(align=True)
    row.operator("gestures.take_accept", icon="CHECKMARK")
    row.operator("gestures.take_reject", icon="X")
    row.operator("gestures.take_switch", icon="ARROW_LEFTRIGHT")


class GESTURES_PT_again(WithTakes, Folded, bpy.types.Panel):
    """The take made anew: all of it, its settings, or a part of it."""

    bl_label = "Change and Combine"
    bl_parent_id = "GESTURES_PT_takes"

    def draw(self, context: Context) -> None:
        """Draw a button each."""
        layout: Any = self.layout
        column = layout.column(align=True)
        column.operator("gestures.take_again", icon="FILE_REFRESH")
        column.operator("gestures.take_settings", icon="COPYDOWN")
        column.operator("gestures.regenerate", icon="PARTICLEMODE")


class GESTURES_PT_compose(WithTakes, Folded, bpy.types.Panel):
    """Parts of the body from different takes."""

    bl_label = "Parts from Takes"
    bl_parent_id = "GESTURES_PT_again"

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


CLASSES: Final = (
    GESTURES_UL_takes,
    GESTURES_PT_takes,
    GESTURES_PT_again,
    GESTURES_PT_compose,
)
