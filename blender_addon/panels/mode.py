# SPDX-License-Identifier: GPL-3.0-or-later
"""What the character does, and where its head looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..properties import chosen
from .widgets import Folded, roomy

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_PT_mode(Folded, bpy.types.Panel):
    """Talk, listen or stand."""

    bl_label = "Mode"

    def draw(self, context: Context) -> None:
        """Draw the mode and what belongs to it."""
        settings = chosen.scene_of(context).gestures_mode
        column = roomy(self.layout)
        column.row().prop(settings, "kind", expand=True)
        if settings.kind == "IDLE":
            column.prop(settings, "seconds")
        if settings.kind != "TALK":
            column.prop(settings, "breathing")
            column.prop(settings, "sway")
        column.prop(settings, "look_at")
        if settings.look_at:
            column.prop(settings, "look")


CLASSES: Final = (GESTURES_PT_mode,)
