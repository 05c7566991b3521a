# SPDX-License-Identifier: GPL-3.0-or-later
"""For scripts: the shown takes follow their sliders at once, which otherwise a timer does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import jobs
from ..errors import GestureError
from ..takes import live
from .refusal import refusing

if TYPE_CHECKING:
    from bpy.types import Context

    from .status import Status


class GESTURES_OT_settle(bpy.types.Operator):
    bl_idname = "gestures.settle"
    bl_label = "Settle the Takes"
    bl_description = (
        "Wait until the keys of every take that is shown are as its sliders say. For scripts: in "
        "the window they follow by themselves"
    )
    bl_options = {"INTERNAL", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an engine that nobody waits for, and armatures that can be read."""
        reason = "The engine is busy" if jobs.current() else ""
        if any(_is_edited(armature) for armature in bpy.data.armatures):
            reason = "Leave Edit Mode first (Tab)"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    @refusing
    def execute(self, context: Context) -> Status:
        """Wait, and refuse where a take cannot follow."""
        if live.busy():
            live.settle()
            if problem := live.problem():
                raise GestureError(problem)
        return {"FINISHED"}


def _is_edited(armature: Any) -> bool:
    return bool(armature.is_editmode)


CLASSES: Final = (GESTURES_OT_settle,)
