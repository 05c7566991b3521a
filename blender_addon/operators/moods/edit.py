# SPDX-License-Identifier: GPL-3.0-or-later
"""Moods of the shown take: added, changed, deleted, proposed by the voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty

from ...engine import jobs
from ...errors import GestureError
from ...motion import moods as known
from ...motion.moods import Mood, Moods
from ...properties import chosen
from ...strokes import moods
from ...takes import shown, stored
from ..base import ask_options
from ..engine_call import EngineCall, Steps

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ...engine.client import Result
    from ...engine.jobs import Job
    from ..base import Status

NEW: Final = 3.0  # s of a mood that is added at the playhead


class MoodEdit(EngineCall):
    """Base of those that change moods: the engine makes what they reach again."""

    bl_options: Any = {"UNDO"}
    needs_mood = True  # one that is there
    method = "generate"

    _question: moods.Question

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a take that the engine made, a mood of it, and an engine that is free."""
        take = shown.find(context)
        if reason := moods.why_not(take):
            return reason
        assert take is not None  # it has a reason else
        if cls.needs_mood and not take.made.moods:
            return "The take has no mood: add one"
        return jobs.why_not_now()

    def wanted(self, take: shown.ShownTake) -> Moods | None:
        """TAKE's moods from now on, in seconds of its speech. Raises GestureError."""
        raise NotImplementedError

    def begin(self, context: Context) -> Job:
        """Ask for the take in these moods."""
        take = shown.find(context)
        assert take is not None  # poll looked
        self._question = moods.question(take, self.wanted(take))
        return jobs.start(self.method, self._question.params, "Changing the mood")

    def apply(self, context: Context, result: Result) -> Steps:
        """Write what they reach."""
        yield from moods.writing(self._question, result)
        chosen.scene_of(context).frame_set(chosen.scene_of(context).frame_current)


class OneMood(MoodEdit):
    """Base of those that change a mood that is there: the one named, or chosen in the list."""

    number: IntProperty(
        name="Number",
        description="Which mood, from 0; -1 for the one chosen in the list",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )

    def found(self, take: shown.ShownTake) -> int:
        """Which one of TAKE. Raises GestureError if there is none."""
        action: Any = take.action
        number = action.gestures_mood if self.number < 0 else self.number
        if not 0 <= number < len(take.made.moods):
            count = len(take.made.moods)
            raise GestureError(f"There is no mood {number}: the take has {count}.")
        return int(number)


def put(take: shown.ShownTake, others: Moods, mood: Mood) -> Moods:
    """OTHERS with MOOD, which is in seconds of TAKE. Raises GestureError."""
    whole = known.checked(mood, stored.seconds(take.action))
    return known.put(others, moods.later(whole, moods.cut(take)))


class GESTURES_OT_mood_add(MoodEdit, bpy.types.Operator):
    bl_idname = "gestures.mood_add"
    bl_label = "Add a Mood"
    bl_description = (
        "The take is in this mood in the timeline's preview range, or for three seconds from the "
        "playhead on; moods that it lies over give way to it"
    )
    needs_mood = False

    mood: EnumProperty(name="Mood", description="What it is called", items=known.KINDS)
    strength: FloatProperty(
        name="Strength", description="How much of it there is", default=1.0, min=0.0, max=1.0
    )
    time: FloatProperty(
        name="Start",
        description="Seconds from the take's start; below 0 for the preview range or the playhead",
        default=-1.0,
        options={"SKIP_SAVE"},
    )
    end: FloatProperty(
        name="End",
        description="Seconds from the take's start; below 0 for the preview range, or 3 s later",
        default=-1.0,
        options={"SKIP_SAVE"},
    )

    def wanted(self, take: shown.ShownTake) -> Moods:
        """One more."""
        first, last = self._range(take)
        return put(take, take.made.moods, Mood(first, last, self.mood, self.strength))

    def _range(self, take: shown.ShownTake) -> tuple[float, float]:
        scene: Any = bpy.context.scene
        frames = chosen.preview_range(bpy.context)
        if self.time < 0 and self.end < 0 and frames:
            return take.seconds(frames[0]), take.seconds(frames[1])
        length = stored.seconds(take.action)
        at = min(max(take.seconds(scene.frame_current), 0.0), max(length - NEW, 0.0))
        start = self.time if self.time >= 0 else at
        return start, self.end if self.end >= 0 else start + NEW


