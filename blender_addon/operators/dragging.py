# SPDX-License-Identifier: GPL-3.0-or-later
"""What is held with the mouse over the timeline and let go elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..properties import chosen
from ..takes import shown, stored
from .engine_call import EngineCall

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from .base import Status

LEAST: Final = 2.0  # pixels that are no drag but a click


def why_not_over(context: Context, part: str) -> str:
    """Why PART of the overlay cannot be held here, in a few words; "" if it can."""
    area: Any = context.area
    if area is None or area.type != "DOPESHEET_EDITOR":
        return "Over the timeline only"
    settings = chosen.scene_of(context).gestures_overlay
    if not settings.show or part not in settings.parts:
        return f"The timeline shows no {part.lower()}"
    return ""


def x_of(context: Context, frame: float) -> float:
    """Pixels from the region's left edge to FRAME."""
    view: Any = context.region.view2d  # type: ignore[union-attr]
    return float(view.view_to_region(frame, 0, clip=False)[0])


def frame_at(context: Context, event: Event) -> float:
    """The frame under the mouse."""
    view: Any = context.region.view2d  # type: ignore[union-attr]
    return float(view.region_to_view(event.mouse_region_x, 0)[0])


class EngineDrag(EngineCall):
    """Base of what the engine answers where it is let go.

    part: of the overlay, which shows it.
    """

    part: str

    _begun_at: int = 0
    _seconds: float = 0.0  # of the take, where the mouse has it
    _dragging = False

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a timeline that shows it."""
        return why_not_over(context, cls.part) or super().why_not(context)

    def take_up(self, context: Context, event: Event, take: shown.ShownTake) -> float | None:
        """Choose what of TAKE is under the mouse; its seconds, None where there is nothing."""
        raise NotImplementedError

    def show(self, take: shown.ShownTake) -> None:
        """Let the overlay show it at `_seconds`."""
        raise NotImplementedError

    def drop(self) -> None:
        """Let the overlay show all where it is."""
        raise NotImplementedError

    def invoke(self, context: Context, event: Event) -> Status:
        """Hold what is under the mouse; without it the click is someone else's."""
        take = shown.find(context)
        seconds = None if take is None else self.take_up(context, event, take)
        if take is None or seconds is None:
            return {"PASS_THROUGH"}
        self._seconds, self._begun_at, self._dragging = seconds, event.mouse_region_x, True
        self._shown(context, take)
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
            seconds = take.seconds(frame_at(context, event))
            self._seconds = min(max(seconds, 0.0), stored.seconds(take.action))
            self._shown(context, take)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            return self._released(context, event)
        return {"RUNNING_MODAL"}

    def cancel(self, context: Context) -> None:
        """Blender ends it: nothing was changed."""
        self.drop()
        if not self._dragging:
            super().cancel(context)

    def _shown(self, context: Context, take: shown.ShownTake) -> None:
        self.show(take)
        context.area.tag_redraw()  # type: ignore[union-attr]

    def _released(self, context: Context, event: Event) -> Status:
        if abs(event.mouse_region_x - self._begun_at) <= LEAST:
            self._dropped(context)
            return {"FINISHED"}
        self._dragging = False
        status = self.refusing(self._begun_modal, context)
        if status != {"RUNNING_MODAL"}:
            self.drop()
        return status

    def _looked(self, context: Context) -> Status:
        status = super()._looked(context)
        if status != {"PASS_THROUGH"}:
            self.drop()
        return status

    def _dropped(self, context: Context) -> Status:
        self.drop()
        context.area.tag_redraw()  # type: ignore[union-attr]
        return {"CANCELLED"}
