# SPDX-License-Identifier: GPL-3.0-or-later
"""Batch: a take for every sound strip, or for every file of a folder; the table of speakers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import IntProperty

from ..engine import jobs
from ..properties import chosen
from ..takes import batch
from .base import AtOnce
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context

    from .base import Status


class GESTURES_OT_batch(Waiting, bpy.types.Operator):
    bl_idname = "gestures.batch"
    bl_label = "Generate the Batch"
    bl_description = (
        "A take for each speech, for the character that its channel, its file's name or the "
        "table names; what fails is listed at the end"
    )
    bl_options = {"UNDO"}

    _batch: batch.Batch

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an engine that is free."""
        return jobs.why_not_now()

    def start(self, context: Context) -> None:
        """Look what there is to do."""
        self._batch = batch.begin(context)

    def ended(self, context: Context) -> bool:
        """Go on with the one under way."""
        self._batch.advance()
        return self._batch.over

    def conclude(self, context: Context) -> Status:
        """Tell what was made and what failed."""
        batch.end()
        done = self._batch
        for sentence in done.failures:
            self.tell({"WARNING"}, sentence)
        undone = f" {done.lost} of its takes were undone or removed." if done.lost else ""
        counts = f"{len(done.made)} takes made, {len(done.failures)} speeches failed."
        self.tell({"INFO"}, f"{counts}{undone}")
        return {"FINISHED"} if done.made else {"CANCELLED"}

    def abandon(self) -> None:
        """Drop the one under way and those to come."""
        jobs.abandon()
        batch.end()


class GESTURES_OT_batch_cancel(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.batch_cancel"
    bl_label = "Cancel the Batch"
    bl_description = "Stop here; the takes that are made stay"

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Only while one is under way."""
        return "" if batch.current() else "No batch is under way"

    def do(self, context: Context) -> None:
        """Ask; the batch tells its outcome."""
        if running := batch.current():
            running.cancel()


class GESTURES_OT_speaker_add(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.speaker_add"
    bl_label = "Add a Speaker"
    bl_description = "Add a row to the table of speakers"
    bl_options = {"REGISTER", "UNDO"}

    def do(self, context: Context) -> None:
        """Add it."""
        chosen.scene_of(context).gestures_batch.speakers.add()


class GESTURES_OT_speaker_remove(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.speaker_remove"
    bl_label = "Remove the Speaker"
    bl_description = "Take this row out of the table of speakers"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Row", description="Its place in the table", min=0)

    def do(self, context: Context) -> None:
        """Remove it."""
        chosen.scene_of(context).gestures_batch.speakers.remove(self.index)


CLASSES: Final = (
    GESTURES_OT_batch,
    GESTURES_OT_batch_cancel,
    GESTURES_OT_speaker_add,
    GESTURES_OT_speaker_remove,
)
