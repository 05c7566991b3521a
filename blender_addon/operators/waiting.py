# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators have in common whose work takes longer than a click."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..redraw import redraw_panels
from .base import Verb

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from .base import Status


class Waiting(Verb):
    """Base of such operators. From a script it waits; from the panel it runs beside it.

    Whatever it changes for good is changed in conclude(), so that undo takes it back in one step.
    """

    tick = 0.1  # seconds between two looks at the work
    pause = 0.01  # the same for scripts, which wait

    _timer: Any = None
    _from_window = False  # whether a dialog in a window asked; what ends there goes on beside it

    def start(self, context: Context) -> None:
        """Check the inputs and begin. Raises GestureError."""
        raise NotImplementedError

    def ended(self, context: Context) -> bool:
        """Go on for a moment, if there is anything to do; whether all is done.

        Raises GestureError, with nothing changed.
        """
        raise NotImplementedError

    def conclude(self, context: Context) -> Status:
        """Tell the outcome. Raises GestureError."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Drop the work: Blender ends the operator."""
        raise NotImplementedError

    def execute(self, context: Context) -> Status:
        """Begin and wait for the end; after a dialog in a window, as `invoke` does."""
        return self.refusing(self._begun if self._from_window else self._waited, context)

    def invoke(self, context: Context, event: Event) -> Status:
        """Begin, and look for the end at every tick."""
        return self.refusing(self._begun, context)

    def modal(self, context: Context, event: Event) -> Status:
        """Look for the end; everything else goes on as usual."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        redraw_panels(context)
        status = self.refusing(self._looked, context)
        if status != {"PASS_THROUGH"}:
            self._stop_looking(context)
        return status

    def cancel(self, context: Context) -> None:
        """Blender ends the operator: its window closes or another file is loaded."""
        self._stop_looking(context)
        self.abandon()

    def refusing(self, work: Callable[[Context], Status], context: Context) -> Status:
        """As every operator does; an error of the program's own drops the work."""
        try:
            return super().refusing(work, context)
        except Exception:  # nobody would look again, and the panel would show it as under way
            self.cancel(context)
            raise

    def _waited(self, context: Context) -> Status:
        self.start(context)
        while not self.ended(context):
            time.sleep(self.pause)
        return self.conclude(context)

    def _begun(self, context: Context) -> Status:
        status = self._begun_modal(context)
        manager: Any = context.window_manager
        manager.modal_handler_add(self)
        return status

    def _begun_modal(self, context: Context) -> Status:
        """Begin, for one that gets Blender's events already: twice would be once too often."""
        self.start(context)
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(self.tick, window=context.window)
        return {"RUNNING_MODAL"}

    def _looked(self, context: Context) -> Status:
        return self.conclude(context) if self.ended(context) else {"PASS_THROUGH"}

    def _stop_looking(self, context: Context) -> None:
        if self._timer is not None:
            manager: Any = context.window_manager
            manager.event_timer_remove(self._timer)
            self._timer = None