class GESTURES_OT_mood_change(OneMood, bpy.types.Operator):
    bl_idname = "gestures.mood_change"
    bl_label = "Change the Mood"
    bl_description = "Set which mood it is, how strong, and from when to when"

    mood: EnumProperty(
        name="Mood", description="What it is called", items=known.KINDS, options={"SKIP_SAVE"}
    )
    strength: FloatProperty(
        name="Strength", description="How much of it there is", default=1.0, min=0.0, max=1.0,
        options={"SKIP_SAVE"},
    )  # fmt: skip
    time: FloatProperty(
        name="Start", description="Seconds from the take's start", min=0.0, options={"SKIP_SAVE"}
    )
    end: FloatProperty(
        name="End", description="Seconds from the take's start", min=0.0, options={"SKIP_SAVE"}
    )

    def invoke(self, context: Context, event: Event) -> Status:
        """Show how it is, to be changed; where one thing is named already, change that."""
        properties: Any = self.properties
        if any(properties.is_property_set(name) for name in FIELDS):
            return super().invoke(context, event)
        self._from_window = True
        take = shown.find(context)
        assert take is not None  # poll looked
        line = moods.lines(take.action)[self.found(take)]
        for name, of_line in FIELDS.items():
            setattr(self, name, getattr(line, of_line))
        return ask_options(self, context)

    def draw(self, context: Context) -> None:
        """What can be changed."""
        layout: Any = self.layout
        layout.use_property_split = True
        for name in FIELDS:
            layout.prop(self, name)

    def wanted(self, take: shown.ShownTake) -> Moods:
        """What is set, and the rest as it is."""
        number, properties = self.found(take), self.properties
        old: Any = moods.later(take.made.moods[number], -moods.cut(take))
        told: Any = properties
        new = {f: getattr(self, name) for name, f in FIELDS.items() if told.is_property_set(name)}
        return put(take, known.without(take.made.moods, number), old._replace(**new))


class GESTURES_OT_mood_delete(OneMood, bpy.types.Operator):
    bl_idname = "gestures.mood_delete"
    bl_label = "Delete the Mood"
    bl_description = "The take moves there as it did without this mood"

    def wanted(self, take: shown.ShownTake) -> Moods:
        """One less."""
        return known.without(take.made.moods, self.found(take))


class GESTURES_OT_moods_from_voice(MoodEdit, bpy.types.Operator):
    bl_idname = "gestures.moods_from_voice"
    bl_label = "Moods from the Voice"
    bl_description = (
        "Listen to the voice's pitch, loudness, pace and effort and propose moods for the whole "
        "take, to be changed; they replace those that it has"
    )
    needs_mood = False
    method = "moods"

    def wanted(self, take: shown.ShownTake) -> None:
        """The engine says."""

    def apply(self, context: Context, result: Result) -> Steps:
        """Write what they reach, and tell how many there are."""
        yield from super().apply(context, result)
        count = len(result.values["moods"])
        none = "The voice is much the same throughout: it suggests no mood."
        self.tell({"INFO"}, f"Moods from the voice: {count}." if count else none)


FIELDS: Final = {"mood": "mood", "strength": "strength", "time": "start", "end": "end"}  # of a line
CLASSES: Final = (
    GESTURES_OT_mood_add,
    GESTURES_OT_mood_change,
    GESTURES_OT_mood_delete,
    GESTURES_OT_moods_from_voice,
)
