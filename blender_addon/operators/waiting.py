# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators have in common whose work takes longer than a click."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import bpy

from .. import log
from ..errors import GestureError
from ..redraw import redraw_panels
from .refusal import refuse

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from .status import Status


class Waiting:
    """Base of such operators. From a script it waits; from the panel it runs beside it.

    Whatever it changes for good is changed in conclude(), so that undo takes it back in one step.
    """

    tick = 0.1  # seconds between two looks at the work
    pause = 0.01  # the same for scripts, which wait

    _timer: Any = None

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
        """Begin and wait for the end."""
        try:
            self.start(context)
            while not self.ended(context):
                time.sleep(self.pause)
            return self.conclude(context)
        except GestureError as error:
            return refuse(self, error)
        except Exception as error:
            log.failure(type(self).__name__, error)
            self.abandon()
            raise

    def invoke(self, context: Context, event: Event) -> Status:
        """Begin, and look for the end at every tick."""
        try:
            self.start(context)
        except GestureError as error:
            return refuse(self, error)
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(self.tick, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Status:
        """Look for the end; everything else goes on as usual."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        redraw_panels(context)
        try:
            if not self.ended(context):
                return {"PASS_THROUGH"}
            self._stop_looking(context)
            return self.conclude(context)
        except GestureError as error:
            self._stop_looking(context)
            return refuse(self, error)
        except Exception as error:  # nobody would look again: the panel would show it as under way
            log.failure(type(self).__name__, error)
            self.cancel(context)
            raise

    def cancel(self, context: Context) -> None:
        """Blender ends the operator: its window closes or another file is loaded."""
        self._stop_looking(context)
        self.abandon()

    def _stop_looking(self, context: Context) -> None:
        if self._timer is not None:
            manager: Any = context.window_manager
            manager.event_timer_remove(self._timer)
            self._timer = None

    def tell(self, kind: set[str], message: str) -> None:
        """Report MESSAGE in the user's language."""
        operator: Any = self
        log.said(type(self).__name__, kind, message)
        operator.report(kind, bpy.app.translations.pgettext_rpt(message))
