# SPDX-License-Identifier: GPL-3.0-or-later
"""A gesture or a hand shape chosen from pictures of what the engine knows.

Gestures are filtered by what is typed of their name or meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ...engine import jobs
from ...strokes import editing, pictures, repertoire
from ...takes import record, shown
from ..base import ask_options
from ..engine_call import EngineCall
from .edit import SHAPED, OneStroke, StrokeEdit, at_playhead

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ...engine.client import Result
    from ...engine.jobs import Job
    from ..base import Status

Item = tuple[str, str, str]
OWN: Final = "OWN"  # the gesture's own hand shape
COLUMNS: Final = 6
ROWS: Final = 4  # of pictures a page
WIDTH: Final = 660  # pixels of the dialog, before the interface's scale
PICTURE: Final = 3.6  # times a button's height
NONE: Final = "No gesture says that: type less, or another word"

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
    """Base of those that show pictures to choose from."""

    def invoke(self, context: Context, event: Event) -> Status:
        """Show them."""
        self._from_window = True
        return ask_options(self, context, WIDTH)

    def check(self, context: Context) -> bool:
        """Whatever is set or typed shows at once."""
        return True


def _choose_found(operator: Any, context: Context | None) -> None:
    """Among what is found by what is typed, one is always chosen."""
    found = [name for name, _, _ in repertoire.known().meaning(operator.meaning)]
    if found and operator.gesture not in found:
        operator.gesture = found[0]


class ChoosingGesture(Choosing):
    """Base of those that choose a gesture."""

    meaning: StringProperty(
        name="Meaning",
        description="A part of a gesture's name, of what it means, or the hand that makes it",
        options={"SKIP_SAVE", "TEXTEDIT_UPDATE"},
        update=_choose_found,
    )
    page: IntProperty(
        name="Page", description="Of the pictures", default=1, min=1, options={"SKIP_SAVE"}
    )
    gesture: EnumProperty(name="Gesture", description="Which gesture", items=_gestures)

    def draw(self, context: Context) -> None:
        """What is typed, a page of pictures, and what the chosen gesture means."""
        operator: Any = self
        layout = operator.layout
        found = repertoire.known().meaning(self.meaning)
        pages = max(1, -(-len(found) // (COLUMNS * ROWS)))
        page = min(self.page, pages)
        row = layout.row()
        row.activate_init = True
        row.prop(self, "meaning", text="", icon="VIEWZOOM")
        row.label(text=f"{len(found)}", translate=False)
        if pages > 1:
            row.prop(self, "page", text=f"Page of {pages}")
        grid = layout.grid_flow(columns=COLUMNS, row_major=True, even_columns=True)
        for name, title, _ in found[(page - 1) * COLUMNS * ROWS :][: COLUMNS * ROWS]:
            _cell(grid, self, "gesture", (name, title, pictures.of_gesture(name)))
        if not found:
            layout.label(text=NONE, icon="INFO")
        said = (f"{title}: {means}" for n, title, means in found if n == self.gesture)
        layout.label(text=next(said, ""), translate=False)


class GESTURES_OT_stroke_use(ChoosingGesture, OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_use"
    bl_label = "Use This Gesture"
    bl_description = "The chosen gesture takes the place of this one"
    bl_property = "meaning"

    def invoke(self, context: Context, event: Event) -> Status:
        """Show them; chosen is what is there."""
        take = shown.find(context)
        assert take is not None  # poll looked
        there = editing.lines(take.action)[self.number(take)].gesture
        if any(there == name for name, _, _ in repertoire.known().gestures):
            self.gesture = there
        return super().invoke(context, event)

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """The chosen one."""
        return {"do": "change", "stroke": self.number(take), "gesture": self.gesture}


class GESTURES_OT_stroke_add_chosen(ChoosingGesture, bpy.types.Operator):
    bl_idname = "gestures.stroke_add_chosen"
    bl_label = "Add This Gesture"
    bl_description = "The chosen gesture is added at the playhead"
    bl_property = "meaning"
    needs_stroke = False

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """The chosen one, here."""
        return {"do": "add", "time": at_playhead(take), "gesture": self.gesture}


class GESTURES_OT_stroke_shape(Choosing, OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_shape"
    bl_label = "Hand Shape"
    bl_description = "The fingers take this shape while the gesture lasts, and leave it after"
    shape: EnumProperty(name="Hand Shape", description="What the fingers do", items=_shapes)
    shaped: EnumProperty(
        name="Shaped Hand", description="Which hand has that shape", items=SHAPED, default="both"
    )

    def draw(self, context: Context) -> None:
        """A picture each, and whose hand."""
        operator: Any = self
        draw_shapes(operator, "shape", _shapes(operator, context))

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """That shape."""
        shape = "" if self.shape == OWN else self.shape
        number = self.number(take)
        return {"do": "change", "stroke": number, "shape": shape, "shaped": self.shaped}


def draw_shapes(operator: Any, field: str, items: list[Item]) -> None:
    """Pictures of ITEMS, which OPERATOR's FIELD may be, and whose hands take the shape."""
    grid = operator.layout.grid_flow(columns=COLUMNS, row_major=True, even_columns=True)
    for name, title, _ in items:
        _cell(grid, operator, field, (name, title, pictures.of_shape(name, operator.shaped)))
    operator.layout.row().prop(operator, "shaped", expand=True)


def _cell(grid: Any, operator: Any, field: str, shown: tuple[str, str, int]) -> None:
    """A picture over a button; SHOWN: the value of FIELD, what it is called, its icon."""
    name, title, icon = shown
    cell = grid.column(align=True)
    cell.template_icon(icon, scale=PICTURE)
    cell.prop_enum(operator, field, name, text=title)


CLASSES: Final = (
    GESTURES_OT_stroke_choose,
    GESTURES_OT_stroke_use,
    GESTURES_OT_stroke_add_chosen,
    GESTURES_OT_stroke_shape,
)
