# SPDX-License-Identifier: GPL-3.0-or-later
"""Bake to FBX: the armature's take as the one animation of a file for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, StringProperty

from .. import keyframes, properties
from ..errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Context, Event, Object, Scene

    from .status import Status

FBX_SETTINGS: Final = {
    "use_selection": True,
    "object_types": {"ARMATURE", "MESH"},
    "add_leaf_bones": False,
    "bake_anim": True,
    "bake_anim_use_all_bones": True,
    "bake_anim_use_nla_strips": False,  # these two would each add animations of their own
    "bake_anim_use_all_actions": False,
    "bake_anim_force_startend_keying": True,
    "bake_anim_step": 1.0,
    "bake_anim_simplify_factor": 0.0,  # every frame as it is
    "use_custom_props": False,
}


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
    embed_textures: BoolProperty(
        name="Embed Textures",
        description="Put the meshes' pictures into the file",
        default=False,
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an armature with an action."""
        armature = properties.chosen_armature(context)
        reason = "" if armature else "Select an armature first"
        if armature and keyframes.current_action(armature) is None:
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
        objects = [armature, *(moved_meshes(context, armature) if self.include_meshes else ())]
        try:
            bake(context, path, objects, embed_textures=self.embed_textures)
        except GestureError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Wrote '{path}'.")
        return {"FINISHED"}


def bake(
    context: Context, path: Path, objects: list[Object], *, embed_textures: bool = False
) -> None:
    """Write OBJECTS, an armature and its meshes, to the FBX file PATH with its action.

    Key times are the scene's frames over its rate; the file appears only when complete.
    Raises GestureError: no action, no such folder, the exporter is off or failed.
    """
    scene: Any = context.scene
    first, last = action_frames(objects[0])
    if not path.parent.is_dir():
        raise GestureError(f"The folder '{path.parent}' does not exist: choose another one.")
    temporary = path.with_name(f".{path.stem}.part.fbx")
    try:
        with frame_range(scene, first, last), context.temp_override(selected_objects=objects):
            _export(temporary, embed_textures)
        temporary.replace(path)
    except OSError as error:
        raise GestureError(f"'{path}' cannot be written ({error.strerror}).") from error
    finally:
        temporary.unlink(missing_ok=True)


def _export(path: Path, embed_textures: bool) -> None:
    if not hasattr(bpy.types, "EXPORT_SCENE_OT_fbx"):
        raise GestureError("Enable the add-on 'FBX format' in Blender's preferences first.")
    textures = {"path_mode": "COPY" if embed_textures else "AUTO", "embed_textures": embed_textures}
    export: Any = bpy.ops.export_scene.fbx
    try:
        export(filepath=str(path), **textures, **FBX_SETTINGS)
    except RuntimeError as error:
        raise GestureError(f"Blender's FBX exporter failed: {_last_line(error)}.") from error


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1].rstrip(".") if str(error).strip() else "no reason"


def action_frames(armature: Object) -> tuple[int, int]:
    """First and last frame of what ARMATURE shows. Raises GestureError without an action."""
    action = keyframes.current_action(armature)
    if action is None:
        raise GestureError(f"The armature '{armature.name}' has no take: generate gestures first.")
    return round(action.frame_range[0]), round(action.frame_range[1])


def moved_meshes(context: Context, armature: Object) -> list[Object]:
    """The meshes of the scene that ARMATURE moves, and that are not switched off."""
    scene: Any = context.scene
    return [
        candidate
        for candidate in scene.objects
        if candidate.type == "MESH"
        and not candidate.hide_viewport
        and armature in (candidate.find_armature(), candidate.parent)
    ]


@contextmanager
def frame_range(scene: Scene, first: int, last: int) -> Iterator[None]:
    """The scene cut to FIRST..LAST for a while; range and current frame come back."""
    before = scene.frame_start, scene.frame_end, scene.frame_current
    scene.frame_start, scene.frame_end = first, last
    try:
        yield
    finally:
        scene.frame_start, scene.frame_end = before[:2]
        scene.frame_set(before[2])


def _action_name(context: Context) -> str:
    armature = properties.chosen_armature(context)
    action = keyframes.current_action(armature) if armature else None
    return bpy.path.clean_name(action.name) if action else "gestures"


CLASSES: Final = (GESTURES_OT_bake,)
