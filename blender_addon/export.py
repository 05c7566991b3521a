# SPDX-License-Identifier: GPL-3.0-or-later
"""An animated character -> a file for other programs; the scene stays as it was.

One path for the panel's button and for the shell, so both write the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from .errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Object, Scene, ViewLayer


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


def export(armature: Object, path: Path, *, first: int, last: int, meshes: bool = True) -> Path:
    """Write ARMATURE and the MESHES it moves to PATH, animated on frames FIRST to LAST.

    The suffix of PATH chooses the format: one of FORMATS. The file appears whole or not at all.
    Raises GestureError for another suffix, an empty range, or when Blender cannot write it.
    """
    writer = FORMATS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(FORMATS)
        raise GestureError(f"Cannot export '{path.name}': choose a name ending in {known}.")
    if last < first:
        raise GestureError(f"Cannot export frames {first} to {last}: the range is empty.")
    part = path.with_name(f".part-{path.name}")
    objects = parts(armature) if meshes else [armature]
    scene, layer = bpy.context.scene, bpy.context.view_layer
    assert scene is not None and layer is not None
    try:
        with _frames(scene, first, last), _selected(layer, armature, objects):
            writer(part, first, last)
        part.replace(path)
    except (RuntimeError, OSError) as error:
        reason = str(error).strip().splitlines()[-1:] or ["no reason given"]
        raise GestureError(f"Blender could not write '{path}': {reason[0]}") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def parts(armature: Object) -> list[Object]:
    """ARMATURE and the meshes it moves, by modifier or as their parent."""
    scene = bpy.context.scene
    assert scene is not None
    meshes = [o for o in scene.objects if o.type == "MESH" and _moved_by(o, armature)]
    return [armature, *meshes]


def _moved_by(mesh: Object, armature: Object) -> bool:
    by_modifier = any(
        getattr(modifier, "object", None) == armature
        for modifier in mesh.modifiers
        if modifier.type == "ARMATURE"
    )
    return by_modifier or mesh.parent == armature


# --- formats --------------------------------------------------------------------------


def _fbx(path: Path, first: int, last: int) -> None:
    """One take on the scene's range, as the panel's Bake to FBX writes it."""
    write: Any = bpy.ops.export_scene.fbx
    write(filepath=str(path), **FBX_SETTINGS)


def _glb(path: Path, first: int, last: int) -> None:
    bpy.ops.export_scene.gltf(
        filepath=str(path),
        export_format="GLB",
        use_selection=True,
        export_animation_mode="SCENE",  # what is seen, NLA included, as one animation
        export_force_sampling=True,
        export_frame_range=True,
        export_optimize_animation_size=False,
        export_anim_single_armature=True,
    )


def _bvh(path: Path, first: int, last: int) -> None:
    bpy.ops.export_anim.bvh(
        filepath=str(path), frame_start=first, frame_end=last, rotate_mode="NATIVE"
    )


def _usd(path: Path, first: int, last: int) -> None:
    bpy.ops.wm.usd_export(
        filepath=str(path),
        selected_objects_only=True,
        export_animation=True,
        export_armatures=True,
    )


FORMATS: Final[dict[str, Callable[[Path, int, int], None]]] = {
    ".fbx": _fbx,
    ".glb": _glb,
    ".bvh": _bvh,
    ".usd": _usd,
    ".usdc": _usd,
    ".usda": _usd,
}


# --- what the exporters look at, and how it was before ----------------------------------


@contextmanager
def _frames(scene: Scene, first: int, last: int) -> Iterator[None]:
    before = (scene.frame_start, scene.frame_end, scene.frame_current, scene.frame_subframe)
    scene.frame_start, scene.frame_end = first, last
    try:
        yield
    finally:
        scene.frame_start, scene.frame_end = before[:2]
        scene.frame_set(before[2], subframe=before[3])


@contextmanager
def _selected(layer: ViewLayer, active: Object, objects: list[Object]) -> Iterator[None]:
    """OBJECTS and nothing else selected, visible, ACTIVE the active one, in object mode."""
    was_active: Any = layer.objects.active
    was_selected = [o for o in layer.objects if o.select_get()]
    hidden = [o for o in objects if o.name in layer.objects and o.hide_get()]
    mode: Any = was_active.mode if was_active else "OBJECT"
    try:
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        for o in hidden:
            o.hide_set(False)
        _select(layer, active, objects)
        yield
    finally:
        for o in hidden:
            o.hide_set(True)
        _select(layer, was_active, was_selected)
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode=mode)


def _select(layer: ViewLayer, active: Any, objects: list[Object]) -> None:
    for o in layer.objects:
        o.select_set(o in objects)
    layer.objects.active = active
