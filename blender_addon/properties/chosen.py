# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene and the armature that the panel is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Context, Object, Scene

LAST: Final = 1_048_574  # Blender's last frame


def is_armature(settings: Any, candidate: Object) -> bool:
    """Whether a field for armatures takes CANDIDATE."""
    return candidate.type == "ARMATURE"


def scene_of(context: Context) -> Any:
    """CONTEXT's scene, with what the add-on keeps in it."""
    return context.scene


def go_to(context: Context, frame: float) -> None:
    """Move the playhead to the whole frame nearest to FRAME. Raises GestureError for NaN, say."""
    if not abs(frame) <= LAST:
        raise GestureError(f"There is no frame {frame:g} to go to: a time in this file is damaged.")
    scene_of(context).frame_set(round(frame))


def preview_range(context: Context) -> tuple[int, int] | None:
    """The first and last frame of the timeline's preview range; None if it is not set."""
    scene = scene_of(context)
    used = scene.use_preview_range
    return (scene.frame_preview_start, scene.frame_preview_end) if used else None


def chosen_armature(context: Context) -> Object | None:
    """The armature field's, or the active one, or the one that moves the active mesh."""
    scene = scene_of(context)
    picked = scene.gestures.armature
    if picked is not None:
        return picked if in_scene(scene, picked) else None
    active: Object | None = context.active_object
    if active is None or active.type == "ARMATURE":
        return active
    moving = active.find_armature()
    return moving if moving is not None and in_scene(scene, moving) else None


def why_no_armature(context: Context) -> str:
    """Why no armature is chosen, in a few words; "" if one is."""
    if chosen_armature(context) is not None:
        return ""
    if (picked := scene_of(context).gestures.armature) is not None:
        return f"'{picked.name}' is not in this scene: choose another character in the panel"
    if (active := context.active_object) is not None:
        return f"Select your character: '{active.name}' has no armature"
    return "Select your character, or choose it in the panel"


def needed_armature(context: Context) -> Object:
    """The chosen armature. Raises GestureError if there is none."""
    armature = chosen_armature(context)
    if armature is None:
        raise GestureError(f"{why_no_armature(context)}.")
    return armature


def in_scene(scene: Scene, candidate: Object) -> bool:
    """Whether the object is still in SCENE: a deleted one can outlive it in a field.

    A linked object and its library override may both be there, under one name.
    """
    objects = scene.objects
    return objects.get(candidate.name) == candidate or candidate in objects.values()
