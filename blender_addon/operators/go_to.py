# SPDX-License-Identifier: GPL-3.0-or-later
"""Go to a place that a list of the panel names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import FloatProperty

from ..properties import chosen
from .base import AtOnce

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_OT_go_to(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.go_to"
    bl_label = "Go There"
    bl_description = "The playhead moves to this place"
    bl_options = {"UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    frame: FloatProperty(name="Frame", description="The frame to go to")

    def do(self, context: Context) -> None:
        """Go to the whole frame nearest to it."""
        chosen.go_to(context, self.frame)


CLASSES: Final = (GESTURES_OT_go_to,)
