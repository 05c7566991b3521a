# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a mood's band over the timeline, dragged in time with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ...motion import moods as known
from ...strokes import bands, moods
from ..dragging import EngineDrag, x_of
from .edit import OneMood, put

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ...motion.moods import Moods
    from ...takes.shown import ShownTake

ABOVE: Final = 4.0  # pixels above and below a band at which the mouse still takes it


class GESTURES_OT_mood_drag(EngineDrag, OneMood, bpy.types.Operator):
    bl_idname = "gestures.mood_drag"
    bl_label = "Drag the End of a Mood"
    bl_description = "Over the timeline: hold an end of a mood's band and let go where it is to be"
    part = "MOODS"

    _end: str = ""

    def take_up(self, context: Context, event: Event, take: ShownTake) -> float | None:
        """The end that is nearest."""
        under = None if moods.why_not(take) else _under(context, event, take)
        if under is None:
            return None
        self.number, self._end = under
        action: Any = take.action
        action.gestures_mood = self.number
        return float(getattr(action.gestures_moods[self.number], self._end))

    def show(self, take: ShownTake) -> None:
        """The band with that end where the mouse has it."""
        bands.drag(take.action, self.number, self._end, self._seconds)

    def drop(self) -> None:
        """All bands where their moods are."""
        bands.drop()

    def wanted(self, take: ShownTake) -> Moods:
        """The end where it was let go."""
        number = self.found(take)
        old = moods.later(take.made.moods[number], -moods.cut(take))
        first, last = sorted((self._seconds, old.end if self._end == "start" else old.start))
        changed = old._replace(start=first, end=last)
        return put(take, known.without(take.made.moods, number), changed)


def _under(context: Context, event: Event, take: ShownTake) -> tuple[int, str] | None:
    """The band and which end of it the mouse takes."""
    scale = bands.scale_of(context)
    low = bands.low(context.region.height, scale)  # type: ignore[union-attr]
    if not low - ABOVE * scale <= event.mouse_region_y <= low + (bands.HIGH + ABOVE) * scale:
        return None
    places = [
        (x_of(context, take.frame(one.start)), x_of(context, take.frame(one.end)))
        for one in bands.of(take.action)
    ]
    return bands.nearest(places, event.mouse_region_x, scale)


CLASSES: Final = (GESTURES_OT_mood_drag,)
