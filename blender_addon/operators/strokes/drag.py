# SPDX-License-Identifier: GPL-3.0-or-later
"""A stroke's handle over the timeline, dragged in time with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ...properties import chosen
from ...strokes import editing, handles
from ...takes import shown, stored
from .edit import OneStroke

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ..base import Status

LEAST: Final = 2.0  # pixels that are no drag but a click


class GESTURES_OT_stroke_drag(OneStroke, bpy.types.Operator):
    bl_idname = "gestures.stroke_drag"
    bl_label = "Drag the Stroke"
    bl_description = (
        "Over the timeline: hold a gesture's handle and let go where its stroke is to be"
    )

    _begun_at: int = 0
    _seconds: float = 0.0
    _dragging = False

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a handle under the mouse, so a timeline that shows them."""
        area: Any = context.area
        if area is None or area.type != "DOPESHEET_EDITOR":
            return "Over the timeline only"
        settings = chosen.scene_of(context).gestures_overlay
        if not settings.show or "HANDLES" not in settings.parts:
            return "The timeline shows no handles"
        return super().why_not(context)

    def invoke(self, context: Context, event: Event) -> Status:
        """Take the handle under the mouse; without one the click is someone else's."""
        take = shown.find(context)
        if take is None or editing.why_not(take):
            return {"PASS_THROUGH"}
        number = self._under(context, event, take)
        if number is None:
            return {"PASS_THROUGH"}
        self.stroke, self._begun_at, self._dragging = number, event.mouse_region_x, True
        action: Any = take.action
        action.gestures_stroke = number
        self._seconds = action.gestures_strokes[number].time
        handles.drag(take.action, number, self._seconds)
        manager: Any = context.window_manager
        manager.modal_handler_add(self)
        context.area.tag_redraw()  # type: ignore[union-attr]
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Status:
        """Follow the mouse; then wait for the engine as others do."""
        if not self._dragging:
            return super().modal(context, event)
        take = shown.find(context)
        if take is None or event.type in {"ESC", "RIGHTMOUSE"}:
            return self._dropped(context)
        if event.type == "MOUSEMOVE":
            self._seconds = self._at(context, event, take)
            handles.drag(take.action, self.stroke, self._seconds)
            context.area.tag_redraw()  # type: ignore[union-attr]
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            return self._released(context, event)
        return {"RUNNING_MODAL"}

    def cancel(self, context: Context) -> None:
        """Blender ends it: nothing was changed."""
        handles.drop()
        if not self._dragging:
            super().cancel(context)

    def change(self, take: shown.ShownTake) -> dict[str, Any]:
        """To where it was let go."""
        return {"do": "change", "stroke": self.number(take), "time": self._seconds}

    def _released(self, context: Context, event: Event) -> Status:
        if abs(event.mouse_region_x - self._begun_at) <= LEAST:
            self._dropped(context)
            return {"FINISHED"}
        self._dragging = False
        status = self.refusing(self._begun_modal, context)
        if status != {"RUNNING_MODAL"}:
            handles.drop()
        return status

    def _looked(self, context: Context) -> Status:
        status = super()._looked(context)
        if status != {"PASS_THROUGH"}:
            handles.drop()
        return status

    def _dropped(self, context: Context) -> Status:
        handles.drop()
        context.area.tag_redraw()  # type: ignore[union-attr]
        return {"CANCELLED"}

    def _under(self, context: Context, event: Event, take: shown.ShownTake) -> int | None:
        region, preferences = context.region, context.preferences
        scale = float(preferences.system.ui_scale)  # type: ignore[union-attr]
        if event.mouse_region_y > handles.TOP * scale:
            return None
        view: Any = region.view2d  # type: ignore[union-attr]
        places = [
            float(view.view_to_region(take.frame(one.seconds), 0, clip=False)[0])
            for one in handles.of(take.action)
        ]
        return handles.nearest(places, event.mouse_region_x, scale)

    def _at(self, context: Context, event: Event, take: shown.ShownTake) -> float:
        """The mouse's second, within the take."""
        view: Any = context.region.view2d  # type: ignore[union-attr]
        frame = view.region_to_view(event.mouse_region_x, 0)[0]
        return min(max(take.seconds(frame), 0.0), stored.seconds(take.action))


CLASSES: Final = (GESTURES_OT_stroke_drag,)
