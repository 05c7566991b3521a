# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up the engine: build the Python it runs in, when the user asks for it."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import engine, engine_setup, preferences
from ..engine_setup import EngineSetup
from ..errors import GestureError
from ..paths import ENGINE_DIR
from ..redraw import redraw_panels

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from .status import Status

OFFLINE: Final = "Allow online access in the preferences first (System > Network)"
TICK: Final = 0.2  # seconds between two looks at the set-up

_running: EngineSetup | None = None


def running() -> EngineSetup | None:
    """The set-up under way, if any."""
    return _running


def offline_reason() -> str:
    """Why nothing may be downloaded, and what to do; "" if it may."""
    return "" if bpy.app.online_access else OFFLINE


def stop() -> None:
    """End the set-up, if one is under way."""
    global _running
    if _running is not None:
        _running.cancel()
        _running = None


class GESTURES_OT_engine_setup(bpy.types.Operator):
    bl_idname = "gestures.engine_setup"
    bl_label = "Set Up the Engine"
    bl_description = "Download the engine's Python packages: PyTorch and others, 1 to 3 GB"

    _timer: bpy.types.Timer

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs leave to go online."""
        reason = "It is being set up" if _running else offline_reason()
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: Context) -> Status:
        """Set it up and wait: for scripts."""
        if not self._begin():
            return {"CANCELLED"}
        while _running is not None and _running.outcome is None:
            time.sleep(TICK)
        return self._conclude()

    def invoke(self, context: Context, event: Event) -> Status:
        """Set it up in the background."""
        if not self._begin():
            return {"CANCELLED"}
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(TICK, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Status:
        """Look how far it is; everything else goes on as usual."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        redraw_panels(context)
        if _running is not None and _running.outcome is None:
            return {"PASS_THROUGH"}
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)
        return self._conclude()

    def cancel(self, context: Context) -> None:
        """Blender ends the operator."""
        stop()

    def _begin(self) -> bool:
        global _running
        try:
            arguments = shlex.split(preferences.get().pip_arguments)
            requirements = [*engine_setup.requirements_of(ENGINE_DIR), *arguments]
            python = engine_setup.find_python()
        except (GestureError, ValueError) as error:
            self.report({"ERROR"}, str(error))
            return False
        engine.stop()
        _running = EngineSetup(
            python,
            engine.setup_folder(),
            requirements,
            engine.BUILT_MARKER,
            torch_index="" if arguments else engine_setup.torch_index(),
        )
        return True

    def _conclude(self) -> Status:
        global _running
        ended, _running = _running, None
        outcome = ended.outcome if ended else "Cancelled: nothing was installed."
        self.report({"ERROR"} if outcome else {"INFO"}, outcome or "The engine is set up.")
        return {"CANCELLED"} if outcome else {"FINISHED"}


class GESTURES_OT_engine_setup_cancel(bpy.types.Operator):
    bl_idname = "gestures.engine_setup_cancel"
    bl_label = "Cancel the Set-Up"
    bl_description = "Stop setting up the engine and remove what was installed"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Only while it is being set up."""
        return _running is not None

    def execute(self, context: Context) -> Status:
        """Ask; the operator that waits tells the outcome."""
        if _running is not None:
            _running.cancel()
        return {"FINISHED"}


CLASSES: Final = (GESTURES_OT_engine_setup, GESTURES_OT_engine_setup_cancel)
