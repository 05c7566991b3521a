# SPDX-License-Identifier: GPL-3.0-or-later
"""For scripts: the shown takes follow their sliders at once, which otherwise a timer does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import jobs
from ..errors import GestureError
from ..takes import live
from .base import AtOnce

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_OT_settle(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.settle"
    bl_label = "Settle the Takes"
    bl_description = (
        "Wait until the keys of every take that is shown are as its sliders say. For scripts: in "
        "the window they follow by themselves"
    )
    bl_options = {"INTERNAL", "UNDO"}

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an engine that nobody waits for, and armatures that can be read."""
        if any(_is_edited(armature) for armature in bpy.data.armatures):
            return "Leave Edit Mode first (Tab)"
        return "The engine is busy" if jobs.current() else ""

    def do(self, context: Context) -> None:
        """Wait, and refuse where a take cannot follow."""
        if live.busy():
            live.settle()
            if problem := live.problem():
                raise GestureError(problem)


def _is_edited(armature: Any) -> bool:
    return bool(armature.is_editmode)


CLASSES: Final = (GESTURES_OT_settle,)
