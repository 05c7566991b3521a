# SPDX-License-Identifier: GPL-3.0-or-later
"""How the motion is made from the engine's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..properties import chosen
from .widgets import InTab, roomy

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_PT_motion(InTab, bpy.types.Panel):
    """How the motion is made from the engine's answer."""

    bl_label = "Motion"
    bl_parent_id = "GESTURES_PT_main"

    def draw(self, context: Context) -> None:
        """Draw the remaining settings."""
        settings = chosen.scene_of(context).gestures
        column = roomy(self.layout)
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.operator("gestures.seed_new", text="", icon="FILE_REFRESH")
        for name in ("energy", "rest", "smoothing", "limits", "contacts", "start_at", "add_sound"):
            column.prop(settings, name)


CLASSES: Final = (GESTURES_PT_motion,)
