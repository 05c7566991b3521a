# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy what helps to find out what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..report import text
from .base import AtOnce

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_OT_copy_report(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.copy_report"
    bl_label = "Copy Report"
    bl_description = (
        "Put versions, settings and the log's last lines on the clipboard, to send along with a "
        "question; without the names of people, folders and files"
    )

    def do(self, context: Context) -> str:
        """Copy it."""
        manager: Any = context.window_manager
        manager.clipboard = text.build(context)
        return "The report is on the clipboard: look through it and paste it where you ask."


CLASSES: Final = (GESTURES_OT_copy_report,)
