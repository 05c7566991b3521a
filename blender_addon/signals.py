# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens on a lower floor and is answered on a higher one.

A property's update tells that it was moved; whoever has to do something about it has subscribed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final


class Signal:
    """Tells its subscribers, in the order in which they came."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[..., None]] = []

    def subscribe(self, told: Callable[..., None]) -> None:
        """Call TOLD, with what `tell` is given, from now on."""
        self._subscribers.append(told)

    def unsubscribe(self, told: Callable[..., None]) -> None:
        """Call it no more."""
        self._subscribers.remove(told)

    def tell(self, *what: Any) -> None:
        """It has happened."""
        for told in tuple(self._subscribers):
            told(*what)


speech_chosen: Final = Signal()  # ()
overlay_chosen: Final = Signal()  # (): what is drawn over the timeline
style_moved: Final = Signal()  # (GesturesStyle, row: 0 low, 1 mid, 2 high)
shape_moved: Final = Signal()  # (GesturesStyle): a level's strength and the like, or its keys
intensity_moved: Final = Signal()  # (armature)
