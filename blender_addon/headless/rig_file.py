# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig file -> the armature in the open scene."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Object


def load(path: Path, name: str | None = None) -> Object:
    """Open or import PATH (.blend, .fbx, .glb, .gltf) and return its armature.

    name: which one; without it the one with most bones that is not linked.
    Raises GestureError when Blender cannot read the file or it has no such armature.
    """
    try:
        _open(path)
    except (RuntimeError, OSError, AttributeError, ValueError) as error:
        raise GestureError(f"Blender cannot read '{path.name}' as a rig.") from error
    return _chosen(path, name)


def _open(path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)
        return
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path), use_anim=False)
    else:
        bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True)
        _forget_animation()
    find_textures(path.parent)


def _forget_animation() -> None:
    """Take off the actions that came with an imported character."""
    for owner in bpy.data.objects:
        owner.animation_data_clear()
    for action in list(bpy.data.actions):
        bpy.data.actions.remove(action)


def _chosen(path: Path, name: str | None) -> Object:
    scene = bpy.context.scene
    assert scene is not None
    found = [o for o in scene.objects if o.type == "ARMATURE" and name in (None, o.name)]
    if not found:
        what = f"armature '{name}'" if name else "armature"
        raise GestureError(f"'{path.name}' has no {what}: choose a file with a rigged character.")
    return max(found, key=_rank)


def _rank(armature: Object) -> tuple[bool, int]:
    data: Any = armature.data
    return armature.library is None, len(data.bones)


def find_textures(folder: Path) -> None:
    """Give images whose file is gone the picture of the same name in FOLDER or its textures/.

    FBX files carry the paths of the machine they were made on.
    """
    for image in bpy.data.images:
        if image.source != "FILE" or image.packed_file:
            continue
        if Path(bpy.path.abspath(image.filepath)).is_file():
            continue
        stem = Path(image.filepath.replace("\\", "/")).stem
        for found in sorted([*folder.glob("*"), *folder.glob("textures/*")]):
            if found.stem == stem and found.suffix.lower() in (".png", ".jpg", ".jpeg"):
                image.filepath = str(found)
                image.reload()
                image.pack()
                break
