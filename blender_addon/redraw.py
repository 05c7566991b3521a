# SPDX-License-Identifier: GPL-3.0-or-later
"""Redrawing the panels while something moves in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bpy.types import Context


def redraw_panels(context: Context) -> None:
    """Draw the sidebars of the 3D views, and open preferences, again."""
    manager: Any = context.window_manager
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            elif area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
