# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that ask the engine have in common: ask, wait without blocking, apply."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Final

from .. import references
from ..engine import jobs
from ..engine.client import Failure, Result
from ..errors import GestureError
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context

    from ..engine.jobs import Job
    from .base import Status

Steps = Generator[float, None, None]
AT_ONCE: Final = 0.06  # seconds of work between two looks at the window


class EngineCall(Waiting):
    """Base of such operators: ask, wait, apply.

    Long answers are applied in steps; nothing that the user sees changes before the last one.
    """

    _job: jobs.Job
    _steps: Steps | None = None
    _valid: int = 0

    def begin(self, context: Context) -> Job:
        """Check the inputs and send the request. Raises GestureError."""
        raise NotImplementedError

    def apply(self, context: Context, result: Result) -> Steps | None:
        """Use the engine's answer: at once, or in the steps returned (part done, 0..1, each).

        Raises GestureError, with nothing changed. Steps are begun anew when undo, redo or
        loading made their references to Blender's data void.
        """
        raise NotImplementedError

    def start(self, context: Context) -> None:
        """Ask."""
        self._job = self.begin(context)

    def ended(self, context: Context) -> bool:
        """Look for the answer; once it is there, apply it for a moment."""
        jobs.poll()
        outcome = self._job.outcome
        if outcome is None:
            return False
        if isinstance(outcome, Failure):
            return True
        return self._applied(context, outcome)

    def conclude(self, context: Context) -> Status:
        """Tell why there was no answer."""
        jobs.release(self._job)
        outcome = self._job.outcome
        if not isinstance(outcome, Failure):
            return {"FINISHED"}
        if outcome.kind != "cancelled":
            raise GestureError(outcome.message)
        self.tell({"INFO"}, "Cancelled: nothing was changed.")
        return {"CANCELLED"}

    def abandon(self) -> None:
        """End the engine if it works on this, and drop what is not applied yet."""
        if self._steps is not None:
            self._steps.close()
        jobs.abandon()

    def _applied(self, context: Context, result: Result) -> bool:
        """Take steps for a moment; whether the last one was taken."""
        try:
            if self._job.cancelling:
                self._job.outcome = Failure(self._job.number, "cancelled", "Cancelled.")
                return self._closed()
            if self._steps is None or self._valid != references.generation():
                self._closed()
                self._valid = references.generation()
                self._steps = self.apply(context, result)
            return self._steps is None or self._stepped(self._steps)
        except Exception:  # whatever it is, the engine is free again
            jobs.release(self._job)
            raise

    def _stepped(self, steps: Steps) -> bool:
        jobs.hold(self._job, "Writing the keys")
        until = time.monotonic() + AT_ONCE
        for fraction in steps:
            self._job.fraction = fraction
            if time.monotonic() > until:
                return False
        return True

    def _closed(self) -> bool:
        if self._steps is not None:
            self._steps.close()
            self._steps = None
        return True
