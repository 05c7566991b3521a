# SPDX-License-Identifier: GPL-3.0-or-later
"""Style: back to the picture's; take over that of a take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import jobs, properties, takes
from .engine_call import EngineCall

if TYPE_CHECKING:
    from bpy.types import Context

    from ..engine_client import Result
    from ..jobs import Job
    from .status import Status


class GESTURES_OT_style_reset(EngineCall, bpy.types.Operator):
    bl_idname = "gestures.style_reset"
    bl_label = "Reset to the Picture's Style"
    bl_description = "Set the sliders to the style of the picture or, without one, of the identity"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an engine that is free."""
        reason = jobs.why_not_now()
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def begin(self, context: Context) -> Job:
        """Let the engine look at the picture."""
        settings = _settings(context)
        params = {"image": takes.picture(settings), "identity_seed": settings.identity_seed}
        return jobs.start("style", params, "Looking at the picture")

    def apply(self, context: Context, result: Result) -> None:
        """Show its style."""
        properties.show_style(_settings(context), result.values["style"])


class GESTURES_OT_style_use(bpy.types.Operator):
    bl_idname = "gestures.style_use"
    bl_label = "Use the Take's Style"
    bl_description = "Set the sliders to the style of the armature's take, to go on from there"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an armature that shows a take."""
        if shown := takes.shown_settings(context):
            return "style" in shown
        cls.poll_message_set("The armature shows no take")
        return False

    def execute(self, context: Context) -> Status:
        """Copy it."""
        shown = takes.shown_settings(context)
        assert shown is not None  # poll looked
        properties.show_style(_settings(context), shown["style"])
        _settings(context).style_source = "SLIDERS"
        return {"FINISHED"}


def _settings(context: Context) -> Any:
    scene: Any = context.scene
    return scene.gestures


CLASSES: Final = (GESTURES_OT_style_reset, GESTURES_OT_style_use)
