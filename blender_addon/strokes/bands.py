# SPDX-License-Identifier: GPL-3.0-or-later
"""The bands of a take's moods over the timeline: where they are, and which end is dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpy.types import Action, Context

TOP: Final = 24.0  # pixels below the region's upper edge, where the ruler ends
GRAB: Final = 6.0  # pixels from an end at which the mouse takes it, at a resolution scale of 1
HIGH: Final = 7.0  # pixels of a band
ENDS: Final = ("start", "end")


@dataclass(frozen=True)
class Band:
    """start, end: seconds of the take."""

    start: float
    end: float
    mood: str
    strength: float
    chosen: bool


@dataclass(frozen=True)
class _Drag:
    action: int
    number: int
    end: str
    seconds: float


_drag: _Drag | None = None


def of(action: Action) -> list[Band]:
    """The bands of ACTION, in order of its moods; a dragged end is where the mouse has it."""
    take: Any = action
    found = []
    for number, line in enumerate(take.gestures_moods):
        ends = [line.start, line.end]
        if _drag is not None and (_drag.action, _drag.number) == (action.session_uid, number):
            ends[ENDS.index(_drag.end)] = _drag.seconds
        chosen = number == take.gestures_mood
        found.append(Band(min(ends), max(ends), line.mood, line.strength, chosen))
    return found


def scale_of(context: Context) -> float:
    """Of the interface."""
    preferences: Any = context.preferences
    return float(preferences.system.ui_scale)


def low(height: float, scale: float) -> float:
    """The lower edge of the bands in a region of HEIGHT pixels: they hang below its ruler."""
    return height - (TOP + HIGH) * scale


def nearest(
    places: Sequence[tuple[float, float]], x: float, scale: float
) -> tuple[int, str] | None:
    """Which end of which of PLACES (pixels) the mouse at X takes; None if it is beside all.

    Where two bands touch, it is the end of the one that the mouse is over.
    """
    ends = [
        (abs(place - x), (x < place) == (which == 0), number, ENDS[which])
        for number, pair in enumerate(places)
        for which, place in enumerate(pair)
    ]
    near = [one for one in ends if one[0] <= GRAB * scale]
    if not near:
        return None
    _, _, number, end = min(near)
    return number, end


def drag(action: Action, number: int, end: str, seconds: float) -> None:
    """Show that END of the mood NUMBER at SECONDS."""
    global _drag
    _drag = _Drag(action.session_uid, number, end, seconds)


def drop() -> None:
    """Show all ends where they are."""
    global _drag
    _drag = None
