# SPDX-License-Identifier: GPL-3.0-or-later
"""The strokes and moods of the shown take: what comes when, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import jobs
from ..speech.timed_text import unmarked
from ..strokes import editing, moods, pictures
from ..takes import shown, stored
from .widgets import Folded, WithTakes, progress, sentence

if TYPE_CHECKING:
    from bpy.types import Context

    from ..motion.plan import HeldShape

ICONS: Final = {"left": "L", "right": "R", "both": "L R"}
DAMAGED: Final = "The plan of this take's strokes cannot be read: make the take again"
PICTURE: Final = 4.0  # times a button's height
NEAR: Final = 0.25  # s from a word's ends within which a stroke is said to be at it


class GESTURES_UL_strokes(bpy.types.UIList):
    """A line a stroke: frame, word, gesture, hand, whether it is made."""

    def draw_item(
        self,
        context: Context | None,
        layout: Any,
        data: Any,
        item: Any,
        icon: int | None,
        active_data: Any,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        """Draw it."""
        assert context is not None  # Blender draws in one
        take = shown.find(context)
        row = layout.row(align=True)
        row.active = not item.muted
        frame = f"{round(take.frame(item.time))}" if take is not None else f"{item.time:.2f} s"
        split = row.split(factor=0.18)
        go = split.operator("gestures.stroke_go_to", text=frame, emboss=False, translate=False)
        go.stroke = index
        names = split.split(factor=0.82)
        word = _word(context, take, item.time) if take is not None else ""
        names.label(
            text=f"{item.title}  “{word}”" if word else item.title,
            icon_value=pictures.of_gesture(item.gesture, item.hand),
            translate=False,
        )
        ends = names.row(align=True)
        ends.label(text=ICONS.get(item.hand, ""), translate=False)
        mute = row.operator(
            "gestures.stroke_mute", text="", icon="HIDE_ON" if item.muted else "HIDE_OFF",
            emboss=False,
        )  # fmt: skip
        mute.stroke = index


class GESTURES_PT_strokes(WithTakes, Folded, bpy.types.Panel):
    """The list, and the verbs for the stroke chosen in it."""

    bl_label = "Strokes"
    bl_parent_id = "GESTURES_PT_takes"

    def draw(self, context: Context) -> None:
        """Draw the list, its buttons, and how the chosen stroke is."""
        layout: Any = self.layout
        take = shown.find(context)
        if take is None or stored.load_plan(take.action) is None:
            said = DAMAGED if take and take.action.get(stored.PLAN_KEY) else editing.why_not(take)
            sentence(layout, said, icon="INFO")
            return
        if reason := editing.why_not(take):
            sentence(layout, reason, icon="INFO")
        action: Any = take.action
        row = layout.row()
        row.template_list(
            "GESTURES_UL_strokes", "", action, "gestures_strokes", action, "gestures_stroke", rows=4
        )
        _draw_side(row.column(align=True))
        if 0 <= action.gestures_stroke < len(action.gestures_strokes):
            _draw_stroke(layout, action.gestures_strokes[action.gestures_stroke])
        _draw_held(layout.column(align=True), editing.held(take))
        if (job := jobs.current()) is not None:
            progress(layout, job.fraction, job.message, "gestures.cancel")


def _draw_side(column: Any) -> None:
    column.operator("gestures.stroke_add", text="", icon="ADD")
    column.operator("gestures.stroke_delete", text="", icon="REMOVE")
    column.separator()
    column.operator("gestures.stroke_choose", text="", icon="VIEWZOOM").what = "ADD"


def _draw_stroke(layout: Any, line: Any) -> None:
    """How the chosen stroke LINE is, and its verbs."""
    box = layout.column(align=True)
    _draw_pictures(box.row(), line)
    held = f"{line.hold:.1f} s" if line.hold >= 0 else "until the next"
    how = f"{line.time:.2f} s, size {line.size:.2f}, tempo {line.tempo:.2f}, hold {held}"
    sentence(box, how)
    if line.shape:
        box.label(text=f"{line.shape.capitalize()}: {ICONS.get(line.shaped, '')}", translate=False)
    grid = layout.grid_flow(columns=2, align=True, even_columns=True)
    grid.operator("gestures.stroke_exchange", text="Exchange", icon="FILE_REFRESH")
    grid.operator("gestures.stroke_choose", text="Choose…", icon="VIEWZOOM").what = "USE"
    grid.operator("gestures.stroke_mirror", text="Mirror", icon="MOD_MIRROR")
    grid.operator("gestures.stroke_change", text="Change…", icon="PREFERENCES")
    grid.operator("gestures.stroke_move", text="To Playhead", icon="NEXT_KEYFRAME")
    grid.operator("gestures.stroke_choose", text="Hand Shape…", icon="VIEW_PAN").what = "SHAPE"


def _draw_held(column: Any, listed: list[HeldShape]) -> None:
    """The hand shapes LISTED beside the strokes, and a button for one more."""
    row = column.row()
    row.label(text="Hand Shapes", icon="VIEW_PAN")
    row.operator("gestures.hand_shape_hold", text="", icon="ADD")
    for number, one in enumerate(listed):
        row = column.row(align=True)
        when = "at rest" if one.start is None else f"{one.start:.1f} to {one.end:.1f} s"
        row.label(
            text=f"{one.shape.capitalize()}, {when}",
            icon_value=pictures.of_shape(one.shape, one.hand),
            translate=False,
        )
        row.label(text=ICONS.get(one.hand, ""), translate=False)
        row.operator("gestures.hand_shape_hold", text="", icon="PREFERENCES").held = number
        row.operator("gestures.hand_shape_release", text="", icon="X").held = number


def _draw_pictures(row: Any, line: Any) -> None:
    """The gesture of LINE, and the hand shape that it has instead of its own."""
    if picture := pictures.of_gesture(line.gesture, line.hand):
        row.template_icon(picture, scale=PICTURE)
    if line.shape and (picture := pictures.of_shape(line.shape, line.shaped)):
        row.template_icon(picture, scale=PICTURE)


def _word(context: Context, take: shown.ShownTake, seconds: float) -> str:
    """The word that is said there, where it is known."""
    at = seconds + (take.made.part[0] if take.made.part else 0.0)
    near = [(max(a - at, at - b, 0.0), text) for text, a, b in shown.words(context).words]
    off, text = min(near, default=(NEAR + 1, ""))
    return unmarked(text)[0] if off <= NEAR else ""


class GESTURES_UL_moods(bpy.types.UIList):
    """A line a mood: frames, which one, how strong."""

    def draw_item(
        self,
        context: Context | None,
        layout: Any,
        data: Any,
        item: Any,
        icon: int | None,
        active_data: Any,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        """Draw it."""
        take = shown.find(context) if context is not None else None
        ends = [
            f"{round(take.frame(at))}" if take is not None else f"{at:.2f} s"
            for at in (item.start, item.end)
        ]
        split = layout.split(factor=0.35)
        split.label(text=" – ".join(ends), translate=False)
        names = split.split(factor=0.65)
        title = item.mood.capitalize()
        chosen = names.operator_menu_enum("gestures.mood_change", "mood", text=title)
        chosen.number = index
        names.label(text=f"{100 * item.strength:.0f} %", translate=False)


class GESTURES_PT_moods(WithTakes, Folded, bpy.types.Panel):
    """The moods along the take, and what can be done about the one chosen in the list."""

    bl_label = "Moods"
    bl_parent_id = "GESTURES_PT_takes"

    def draw(self, context: Context) -> None:
        """Draw the list and its buttons."""
        layout: Any = self.layout
        take = shown.find(context)
        if take is None or (reason := moods.why_not(take)):
            sentence(layout, reason if take else shown.NO_TAKE, icon="INFO")
            return
        action: Any = take.action
        row = layout.row()
        row.template_list(
            "GESTURES_UL_moods", "", action, "gestures_moods", action, "gestures_mood", rows=3
        )
        side = row.column(align=True)
        side.operator_menu_enum("gestures.mood_add", "mood", text="", icon="ADD")
        side.operator("gestures.mood_delete", text="", icon="REMOVE")
        row = layout.row(align=True)
        row.operator("gestures.moods_from_voice", text="From the Voice", icon="PLAY_SOUND")
        row.operator("gestures.mood_change", text="Change…", icon="PREFERENCES")
        if (job := jobs.current()) is not None:
            progress(layout, job.fraction, job.message, "gestures.cancel")


CLASSES: Final = (
    GESTURES_UL_strokes,
    GESTURES_PT_strokes,
    GESTURES_UL_moods,
    GESTURES_PT_moods,
)
