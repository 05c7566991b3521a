# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate gestures; cancel; a new seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..engine import jobs
from ..engine.jobs import Job
from ..properties import chosen, generate
from ..properties import mode as properties_mode
from ..takes import posing, writing
from ..takes import request as takes_request
from . import playhead
from .base import AtOnce
from .engine_call import EngineCall, Steps

if TYPE_CHECKING:
    from bpy.types import Context

    from ..engine.client import Result


class MakesTake(EngineCall):
    """Asks the engine for a take and writes it."""

    _request: takes_request.TakeRequest

    def ask(self, context: Context) -> takes_request.TakeRequest:
        """What to make. Raises GestureError."""
        raise NotImplementedError

    def begin(self, context: Context) -> Job:
        """Send the speech to the engine."""
        self._request = self.ask(context)
        request, mode = self._request, self._request.mode
        if mode.kind == "IDLE":
            return Job(0, "", outcome=posing.answer(mode, request.seed, {}, request.home))
        method = {"TALK": "generate", "LISTEN": "phrases"}[mode.kind]
        return jobs.start(method, request.engine_params(), "Starting the engine")

    def apply(self, context: Context, result: Result) -> Steps:
        """Write the take."""
        mode = self._request.mode
        if mode.kind == "LISTEN":
            result = posing.answer(mode, self._request.seed, result.values, self._request.home)
        take = yield from writing.writing(self._request, result)
        if not self._request.is_part:
            playhead.to_start(context, self._request.start_frame)
        level = "WARNING" if take.unseen else "INFO"
        self.tell({level}, " ".join((f"Made '{take.action.name}'.", *take.remarks)))


class GESTURES_OT_generate(MakesTake, bpy.types.Operator):
    bl_idname = "gestures.generate"
    bl_label = "Generate Gestures"
    bl_description = "The character gestures to the speech, in a new take; older takes stay"
    bl_options = {"UNDO"}  # not REGISTER: Repeat Last would run it while the window waits

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs all inputs and, unless the take idles, an engine that is free."""
        talks = properties_mode.mode_of(context.scene).kind != "IDLE"
        return takes_request.missing_input(context) or jobs.why_not_now(needs_engine=talks)

    def ask(self, context: Context) -> takes_request.TakeRequest:
        """A take with the panel's settings."""
        return takes_request.request_from(context)


class GESTURES_OT_cancel(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.cancel"
    bl_label = "Cancel"
    bl_description = "Stop here; the scene stays as it was"

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Only while the engine works."""
        return "" if jobs.current() else "The engine is doing nothing"

    def do(self, context: Context) -> None:
        """Ask; the operator that waits for the engine tells the outcome."""
        jobs.cancel()


class GESTURES_OT_seed_new(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.seed_new"
    bl_label = "New Seed"
    bl_description = "Draw another number, for other gestures to the same speech"
    bl_options = {"REGISTER", "UNDO"}

    def do(self, context: Context) -> None:
        """Draw a number."""
        chosen.scene_of(context).gestures.seed = generate.new_seed()


CLASSES: Final = (GESTURES_OT_generate, GESTURES_OT_cancel, GESTURES_OT_seed_new)
