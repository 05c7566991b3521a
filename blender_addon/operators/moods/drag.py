# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a mood's band over the timeline, dragged in time with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ...motion import moods as known
from ...motion.moods import Moods
from ...properties import chosen
from ...strokes import bands, moods
from ...takes import shown, stored
from .edit import OneMood, put

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ..base import Status

LEAST: Final = 2.0  # pixels that are no drag but a click
ABOVE: Final = 4.0  # pixels above and below a band at which the mouse still takes it


class GESTURES_OT_mood_drag(OneMood, bpy.types.Operator):
    bl_idname = "gestures.mood_drag"
    bl_label = "Drag the End of a Mood"
    bl_description = "Over the timeline: hold an end of a mood's band and let go where it is to be"

    _begun_at: int = 0
    _seconds: float = 0.0
    _end: str = ""
    _dragging = False

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a band under the mouse, so a timeline that shows them."""
        area: Any = context.area
        if area is None or area.type != "DOPESHEET_EDITOR":
            return "Over the timeline only"
        settings = chosen.scene_of(context).gestures_overlay
        if not settings.show or "MOODS" not in settings.parts:
            return "The timeline shows no moods"
        return super().why_not(context)

    def invoke(self, context: Context, event: Event) -> Status:
        """Take the end under the mouse; without one the click is someone else's."""
        take = shown.find(context)
        if take is None or moods.why_not(take):
            return {"PASS_THROUGH"}
        under = self._under(context, event, take)
        if under is None:
            return {"PASS_THROUGH"}
        self.number, self._end = under
        self._begun_at, self._dragging = event.mouse_region_x, True
        action: Any = take.action
        action.gestures_mood = self.number
        self._seconds = getattr(action.gestures_moods[self.number], self._end)
        self._show(context, take)
        manager: Any = context.window_manager
        manager.modal_handler_add(self)
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
            self._show(context, take)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            return self._released(context, event)
        return {"RUNNING_MODAL"}

    def cancel(self, context: Context) -> None:
        """Blender ends it: nothing was changed."""
        bands.drop()
        if not self._dragging:
            super().cancel(context)

    def wanted(self, take: shown.ShownTake) -> Moods:
        """The end where it was let go."""
        number = self.found(take)
        old = moods.later(take.made.moods[number], -moods.cut(take))
        first, last = sorted((self._seconds, old.end if self._end == "start" else old.start))
        changed = old._replace(start=first, end=last)
        return put(take, known.without(take.made.moods, number), changed)

    def _show(self, context: Context, take: shown.ShownTake) -> None:
        bands.drag(take.action, self.number, self._end, self._seconds)
        context.area.tag_redraw()  # type: ignore[union-attr]

    def _released(self, context: Context, event: Event) -> Status:
        if abs(event.mouse_region_x - self._begun_at) <= LEAST:
            self._dropped(context)
            return {"FINISHED"}
        self._dragging = False
        status = self.refusing(self._begun_modal, context)
        if status != {"RUNNING_MODAL"}:
            bands.drop()
        return status

    def _looked(self, context: Context) -> Status:
        status = super()._looked(context)
        if status != {"PASS_THROUGH"}:
            bands.drop()
        return status

    def _dropped(self, context: Context) -> Status:
        bands.drop()
        context.area.tag_redraw()  # type: ignore[union-attr]
        return {"CANCELLED"}

    def _under(
        self, context: Context, event: Event, take: shown.ShownTake
    ) -> tuple[int, str] | None:
        region: Any = context.region
        scale = bands.scale_of(context)
        low = bands.low(region.height, scale)
        if not low - ABOVE * scale <= event.mouse_region_y <= low + (bands.HIGH + ABOVE) * scale:
            return None
        places = [
            (self._x(region, take, one.start), self._x(region, take, one.end))
            for one in bands.of(take.action)
        ]
        return bands.nearest(places, event.mouse_region_x, scale)

    def _x(self, region: Any, take: shown.ShownTake, seconds: float) -> float:
        return float(region.view2d.view_to_region(take.frame(seconds), 0, clip=False)[0])

    def _at(self, context: Context, event: Event, take: shown.ShownTake) -> float:
        """The mouse's second, within the take."""
        view: Any = context.region.view2d  # type: ignore[union-attr]
        frame = view.region_to_view(event.mouse_region_x, 0)[0]
        return min(max(take.seconds(frame), 0.0), stored.seconds(take.action))


CLASSES: Final = (GESTURES_OT_mood_drag,)
