# SPDX-License-Identifier: GPL-3.0-or-later
"""Help: the page that explains a panel; a report of what is wrong."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import StringProperty

from ..errors import GestureError
from ..paths import HELP_DIR
from ..report import text
from .base import AtOnce

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_OT_help(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.help"
    bl_label = "Help"
    bl_description = (
        "The web browser shows the page that explains this panel, with a picture; it lies on this "
        "computer, no connection is needed"
    )

    page: StringProperty(
        name="Page",
        description="The panel's name in small letters, with hyphens for blanks",
    )

    def do(self, context: Context) -> str:
        """Open it. Raises GestureError if there is no such page, or no web browser."""
        operator: Any = self
        pages = {path.stem: path for path in HELP_DIR.glob("*.html")}
        if operator.page not in pages:
            raise GestureError(f"There is no help page '{operator.page}'.")
        path = pages[operator.page]
        if not webbrowser.open(path.as_uri()):
            raise GestureError(f"No web browser could be opened: the page is '{path}'.")
        return f"Should the browser not show it: the page is '{path}'."


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


CLASSES: Final = (GESTURES_OT_help, GESTURES_OT_copy_report)
