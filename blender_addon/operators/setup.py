# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up the engine: build the Python it runs in, when the user asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import StringProperty

from ..engine import installation, jobs, preferences, process, wanted
from ..engine.install import EngineSetup
from ..engine.moving import EngineMove, EngineRemoval
from ..errors import GestureError
from .base import AtOnce
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context, Event

    from .base import Status


class InBackground(Waiting):
    """Begins such work and, as long as its window is there, waits to tell the outcome."""

    done = ""
    _setup: installation.Work

    def follow(
        self, work: Callable[[], installation.Work], then: Callable[[], None] | None = None
    ) -> None:
        """Begin WORK, with no engine in its way; THEN, if it succeeded."""
        jobs.abandon()
        process.stop()
        self._setup = work()
        installation.begin(self._setup, then)

    def ended(self, context: Context) -> bool:
        """Look how far it is."""
        return self._setup.outcome is not None

    def conclude(self, context: Context) -> Status:
        """Tell the outcome."""
        installation.look()
        outcome = self._setup.outcome
        failed = bool(outcome) and not self._setup.cancelled
        self.tell({"ERROR"} if failed else {"INFO"}, outcome or self.done)
        return {"CANCELLED"} if outcome else {"FINISHED"}

    def abandon(self) -> None:
        """Let it go on: the panel tells how it ends."""


class SetsUp(InBackground):
    """Sets it up."""

    done = "The engine is set up."

    def start(self, context: Context) -> None:
        """Begin in the background."""
        recipe = wanted.instructions()
        self.follow(lambda: EngineSetup(recipe, process.BUILT_MARKER))


class GESTURES_OT_engine_setup(SetsUp, bpy.types.Operator):
    bl_idname = "gestures.engine_setup"
    bl_label = "Set Up the Engine"
    bl_description = (
        "Download the parts of the full engine that are ticked in the preferences, PyTorch among "
        "them; what is there already is repaired. The light engine needs none"
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs leave to go online."""
        return "It is being set up" if installation.running() else installation.offline_reason()


class GESTURES_OT_engine_setup_cancel(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.engine_setup_cancel"
    bl_label = "Cancel the Set-Up"
    bl_description = (
        "Stop setting up the engine; one that was there before is kept, and what was "
        "downloaded is there the next time"
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Only while it is being set up."""
        return "" if installation.running() else "The engine is not being set up"

    def do(self, context: Context) -> None:
        """Ask; the operator that waits, or the panel, shows that it ended."""
        if (under_way := installation.running()) is not None:
            under_way.cancel()


def _why_not_there() -> str:
    """Why nothing can be done to the engine's folder; "" if it can."""
    if installation.running():
        return "It is being set up, moved or removed"
    return "" if process.setup_folder().is_dir() else "No full engine was set up here"


class GESTURES_OT_engine_remove(InBackground, bpy.types.Operator):
    bl_idname = "gestures.engine_remove"
    bl_label = "Remove the Full Engine"
    bl_description = "Delete the full engine's folder and what was downloaded for it"

    done = "The full engine is removed: the light one runs."

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs one."""
        return _why_not_there()

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask first."""
        manager: Any = context.window_manager
        answer: Status = manager.invoke_confirm(self, event)
        return answer

    def start(self, context: Context) -> None:
        """Begin in the background."""
        self.follow(lambda: EngineRemoval(process.setup_folder()))


class GESTURES_OT_engine_move(InBackground, bpy.types.Operator):
    bl_idname = "gestures.engine_move"
    bl_label = "Move the Full Engine"
    bl_description = "Move the full engine to another folder, such as one on a larger disk"

    done = "The full engine is moved."

    directory: StringProperty(name="Folder", subtype="DIR_PATH")

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs one that is finished."""
        return _why_not_there() or ("" if process.is_built() else "Set it up first")

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask where to."""
        manager: Any = context.window_manager
        manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def start(self, context: Context) -> None:
        """Begin in the background. Raises GestureError without a folder."""
        chosen = Path(bpy.path.abspath(self.directory)) if self.directory else None
        if chosen is None or not chosen.is_dir():
            raise GestureError(f"The folder '{self.directory}' does not exist: choose another one.")
        here, there = process.setup_folder(), chosen / process.OWN_FOLDER
        self.follow(lambda: EngineMove(here, there), lambda: preferences.keep_folder(str(chosen)))


CLASSES: Final = (
    GESTURES_OT_engine_setup,
    GESTURES_OT_engine_setup_cancel,
    GESTURES_OT_engine_remove,
    GESTURES_OT_engine_move,
)
