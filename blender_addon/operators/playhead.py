# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline after a take was made: the playhead on its start, all of the scene in view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from bpy.types import Context


def to_start(context: Context, frame: int) -> None:
    """Put the playhead on FRAME, where the take begins, and let timelines show the whole scene."""
    scene: Any = context.scene
    scene.frame_set(frame)
    for place in _timelines(context):
        with context.temp_override(**place):
            bpy.ops.action.view_all()


def _timelines(context: Context) -> Iterator[dict[str, Any]]:
    """What tells each timeline of the windows apart; dope sheets are left as they are."""
    manager: Any = context.window_manager
    for window in () if bpy.app.background else manager.windows:
        for area in window.screen.areas:
            if area.type == "DOPESHEET_EDITOR" and area.spaces.active.mode == "TIMELINE":
                region = next(one for one in area.regions if one.type == "WINDOW")
                yield {"window": window, "area": area, "region": region}
