# SPDX-License-Identifier: GPL-3.0-or-later
"""The shown takes follow their sliders: at once, for scripts, or after a file was loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import jobs
from ..errors import GestureError
from ..properties import chosen
from ..takes import live
from .base import AtOnce, OnArmature

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
        for armature in _armatures():
            live.follow(armature)
        if live.busy():
            live.settle()
            if problem := live.problem():
                raise GestureError(problem)


def _is_edited(armature: Any) -> bool:
    return bool(armature.is_editmode)


def _armatures() -> list[bpy.types.Object]:
    return [one for one in bpy.data.objects if one.type == "ARMATURE"]


class GESTURES_OT_follow(OnArmature, bpy.types.Operator):
    bl_idname = "gestures.follow"
    bl_label = "Follow the Sliders"
    bl_description = (
        "Change the take's keys to what its sliders say: the file was saved before they did. "
        "The engine then reads the speech that the take names"
    )
    bl_options = {"UNDO"}

    def do(self, context: Context) -> None:
        """Let the timer begin."""
        live.follow(chosen.needed_armature(context))


CLASSES: Final = (GESTURES_OT_settle, GESTURES_OT_follow)
