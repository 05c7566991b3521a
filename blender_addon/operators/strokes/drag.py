# SPDX-License-Identifier: GPL-3.0-or-later
"""A stroke's handle over the timeline, dragged in time with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ...strokes import editing, handles
from ..dragging import EngineDrag, x_of
from .edit import OneStroke

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ...takes.shown import ShownTake


class GESTURES_OT_stroke_drag(EngineDrag, OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_drag"
    bl_label = "Drag the Stroke"
    bl_description = (
        "Over the timeline: hold a gesture's handle and let go where its stroke is to be"
    )
    part = "HANDLES"

    def take_up(self, context: Context, event: Event, take: ShownTake) -> float | None:
        """The handle that is nearest."""
        number = None if editing.why_not(take) else _under(context, event, take)
        if number is None:
            return None
        self.stroke = number
        action: Any = take.action
        action.gestures_stroke = number
        return float(action.gestures_strokes[number].time)

    def show(self, take: ShownTake) -> None:
        """Its handle where the mouse has it."""
        handles.drag(take.action, self.stroke, self._seconds)

    def drop(self) -> None:
        """All handles where their strokes are."""
        handles.drop()

    def change(self, take: ShownTake) -> dict[str, Any]:
        """To where it was let go."""
        return {"do": "change", "stroke": self.number(take), "time": self._seconds}


def _under(context: Context, event: Event, take: ShownTake) -> int | None:
    scale = float(context.preferences.system.ui_scale)  # type: ignore[union-attr]
    if event.mouse_region_y > handles.TOP * scale:
        return None
    places = [x_of(context, take.frame(one.seconds)) for one in handles.of(take.action)]
    return handles.nearest(places, event.mouse_region_x, scale)


CLASSES: Final = (GESTURES_OT_stroke_drag,)
