# SPDX-License-Identifier: GPL-3.0-or-later
"""Batch: a take for every sound strip, or for every file of a folder; the table of speakers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import IntProperty

from .. import batch, jobs
from ..errors import GestureError
from ..redraw import redraw_panels
from .engine_call import TICK

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from .status import Status


class GESTURES_OT_batch(bpy.types.Operator):
    bl_idname = "gestures.batch"
    bl_label = "Generate the Batch"
    bl_description = (
        "Make a take for each speech, for the character named by its channel, its file's name "
        "or the table. What fails is listed at the end; the rest is done"
    )
    bl_options = {"UNDO"}

    _timer: bpy.types.Timer
    _batch: batch.Batch

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Off while the engine cannot work; says why when hovered over."""
        if reason := jobs.why_not_now():
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: Context) -> Status:
        """Make them all and wait: for scripts."""
        if not self._begin(context):
            return {"CANCELLED"}
        while not self._batch.over:
            self._batch.advance()
            time.sleep(jobs.PAUSE)
        return self._conclude()

    def invoke(self, context: Context, event: Event) -> Status:
        """Make them one after the other, beside whatever else is done."""
        if not self._begin(context):
            return {"CANCELLED"}
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(TICK, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Status:
        """Go on; everything else goes on as usual."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self._batch.advance()
        redraw_panels(context)
        if not self._batch.over:
            return {"PASS_THROUGH"}
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)
        return self._conclude()

    def cancel(self, context: Context) -> None:
        """Blender ends the operator: its window closes or another file is loaded."""
        jobs.abandon()
        batch.end()

    def _begin(self, context: Context) -> bool:
        try:
            self._batch = batch.begin(context)
        except GestureError as error:
            self.report({"ERROR"}, str(error))
        return batch.current() is not None

    def _conclude(self) -> Status:
        batch.end()
        done = self._batch
        for sentence in done.failures:
            self.report({"WARNING"}, sentence)
        self.report({"INFO"}, f"{len(done.made)} takes made, {len(done.failures)} speeches failed.")
        return {"FINISHED"} if done.made else {"CANCELLED"}


class GESTURES_OT_batch_cancel(bpy.types.Operator):
    bl_idname = "gestures.batch_cancel"
    bl_label = "Cancel the Batch"
    bl_description = "Stop here; the takes that are made stay"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Only while one is under way."""
        return batch.current() is not None

    def execute(self, context: Context) -> Status:
        """Ask; the batch tells its outcome."""
        running = batch.current()
        assert running is not None  # poll looked
        running.cancel()
        return {"FINISHED"}


class GESTURES_OT_speaker_add(bpy.types.Operator):
    bl_idname = "gestures.speaker_add"
    bl_label = "Add a Speaker"
    bl_description = "Add a row to the table of speakers"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Status:
        """Add it."""
        scene: Any = context.scene
        scene.gestures_batch.speakers.add()
        return {"FINISHED"}


class GESTURES_OT_speaker_remove(bpy.types.Operator):
    bl_idname = "gestures.speaker_remove"
    bl_label = "Remove the Speaker"
    bl_description = "Take this row out of the table of speakers"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Row", min=0)

    def execute(self, context: Context) -> Status:
        """Remove it."""
        scene: Any = context.scene
        scene.gestures_batch.speakers.remove(self.index)
        return {"FINISHED"}


CLASSES: Final = (
    GESTURES_OT_batch,
    GESTURES_OT_batch_cancel,
    GESTURES_OT_speaker_add,
    GESTURES_OT_speaker_remove,
)
