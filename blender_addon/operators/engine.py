# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: start it ahead of time, restart it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..engine import jobs, process
from .engine_call import EngineCall

if TYPE_CHECKING:
    from bpy.types import Context

    from ..engine.client import Result
    from ..engine.jobs import Job


class Greeting(EngineCall):
    """Greets the engine: it loads its model before it answers."""

    def begin(self, context: Context) -> Job:
        """Send the greeting; starts the engine if need be."""
        return jobs.start("hello", {}, "Starting the engine")

    def apply(self, context: Context, result: Result) -> None:
        """Tell what it is."""
        kind, device = (result.values.get(name, "?") for name in ("engine", "device"))
        self.tell({"INFO"}, f"The {kind} engine runs on {device}.")


class GESTURES_OT_engine_start(Greeting, bpy.types.Operator):
    bl_idname = "gestures.engine_start"
    bl_label = "Start the Engine"
    bl_description = "Start the engine now, so that the first take comes sooner"

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs the engine's Python, and nothing under way."""
        return jobs.why_not_now()


class GESTURES_OT_engine_restart(Greeting, bpy.types.Operator):
    bl_idname = "gestures.engine_restart"
    bl_label = "Restart the Engine"
    bl_description = "End the engine, whatever it is doing, and start it again"

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs the engine's Python."""
        return process.why_missing()

    def begin(self, context: Context) -> Job:
        """Drop what it was doing first."""
        jobs.abandon()
        process.stop()
        return super().begin(context)


CLASSES: Final = (GESTURES_OT_engine_start, GESTURES_OT_engine_restart)
