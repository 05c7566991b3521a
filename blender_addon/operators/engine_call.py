# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that ask the engine have in common: ask, wait without blocking, apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import jobs
from ..engine_client import Failure, Result
from ..errors import GestureError
from ..redraw import redraw_panels

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from ..jobs import Job
    from .status import Status

TICK: Final = 0.1  # seconds between two looks at the engine


class EngineCall:
    """Base of such operators. From a script it waits; from the panel it runs beside it.

    The whole change is made in apply(), so that undo takes it back in one step.
    """

    _job: jobs.Job
    _timer: bpy.types.Timer

    def begin(self, context: Context) -> Job:
        """Check the inputs and send the request. Raises GestureError."""
        raise NotImplementedError

    def apply(self, context: Context, result: Result) -> None:
        """Use the engine's answer. Raises GestureError, with nothing changed."""
        raise NotImplementedError

    def execute(self, context: Context) -> Status:
        """Ask and wait for the answer."""
        try:
            job = self.begin(context)
        except GestureError as error:
            return self._refuse(error)
        jobs.wait(job)
        return self._conclude(context, job)

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask, and look for the answer ten times a second."""
        try:
            self._job = self.begin(context)
        except GestureError as error:
            return self._refuse(error)
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(TICK, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Status:
        """Look for the answer; everything else goes on as usual."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        jobs.poll()
        redraw_panels(context)
        if self._job.outcome is None:
            return {"PASS_THROUGH"}
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)
        return self._conclude(context, self._job)

    def cancel(self, context: Context) -> None:
        """Blender ends the operator: its window closes or another file is loaded."""
        jobs.abandon()

    def _conclude(self, context: Context, job: Job) -> Status:
        outcome = job.outcome
        try:
            if isinstance(outcome, Failure):
                return self._failed(outcome)
            assert outcome is not None  # both callers waited for it
            self.apply(context, outcome)
        except GestureError as error:
            return self._refuse(error)
        return {"FINISHED"}

    def _failed(self, failure: Failure) -> Status:
        if failure.kind != "cancelled":
            raise GestureError(failure.message)
        self._report({"INFO"}, "Cancelled: nothing was changed.")
        return {"CANCELLED"}

    def _refuse(self, error: GestureError) -> Status:
        self._report({"ERROR"}, str(error))
        return {"CANCELLED"}

    def _report(self, kind: set[str], message: str) -> None:
        operator: Any = self
        operator.report(kind, bpy.app.translations.pgettext_rpt(message))
