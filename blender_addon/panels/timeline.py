# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn over the timeline, and moving strokes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..properties import chosen
from .widgets import Folded

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_PT_timeline(Folded, bpy.types.Panel):
    """What is drawn over the timeline, and moving strokes there."""

    bl_label = "Speech over the Timeline"
    bl_parent_id = "GESTURES_PT_quality"

    def draw_header(self, context: Context) -> None:
        """Draw the switch."""
        layout: Any = self.layout
        layout.prop(chosen.scene_of(context).gestures_overlay, "show", text="")

    def draw(self, context: Context) -> None:
        """Draw what there is to show, and the button."""
        overlay = chosen.scene_of(context).gestures_overlay
        layout: Any = self.layout
        grid = layout.grid_flow(columns=3, even_columns=True, align=True)
        grid.active = overlay.show
        grid.prop(overlay, "parts")
        layout.operator("gestures.stroke_snap", icon="SNAP_ON")


CLASSES: Final = (GESTURES_PT_timeline,)
