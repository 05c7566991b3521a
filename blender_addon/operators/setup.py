# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up the engine: build the Python it runs in, when the user asks for it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import bpy

from .. import engine, engine_setup, preferences
from ..engine_setup import EngineSetup
from ..errors import GestureError
from ..paths import ENGINE_DIR
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context

    from .status import Status

OFFLINE: Final = "Allow online access in the preferences first (System > Network)"

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


class GESTURES_OT_engine_setup(Waiting, bpy.types.Operator):
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

    def start(self, context: Context) -> None:
        """Begin in the background."""
        global _running
        try:
            arguments = shlex.split(preferences.get().pip_arguments)
        except ValueError as error:
            raise GestureError(f"The arguments for pip cannot be read ({error}).") from error
        requirements = [*engine_setup.requirements_of(ENGINE_DIR), *arguments]
        python = engine_setup.find_python()
        engine.stop()
        _running = EngineSetup(
            python,
            engine.setup_folder(),
            requirements,
            engine.BUILT_MARKER,
            torch_index="" if arguments else engine_setup.torch_index(),
        )

    def ended(self, context: Context) -> bool:
        """Look how far it is."""
        return _running is None or _running.outcome is not None

    def conclude(self, context: Context) -> Status:
        """Tell the outcome."""
        global _running
        finished, _running = _running, None
        outcome = finished.outcome if finished else "Cancelled: nothing was installed."
        self.tell({"ERROR"} if outcome else {"INFO"}, outcome or "The engine is set up.")
        return {"CANCELLED"} if outcome else {"FINISHED"}

    def abandon(self) -> None:
        """End it."""
        stop()


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
