# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy what helps to find out what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..report import text

if TYPE_CHECKING:
    from bpy.types import Context

    from .status import Status


class GESTURES_OT_copy_report(bpy.types.Operator):
    bl_idname = "gestures.copy_report"
    bl_label = "Copy Report"
    bl_description = (
        "Put versions, settings and the log's last lines on the clipboard, to send along with a "
        "question; without the names of people, folders and files"
    )

    def execute(self, context: Context) -> Status:
        """Copy it."""
        manager: Any = context.window_manager
        manager.clipboard = text.build(context)
        said = "The report is on the clipboard: look through it and paste it where you ask."
        self.report({"INFO"}, bpy.app.translations.pgettext_rpt(said))
        return {"FINISHED"}


CLASSES: Final = (GESTURES_OT_copy_report,)
