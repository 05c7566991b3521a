# SPDX-License-Identifier: GPL-3.0-or-later
"""Words in time: gone to, moved to the playhead, dragged over the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import blf
import bpy
from bpy.props import FloatProperty, IntProperty

from ...errors import GestureError
from ...properties import chosen, transcript
from ...speech import handles
from ...takes import shown
from ..base import AtOnce
from ..dragging import LEAST, frame_at, why_not_over, x_of

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ..base import Status


class OneWord(AtOnce):
    """Base of what is done about one word of the list."""

    bl_options: Any = {"REGISTER", "UNDO"}

    word: IntProperty(
        name="Word", description="Which one of the list; below 0 the one chosen there", default=-1
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs words."""
        return transcript.why_no_words(chosen.scene_of(context))

    def number(self, context: Context) -> int:
        """Which one. Raises GestureError if there is no such word."""
        kept = transcript.transcript_of(chosen.scene_of(context))
        number = self.word if self.word >= 0 else kept.active
        if not 0 <= number < len(kept.words):
            raise GestureError("Choose a word in the list first.")
        return int(number)


class GESTURES_OT_word_go_to(OneWord, bpy.types.Operator):
    bl_idname = "gestures.word_go_to"
    bl_label = "Go to the Word"
    bl_description = "The playhead moves to where the word begins"
    bl_options = {"UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    def do(self, context: Context) -> None:
        """Choose it, and go there."""
        scene, number = chosen.scene_of(context), self.number(context)
        kept = transcript.transcript_of(scene)
        kept.active = number
        chosen.go_to(context, shown.words(context).frame(kept.words[number].start))


class MovesWord(OneWord):
    """Base of what lets a word begin elsewhere."""

    time: FloatProperty(
        name="Time",
        description="Seconds of the speech; below 0 where the playhead is",
        default=-1.0,
    )

    def do(self, context: Context) -> None:
        """Move it."""
        scene, number = chosen.scene_of(context), self.number(context)
        time = self.time
        if time < 0:
            time = shown.words(context).seconds(scene.frame_current)
        if time < 0:
            raise GestureError("The playhead is before the speech: move it into it.")
        transcript.move(transcript.transcript_of(scene).words, number, time)


class GESTURES_OT_word_move(MovesWord, bpy.types.Operator):
    bl_idname = "gestures.word_move"
    bl_label = "Move the Word to the Playhead"
    bl_description = (
        "Let the word begin here, as long as it was; its neighbours make room. The next take "
        "gestures accordingly"
    )


class GESTURES_OT_word_drag(MovesWord, bpy.types.Operator):
    bl_idname = "gestures.word_drag"
    bl_label = "Drag the Word"
    bl_description = "Over the timeline: hold a word and let go where it is to begin"

    _begun_at: int
    _offset: float  # s from the word's start to where the mouse has it

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a timeline that shows words of the scene's."""
        return why_not_over(context, "WORDS") or super().why_not(context)

    def invoke(self, context: Context, event: Event) -> Status:
        """Take the word under the mouse; without one the click is someone else's."""
        found = shown.words(context)
        index = _under(context, event, found)
        if index is None or not found.numbers:
            return {"PASS_THROUGH"}
        self.word, self._begun_at = found.numbers[index], event.mouse_region_x
        self.time = found.words[index][1]
        self._offset = found.seconds(frame_at(context, event)) - self.time
        transcript.transcript_of(chosen.scene_of(context)).active = self.word
        self._show(context)
        manager: Any = context.window_manager
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Status:
        """Follow the mouse until it lets go; a click alone changes nothing."""
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return {"CANCELLED"}
        if event.type == "MOUSEMOVE":
            here = shown.words(context).seconds(frame_at(context, event))
            self.time = max(0.0, here - self._offset)
            self._show(context)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            self.cancel(context)
            moved = abs(event.mouse_region_x - self._begun_at) > LEAST
            return self.execute(context) if moved else {"CANCELLED"}
        return {"RUNNING_MODAL"}

    def cancel(self, context: Context) -> None:
        """Nothing is held any more."""
        handles.drop()
        context.area.tag_redraw()  # type: ignore[union-attr]

    def _show(self, context: Context) -> None:
        handles.drag(self.word, self.time)
        context.area.tag_redraw()  # type: ignore[union-attr]


def _under(context: Context, event: Event, found: shown.ShownWords) -> int | None:
    """The index of the word under the mouse."""
    region: Any = context.region
    preferences: Any = context.preferences
    scale = float(preferences.system.ui_scale)
    if not handles.is_on_line(event.mouse_region_y, float(region.height), scale):
        return None
    blf.size(0, handles.TEXT * scale)

    def x(seconds: float) -> float:
        return x_of(context, found.frame(seconds))

    def width(text: str) -> float:
        return float(blf.dimensions(0, text)[0])

    seen = handles.placed(found.words, found.numbers, x, float(region.width), scale, width)
    return handles.under(tuple(seen), event.mouse_region_x)


CLASSES: Final = (GESTURES_OT_word_go_to, GESTURES_OT_word_move, GESTURES_OT_word_drag)
