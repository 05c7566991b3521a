# SPDX-License-Identifier: GPL-3.0-or-later
"""The style matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import properties
from .widgets import scene_settings

if TYPE_CHECKING:
    from bpy.types import Context, UILayout


class GESTURES_PT_style(bpy.types.Panel):
    """The 3 x 6 style matrix."""

    bl_label = "Style"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Gestures"
    bl_parent_id = "GESTURES_PT_main"

    def draw(self, context: Context) -> None:
        """Draw one line a level: low, mid, high."""
        settings = scene_settings(context)
        layout: Any = self.layout
        column = layout.column()
        column.row().prop(settings, "style_source", expand=True)
        _draw_sliders(column, settings)
        column.operator("gestures.style_reset", icon="LOOP_BACK")
        column.operator("gestures.style_use", icon="EYEDROPPER")


def _draw_sliders(layout: UILayout, settings: Any) -> None:
    own = settings.style_source == "SLIDERS"
    grid = layout.column(align=True)
    grid.active = own
    _style_row(grid, "", ("Low", "Mid", "High"))
    for level, name in enumerate(properties.LEVELS):
        row = _style_row(grid, name, ())
        for source in properties.STYLE_ROWS:
            row.prop(settings, source, index=level, text="", slider=True)


def _style_row(layout: UILayout, name: str, heads: tuple[str, ...]) -> UILayout:
    """A line with NAME on the left; its right part, filled with HEADS."""
    split = layout.split(factor=0.36, align=True)
    split.label(text=name)
    row = split.row(align=True)
    for head in heads:
        row.label(text=head)
    return row


CLASSES: Final = (GESTURES_PT_style,)
