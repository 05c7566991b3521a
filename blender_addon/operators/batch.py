# SPDX-License-Identifier: GPL-3.0-or-later
"""Batch: a take for every sound strip, or for every file of a folder; the table of speakers.

And a dialogue: a take each for two who talk with each other.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import IntProperty

from .. import references
from ..engine import jobs, process
from ..engine.client import Result
from ..errors import GestureError
from ..motion.mode import Mode
from ..properties import chosen
from ..properties import mode as properties_mode
from ..takes import batch, collection, request, writing
from . import playhead
from .base import AtOnce
from .engine_call import EngineCall, Steps
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context

    from ..engine.jobs import Job
    from .base import Status

SIDES: Final = ("left", "right")  # channels, in order of those who speak


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
        """Needs speeches one by one, and an engine that is free."""
        if chosen.scene_of(context).gestures_batch.source == "DIALOGUE":
            return "A dialogue is no batch: press Generate the Dialogue"
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


class GESTURES_OT_dialogue(EngineCall, bpy.types.Operator):
    bl_idname = "gestures.dialogue"
    bl_label = "Generate the Dialogue"
    bl_description = (
        "A take for each of two characters: gestures where the own voice speaks; where the other "
        "one speaks they look there, listen and nod"
    )
    bl_options = {"UNDO"}

    _requests: list[request.TakeRequest]
    _answers: list[Result]
    _made: list[int]  # the takes, by number

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a recording, two characters, and an engine that is free."""
        settings = chosen.scene_of(context).gestures_batch
        if not settings.talk:
            return "Choose the recording of the dialogue"
        if settings.first is None or settings.second is None:
            return "Choose both characters"
        if settings.first == settings.second:
            return "Choose two characters: one cannot talk with itself"
        return jobs.why_not_now() or process.why_missing()

    def begin(self, context: Context) -> Job:
        """Ask for the first one's take."""
        self._requests, self._answers, self._made = _two_requests(context), [], []
        return self._asked()

    def ended(self, context: Context) -> bool:
        """After the first one's answer, ask for the second one's; then write both."""
        jobs.poll()
        outcome = self._job.outcome
        if isinstance(outcome, Result) and len(self._answers) + 1 < len(self._requests):
            self._answers.append(outcome)
            if not self._job.cancelling:
                self._job = self._asked()
                return False
        return super().ended(context)

    def apply(self, context: Context, result: Result) -> Steps:
        """Write both takes, or none."""
        both = list(zip(self._requests, [*self._answers, result], strict=True))
        try:
            for asked, answer in both[len(self._made) :]:
                take = yield from writing.writing(asked, answer)
                self._made.append(take.action.session_uid)
                if take.remarks:
                    self.tell({"WARNING" if take.unseen else "INFO"}, " ".join(take.remarks))
        except GestureError:
            self._take_back()
            raise
        playhead.to_start(context, self._requests[0].start_frame)
        names = " and ".join(f"'{one.name}'" for one in self._takes())
        self.tell({"INFO"}, f"Made {names}.")

    def _asked(self) -> Job:
        number = len(self._answers)
        params = self._requests[number].engine_params()
        return jobs.start("generate", params, f"Voice {number + 1} of {len(self._requests)}")

    def _takes(self) -> list[Any]:
        return [one for one in bpy.data.actions if one.session_uid in self._made]

    def _take_back(self) -> None:
        """The first one alone is no dialogue."""
        for asked, action in zip(self._requests, self._takes(), strict=False):
            armature = references.find(bpy.data.objects, asked.armature_uid)
            if armature is not None and (entry := collection.entry_of(armature, action)):
                collection.remove(armature, entry)


def _two_requests(context: Context) -> list[request.TakeRequest]:
    """What both are asked for. Raises GestureError: a file or an armature cannot be used."""
    scene: Any = chosen.scene_of(context)
    settings = scene.gestures_batch
    files = [request.existing_file(settings.talk, "recording")] * 2
    channels = SIDES
    if settings.talk_other:
        files[1] = request.existing_file(settings.talk_other, "second voice")
        channels = ("", "")
    pair = settings.first, settings.second
    made = []
    for number, (one, other) in enumerate((pair, pair[::-1])):
        look = Mode(look_at=other.name, look=properties_mode.mode_of(scene).look)
        asked = request.request_for(scene, one, files[number], scene.frame_start, look)
        made.append(
            replace(
                asked,
                channel=channels[number],
                listen_to=files[1 - number],
                listen_channel=channels[1 - number],
                name=f"{Path(files[number]).stem} {one.name}",
                identity_seed=asked.identity_seed + number,  # two people move as two
            )
        )
    return made


CLASSES: Final = (
    GESTURES_OT_batch,
    GESTURES_OT_dialogue,
    GESTURES_OT_batch_cancel,
    GESTURES_OT_speaker_add,
    GESTURES_OT_speaker_remove,
)
