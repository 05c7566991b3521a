# SPDX-License-Identifier: GPL-3.0-or-later
"""Strokes of the shown take: added, moved, exchanged, mirrored, muted, deleted, shaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ...engine import jobs
from ...errors import GestureError
from ...properties import chosen, generate
from ...strokes import editing
from ...takes import shown
from ..base import AtOnce, ask_options
from ..engine_call import EngineCall, Steps

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ...engine.client import Result
    from ...engine.jobs import Job
    from ..base import Status

HANDS: Final = (
    ("left", "Left", "The left hand makes it"),
    ("right", "Right", "The right hand makes it"),
    ("both", "Both", "Both hands make it"),
)
SHAPED: Final = (
    ("left", "Left", "The left hand has this shape"),
    ("right", "Right", "The right hand has this shape"),
    ("both", "Both", "Both hands have this shape"),
)


class StrokeEdit(EngineCall):
    """Base of those that change one stroke: the engine makes its surroundings again."""

    bl_options: Any = {"UNDO"}
    needs_stroke = True  # one that is there

    _question: editing.Question

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a take with a plan, a stroke of it, and an engine that is free."""
        take = shown.find(context)
        if reason := editing.why_not(take):
            return reason
        assert take is not None  # it has a reason else
        if cls.needs_stroke and not editing.lines(take.action):
            return "The take has no stroke: add one"
        return jobs.why_not_now()

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """What becomes of which stroke. Raises GestureError."""
        raise NotImplementedError

    def begin(self, context: Context) -> Job:
        """Ask for the take with that change."""
        take = shown.find(context)
        assert take is not None  # poll looked
        self._question = editing.question(take, self.change(take))
        return jobs.start("edit", self._question.params, "Changing the stroke")

    def apply(self, context: Context, result: Result) -> Steps:
        """Write its reach."""
        yield from editing.writing(self._question, result)
        chosen.scene_of(context).frame_set(chosen.scene_of(context).frame_current)


class NamesStroke:
    """Base of those for a stroke that is there: the one named, or chosen in the list."""

    stroke: IntProperty(
        name="Stroke",
        description="Which stroke, from 0; -1 for the one chosen in the list",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )

    def number(self, take: shown.ShownTake) -> int:
        """Which one of TAKE. Raises GestureError if there is none."""
        action: Any = take.action
        number = action.gestures_stroke if self.stroke < 0 else self.stroke
        if not 0 <= number < len(action.gestures_strokes):
            count = len(action.gestures_strokes)
            raise GestureError(f"There is no stroke {number}: the take has {count}.")
        return int(number)


class OneStroke(NamesStroke, StrokeEdit):
    """Base of those that change a stroke that is there."""


class Drawn:
    """Base of those that draw a gesture."""

    seed: IntProperty(
        name="Seed", description="Which one is drawn; 0 for a random one", min=0,
        options={"SKIP_SAVE"},
    )  # fmt: skip

    def drawn_by(self) -> int:
        """The seed, a new one for none."""
        return self.seed or generate.new_seed()


class Timed:
    """Base of those that put a stroke somewhere."""

    time: FloatProperty(
        name="Time",
        description="Seconds from the take's start; below 0 for the playhead",
        default=-1.0,
        options={"SKIP_SAVE"},
    )

    def seconds(self, take: shown.ShownTake) -> float:
        """Where in TAKE."""
        return self.time if self.time >= 0 else at_playhead(take)


