# SPDX-License-Identifier: GPL-3.0-or-later
"""Set up the engine: the Python it runs in, moved and removed too, and the models it uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import StringProperty

from ..engine import installation, jobs, models, preferences, process, wanted
from ..engine.install import EngineSetup
from ..engine.models import ModelImport
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

    directory: StringProperty(
        name="Folder", description="The folder that it is moved into", subtype="DIR_PATH"
    )

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


class GESTURES_OT_model_choose(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.model_choose"
    bl_label = "Use This Model"
    bl_description = "Make new takes with this model; takes that are there keep theirs"

    model: StringProperty(name="Model", description="Its file; empty for the default")

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Not while the engine works."""
        return jobs.why_not_now(needs_engine=False)

    def do(self, context: Context) -> None:
        """Choose it. Raises GestureError where there is none of that name."""
        if self.model not in [model.name for model in models.listed()]:
            raise GestureError(f"There is no model '{self.model}': choose one of the list.")
        preferences.choose_model(self.model)
        process.stop()  # it loads the other one when it starts again


class GESTURES_OT_model_remove(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.model_remove"
    bl_label = "Remove This Model"
    bl_description = (
        "Delete this copy of the model. Takes that were made with it stay, but the engine cannot "
        "change them any more"
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """The default stays."""
        if not preferences.get().model:
            return "The default belongs to the add-on"
        return jobs.why_not_now(needs_engine=False)

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask first."""
        manager: Any = context.window_manager
        answer: Status = manager.invoke_confirm(self, event)
        return answer

    def do(self, context: Context) -> str:
        """Remove it and use the default."""
        name = preferences.get().model
        models.remove(name)
        preferences.choose_model("")
        return f"'{name}' is removed: the default model is used."


class GESTURES_OT_model_import(InBackground, bpy.types.Operator):
    bl_idname = "gestures.model_import"
    bl_label = "Bring In a Model"
    bl_description = (
        "Copy a model that ha2g trained or imported (.safetensors), with the card beside it; a "
        "published .bin is read by the full engine. Models run no code"
    )

    done = "The model is on the list."

    filepath: StringProperty(name="File", description="The model's file", subtype="FILE_PATH")
    filter_glob: StringProperty(default="*.safetensors;*.bin", options={"HIDDEN"})

    @classmethod
    def why_not(cls, context: Context) -> str:
        """One thing at a time."""
        return "The engine is being set up" if installation.running() else ""

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask for the file."""
        manager: Any = context.window_manager
        manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def start(self, context: Context) -> None:
        """Begin in the background, and use it once it is there."""
        work = ModelImport(Path(bpy.path.abspath(self.filepath)))
        self.follow(lambda: work, lambda: preferences.choose_model(work.name))


CLASSES: Final = (
    GESTURES_OT_engine_setup,
    GESTURES_OT_engine_setup_cancel,
    GESTURES_OT_engine_remove,
    GESTURES_OT_engine_move,
    GESTURES_OT_model_choose,
    GESTURES_OT_model_remove,
    GESTURES_OT_model_import,
)
