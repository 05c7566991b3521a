# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up the engine: build the Python it runs in, when the user asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..engine import install, installation, jobs, preferences, process
from ..engine.install import EngineSetup
from ..paths import ENGINE_DIR
from .base import AtOnce
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context

    from .base import Status


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
        installation.begin(self._setup)

    def ended(self, context: Context) -> bool:
        """Look how far it is."""
        return self._setup.outcome is not None

    def conclude(self, context: Context) -> Status:
        """Tell the outcome."""
        installation.look()
        outcome = self._setup.outcome
        failed = bool(outcome) and not self._setup.cancelled
        self.tell({"ERROR"} if failed else {"INFO"}, outcome or "The engine is set up.")
        return {"CANCELLED"} if outcome else {"FINISHED"}

    def abandon(self) -> None:
        """Let it go on: the panel tells how it ends."""


class GESTURES_OT_engine_setup(SetsUp, bpy.types.Operator):
    bl_idname = "gestures.engine_setup"
    bl_label = "Set Up the Engine"
    bl_description = (
        "Download the full engine's Python packages: PyTorch and others, 1 to 3 GB. The light "
        "engine needs none"
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs leave to go online."""
        return "It is being set up" if installation.running() else installation.offline_reason()


class GESTURES_OT_engine_setup_cancel(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.engine_setup_cancel"
    bl_label = "Cancel the Set-Up"
    bl_description = "Stop setting up the engine; one that was there before is kept"

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Only while it is being set up."""
        return "" if installation.running() else "The engine is not being set up"

    def do(self, context: Context) -> None:
        """Ask; the operator that waits, or the panel, shows that it ended."""
        if (under_way := installation.running()) is not None:
            under_way.cancel()


CLASSES: Final = (GESTURES_OT_engine_setup, GESTURES_OT_engine_setup_cancel)