class GESTURES_OT_stroke_exchange(Drawn, OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_exchange"
    bl_label = "Exchange the Stroke"
    bl_description = "Another gesture, drawn for this person, takes the place of this one"

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """Draw another."""
        return {"do": "exchange", "stroke": self.number(take), "seed": self.drawn_by()}


class GESTURES_OT_stroke_mirror(OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_mirror"
    bl_label = "Mirror the Stroke"
    bl_description = "The other hand makes this gesture, as in a mirror"

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """The other hand."""
        return {"do": "mirror", "stroke": self.number(take)}


class GESTURES_OT_stroke_mute(OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_mute"
    bl_label = "Mute the Stroke"
    bl_description = "The hands leave this gesture out; press again to bring it back"

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """On and off."""
        number = self.number(take)
        muted = not editing.lines(take.action)[number].muted
        return {"do": "change", "stroke": number, "muted": muted}


class GESTURES_OT_stroke_delete(OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_delete"
    bl_label = "Delete the Stroke"
    bl_description = "The hands do without this gesture"

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """Away."""
        return {"do": "delete", "stroke": self.number(take)}


class GESTURES_OT_stroke_move(Timed, OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_move"
    bl_label = "Move the Stroke to the Playhead"
    bl_description = "The gesture comes to its stroke on this frame; its neighbours make room"

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """To the playhead, or to TIME."""
        return {"do": "change", "stroke": self.number(take), "time": self.seconds(take)}


class GESTURES_OT_stroke_change(OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_change"
    bl_label = "Change the Stroke"
    bl_description = "Set when this gesture comes, how large, how quick, how long and by which hand"

    time: FloatProperty(
        name="Time", description="Seconds from the take's start to its stroke", precision=2
    )
    size: FloatProperty(
        name="Size", description="How large it is: 1 as it was recorded", min=0.3, max=1.3
    )
    tempo: FloatProperty(
        name="Tempo", description="How quick it is: 1 as it was recorded", min=0.5, max=2.0
    )
    hold: FloatProperty(
        name="Hold",
        description="Seconds until the hands start home; below 0 until the next gesture",
        min=-1.0,
        max=60.0,
    )
    hand: EnumProperty(name="Hand", description="Which hand makes the gesture", items=HANDS)
    shape: StringProperty(
        name="Hand Shape",
        description="What the fingers do, by name; when empty, as in the gesture",
    )
    shaped: EnumProperty(
        name="Shaped Hand", description="Which hand has that shape", items=SHAPED, default="both"
    )
    gesture: StringProperty(
        name="Gesture", description="Another gesture, by its name or by what it means"
    )
    muted: BoolProperty(name="Mute", description="The hands leave this gesture out")

    def invoke(self, context: Context, event: Event) -> Status:
        """Show how it is, to be changed."""
        self._from_window = True
        take = shown.find(context)
        assert take is not None  # poll looked
        line = editing.lines(take.action)[self.number(take)]
        for name in FIELDS:
            setattr(self, name, getattr(line, name))
        return ask_options(self, context)

    def draw(self, context: Context) -> None:
        """What is asked for by the mouse; the rest has buttons of its own."""
        layout: Any = self.layout
        layout.use_property_split = True
        for name in FIELDS:
            layout.prop(self, name)

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """What is set and differs from what is there."""
        number = self.number(take)
        line, told = editing.lines(take.action)[number], {"do": "change", "stroke": number}
        properties: Any = self.properties
        for name in (*FIELDS, "shape", "shaped", "gesture", "muted"):
            value = getattr(self, name)
            if properties.is_property_set(name) and _differs(value, getattr(line, name)):
                told[name] = None if name == "hold" and value < 0 else value
        return told


class GESTURES_OT_stroke_add(Timed, Drawn, StrokeEdit, bpy.types.Operator):
    bl_idname = "gestures.stroke_add"
    bl_label = "Add a Stroke at the Playhead"
    bl_description = "The character makes one more gesture here; its neighbours make room"
    needs_stroke = False

    gesture: StringProperty(
        name="Gesture",
        description="Which one, by its name or by what it means; when empty, one is drawn",
        options={"SKIP_SAVE"},
    )

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """One more."""
        what = {"gesture": self.gesture, "seed": self.drawn_by()}
        return {"do": "add", "time": self.seconds(take), **what}


class GESTURES_OT_stroke_go_to(NamesStroke, AtOnce, bpy.types.Operator):
    bl_idname = "gestures.stroke_go_to"
    bl_label = "Go to the Stroke"
    bl_description = "The playhead moves to this gesture, which is chosen in the list"
    bl_options = {"UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a take with strokes."""
        take = shown.find(context)
        listed = take is not None and editing.lines(take.action)
        return "" if listed else "The take lists no strokes"

    def do(self, context: Context) -> None:
        """To the nearest frame."""
        take = shown.find(context)
        assert take is not None  # poll looked
        number = self.number(take)
        action: Any = take.action
        action.gestures_stroke = number
        chosen.go_to(context, take.frame(editing.lines(take.action)[number].time))


FIELDS: Final = ("time", "size", "tempo", "hold", "hand")


def _differs(value: Any, known: Any) -> bool:
    if isinstance(value, float):
        return bool(abs(value - known) > 1e-4)
    return bool(value != known)


def at_playhead(take: shown.ShownTake) -> float:
    """The second of TAKE that the playhead is on."""
    scene: Any = bpy.context.scene
    return take.seconds(scene.frame_current)


CLASSES: Final = (
    GESTURES_OT_stroke_exchange,
    GESTURES_OT_stroke_mirror,
    GESTURES_OT_stroke_mute,
    GESTURES_OT_stroke_delete,
    GESTURES_OT_stroke_move,
    GESTURES_OT_stroke_change,
    GESTURES_OT_stroke_add,
    GESTURES_OT_stroke_go_to,
)
