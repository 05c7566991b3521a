# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up the engine: build the Python it runs in, when the user asks for it.

The set-up needs no window: closing one, or opening a file, ends the operator and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from .. import log
from ..engine import install, jobs, preferences, process
from ..engine.install import EngineSetup
from ..paths import ENGINE_DIR
from ..redraw import redraw_panels
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context

    from .status import Status

OFFLINE: Final = "Allow online access in the preferences first (System > Network)"
TICK: Final = 0.2  # seconds between two looks at it

_running: EngineSetup | None = None
_problem = ""


def running() -> EngineSetup | None:
    """The set-up under way, if any."""
    return _running


def problem() -> str:
    """Why the last set-up failed; "" if it did not."""
    return _problem


def offline_reason() -> str:
    """Why nothing may be downloaded, and what to do; "" if it may."""
    return "" if bpy.app.online_access else OFFLINE


def stop() -> None:
    """End the set-up, if one is under way."""
    global _running
    if _running is not None:
        _running.cancel()
        _running = None


def _begin(setup: EngineSetup) -> None:
    """Follow SETUP to its end, whatever is opened or closed meanwhile."""
    global _running, _problem
    _running, _problem = setup, ""
    if not bpy.app.timers.is_registered(look):
        bpy.app.timers.register(look, first_interval=TICK, persistent=True)


@log.watching("set-up's timer")
def look() -> float | None:
    """Show how far it is; the seconds until the next look, None when it has ended."""
    global _running, _problem
    redraw_panels(bpy.context)
    if _running is None:
        return None
    if _running.outcome is None:
        return TICK
    ended, _running = _running, None
    _problem = "" if ended.cancelled else ended.outcome or ""
    return None


class SetsUp(Waiting):
    """Begins the set-up and, as long as its window is there, waits to tell the outcome."""

    _setup: EngineSetup

    def start(self, context: Context) -> None:
        """Begin in the background."""
        arguments = install.arguments_in(preferences.get().pip_arguments)
        requirements = install.requirements_of(ENGINE_DIR)
        python = install.find_python()
        jobs.abandon()
        process.stop()
        self._setup = EngineSetup(
            python,
            process.setup_folder(),
            requirements,
            process.BUILT_MARKER,
            arguments=arguments,
            torch_index="" if arguments else install.torch_index(),
        )
        _begin(self._setup)

    def ended(self, context: Context) -> bool:
        """Look how far it is."""
        return self._setup.outcome is not None

    def conclude(self, context: Context) -> Status:
        """Tell the outcome."""
        look()
        outcome = self._setup.outcome
        failed = bool(outcome) and not self._setup.cancelled
        self.tell({"ERROR"} if failed else {"INFO"}, outcome or "The engine is set up.")
        return {"CANCELLED"} if outcome else {"FINISHED"}

    def abandon(self) -> None:
        """Let it go on: the panel tells how it ends."""


class GESTURES_OT_engine_setup(SetsUp, bpy.types.Operator):
    bl_idname = "gestures.engine_setup"
    bl_label = "Set Up the Engine"
    bl_description = "Download the engine's Python packages: PyTorch and others, 1 to 3 GB"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs leave to go online."""
        reason = "It is being set up" if _running else offline_reason()
        if reason:
            cls.poll_message_set(reason)
        return not reason


class GESTURES_OT_engine_setup_cancel(bpy.types.Operator):
    bl_idname = "gestures.engine_setup_cancel"
    bl_label = "Cancel the Set-Up"
    bl_description = "Stop setting up the engine; one that was there before is kept"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Only while it is being set up."""
        return _running is not None

    def execute(self, context: Context) -> Status:
        """Ask; the operator that waits, or the panel, shows that it ended."""
        if _running is not None:
            _running.cancel()
        return {"FINISHED"}


CLASSES: Final = (GESTURES_OT_engine_setup, GESTURES_OT_engine_setup_cancel)
