# SPDX-License-Identifier: GPL-3.0-or-later
"""A gesture or a hand shape chosen from what the engine knows, by typing a part of its meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty

from ...engine import jobs
from ...strokes import editing, repertoire
from ...takes import record, shown
from ..engine_call import EngineCall
from .edit import SHAPED, OneStroke, StrokeEdit, at_playhead

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ...engine.client import Result
    from ...engine.jobs import Job
    from ..base import Status

Item = tuple[str, str, str]
OWN: Final = "OWN"  # the gesture's own hand shape

_items: list[Item] = []  # Blender keeps no reference to what a callback returns


def _gestures(operator: Any, context: Context | None) -> list[Item]:
    _items[:] = [(n, f"{title}: {means}", "") for n, title, means in repertoire.known().gestures]
    return _items


_shape_items: list[Item] = []


def _shapes(operator: Any, context: Context | None) -> list[Item]:
    named = [(name, name.capitalize(), "") for name in repertoire.known().shapes]
    _shape_items[:] = [(OWN, "As in the gesture", "The fingers do what the gesture does"), *named]
    return _shape_items


class GESTURES_OT_stroke_choose(EngineCall, bpy.types.Operator):
    bl_idname = "gestures.stroke_choose"
    bl_label = "Choose…"
    bl_description = "Choose from the gestures, or the hand shapes, that the character knows"

    what: EnumProperty(
        name="What",
        description="What is chosen, and what becomes of it",
        items=(
            ("USE", "Exchange", "A gesture that takes the place of this one"),
            ("ADD", "Add", "A gesture that is added at the playhead"),
            ("SHAPE", "Hand Shape", "What the fingers do in this gesture"),
        ),
        options={"SKIP_SAVE"},
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a take with a plan, and an engine that is free."""
        return editing.why_not(shown.find(context)) or jobs.why_not_now()

    def begin(self, context: Context) -> Job:
        """Ask what there is."""
        take = shown.find(context)
        made = take.made if take else record.Record()
        return jobs.start("repertoire", {"checkpoint": made.checkpoint}, "Looking at the gestures")

    def apply(self, context: Context, result: Result) -> None:
        """Remember it."""
        repertoire.learn(result.values)

    def conclude(self, context: Context) -> Status:
        """Let the user choose, where there is a window."""
        status = super().conclude(context)
        if status == {"FINISHED"} and not bpy.app.background:
            every: Any = bpy.ops
            names = {"USE": "stroke_use", "ADD": "stroke_add_chosen", "SHAPE": "stroke_shape"}
            getattr(every.gestures, names[self.what])("INVOKE_DEFAULT")
        return status


class Choosing(StrokeEdit):
    """Base of those that show a list to search in."""

    def invoke(self, context: Context, event: Event) -> Status:
        """Show the list."""
        self._from_window = True
        manager: Any = context.window_manager
        manager.invoke_search_popup(self)
        return {"FINISHED"}


class GESTURES_OT_stroke_use(Choosing, OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_use"
    bl_label = "Use This Gesture"
    bl_description = "The chosen gesture takes the place of this one"
    bl_property = "gesture"

    gesture: EnumProperty(name="Gesture", description="Which gesture", items=_gestures)

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """The chosen one."""
        return {"do": "change", "stroke": self.number(take), "gesture": self.gesture}


class GESTURES_OT_stroke_add_chosen(Choosing, bpy.types.Operator):
    bl_idname = "gestures.stroke_add_chosen"
    bl_label = "Add This Gesture"
    bl_description = "The chosen gesture is added at the playhead"
    bl_property = "gesture"
    needs_stroke = False

    gesture: EnumProperty(name="Gesture", description="Which gesture", items=_gestures)

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """The chosen one, here."""
        return {"do": "add", "time": at_playhead(take), "gesture": self.gesture}


class GESTURES_OT_stroke_shape(Choosing, OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_shape"
    bl_label = "Hand Shape"
    bl_description = "The fingers take this shape while the gesture lasts, and leave it after"
    bl_property = "shape"

    shape: EnumProperty(name="Hand Shape", description="What the fingers do", items=_shapes)
    shaped: EnumProperty(
        name="Shaped Hand", description="Which hand has that shape", items=SHAPED, default="both"
    )

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """That shape."""
        shape = "" if self.shape == OWN else self.shape
        number = self.number(take)
        return {"do": "change", "stroke": number, "shape": shape, "shaped": self.shaped}


CLASSES: Final = (
    GESTURES_OT_stroke_choose,
    GESTURES_OT_stroke_use,
    GESTURES_OT_stroke_add_chosen,
    GESTURES_OT_stroke_shape,
)
