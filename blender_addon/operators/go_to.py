# SPDX-License-Identifier: GPL-3.0-or-later
"""Go to a place that a list of the panel names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import FloatProperty

if TYPE_CHECKING:
    from bpy.types import Context

    from .status import Status


class GESTURES_OT_go_to(bpy.types.Operator):
    bl_idname = "gestures.go_to"
    bl_label = "Go There"
    bl_description = "Move the playhead to this place"
    bl_options = {"UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    frame: FloatProperty(name="Frame", description="The frame to go to")

    def execute(self, context: Context) -> Status:
        """Go to the whole frame nearest to it."""
        scene: Any = context.scene
        scene.frame_set(round(self.frame))
        return {"FINISHED"}


CLASSES: Final = (GESTURES_OT_go_to,)
