# SPDX-License-Identifier: GPL-3.0-or-later
"""Bake to FBX: the armature's take as the one animation of a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, StringProperty

from .. import keyframes, properties, take_list
from ..errors import GestureError
from ..export import export

if TYPE_CHECKING:
    from bpy.types import Action, Context, Event, Object

    from .status import Status


class GESTURES_OT_bake(bpy.types.Operator):
    bl_idname = "gestures.bake"
    bl_label = "Bake to FBX"
    bl_description = "Write the armature with the take it shows as an FBX file, one key a frame"

    filepath: StringProperty(name="File", description="The FBX file to write", subtype="FILE_PATH")
    filter_glob: StringProperty(default="*.fbx", options={"HIDDEN"})
    check_existing: BoolProperty(default=True, options={"HIDDEN"})
    include_meshes: BoolProperty(
        name="Meshes",
        description="Write the meshes that the armature moves, too",
        default=True,
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an armature with an action."""
        armature = properties.chosen_armature(context)
        reason = "" if armature else "Select an armature first"
        if armature and not _played(armature):
            reason = "The armature has no take yet: generate gestures first"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: Context, event: Event) -> Status:
        """Ask for the file, named after the take."""
        if not self.filepath:
            folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
            self.filepath = str(folder / f"{_action_name(context)}.fbx")
        manager: Any = context.window_manager
        manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> Status:
        """Write it."""
        armature = properties.chosen_armature(context)
        assert armature is not None  # poll looked
        path = Path(bpy.path.abspath(bpy.path.ensure_ext(self.filepath, ".fbx")))
        try:
            bake(armature, path, meshes=self.include_meshes)
        except GestureError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Wrote '{path}'.")
        return {"FINISHED"}


def bake(armature: Object, path: Path, *, meshes: bool = True) -> None:
    """Write ARMATURE, with its meshes or without, and the frames of its takes to PATH.

    Key times are the scene's frames over its rate; the file appears only when complete.
    Raises GestureError: no action, no such folder, the exporter is off or failed.
    """
    played = _played(armature)
    if not played:
        raise GestureError(f"The armature '{armature.name}' has no take: generate gestures first.")
    if not path.parent.is_dir():
        raise GestureError(f"The folder '{path.parent}' does not exist: choose another one.")
    if not hasattr(bpy.types, "EXPORT_SCENE_OT_fbx"):
        raise GestureError("Enable the add-on 'FBX format' in Blender's preferences first.")
    first = round(min(action.frame_range[0] for action in played))
    last = round(max(action.frame_range[1] for action in played))
    export(armature, path, first=first, last=last, meshes=meshes)


def _played(armature: Object) -> list[Action]:
    """What ARMATURE shows: its action, or else the accepted takes."""
    active = keyframes.current_action(armature)
    seen = [entry.action for entry in take_list.visible_takes(armature)]
    return seen if active is None or active in seen else [active]


def _action_name(context: Context) -> str:
    armature = properties.chosen_armature(context)
    played = _played(armature) if armature else []
    return bpy.path.clean_name(played[0].name) if played else "gestures"


CLASSES: Final = (GESTURES_OT_bake,)
