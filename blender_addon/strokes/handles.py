# SPDX-License-Identifier: GPL-3.0-or-later
"""The handles of a take's strokes over the timeline: where they are, and which one is dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpy.types import Action

GRAB: Final = 9.0  # pixels from a handle at which the mouse takes it, at a resolution scale of 1
TOP: Final = 26.0  # pixels above the region's lower edge up to which it can be taken
LETTER: Final = {"left": "L", "right": "R", "both": "LR"}


@dataclass(frozen=True)
class Handle:
    """seconds: of the take. hand: L, R or LR. dragged: whether it is under way."""

    seconds: float
    title: str
    hand: str
    muted: bool
    chosen: bool
    dragged: bool = False


@dataclass(frozen=True)
class _Drag:
    action: int
    stroke: int
    seconds: float


_drag: _Drag | None = None


def of(action: Action) -> list[Handle]:
    """The handles of ACTION, in order of its strokes; a dragged one is where the mouse has it."""
    take: Any = action
    found = []
    for number, line in enumerate(take.gestures_strokes):
        mine = _drag is not None and (_drag.action, _drag.stroke) == (action.session_uid, number)
        seconds = _drag.seconds if mine and _drag is not None else line.time
        chosen = number == take.gestures_stroke
        hand = LETTER.get(line.hand, "")
        found.append(Handle(seconds, line.title, hand, line.muted, chosen, mine))
    return found


def nearest(places: Sequence[float], x: float, scale: float) -> int | None:
    """Which of PLACES (pixels) the mouse at X takes; None if it is beside all of them."""
    if not places:
        return None
    number = min(range(len(places)), key=lambda one: abs(places[one] - x))
    return number if abs(places[number] - x) <= GRAB * scale else None


def drag(action: Action, stroke: int, seconds: float) -> None:
    """Show the handle of that STROKE at SECONDS."""
    global _drag
    _drag = _Drag(action.session_uid, stroke, seconds)


def drop() -> None:
    """Show all handles where their strokes are."""
    global _drag
    _drag = None
