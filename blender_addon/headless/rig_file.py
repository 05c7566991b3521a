# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig file -> the armature in the open scene."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import bpy
import numpy as np
from mathutils import Matrix

from ..errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Object

LONGEST: Final = 200  # characters of a reader's reason


class Reader(NamedTuple):
    """Blender's operator for a format."""

    format: str
    operator: str
    options: dict[str, Any]


GLTF: Final = Reader("glTF", "import_scene.gltf", {"disable_bone_shape": True})
READERS: Final = {  # beside .blend
    ".fbx": Reader("FBX", "import_scene.fbx", {"use_anim": False}),
    ".glb": GLTF,
    ".gltf": GLTF,
    ".vrm": GLTF,
    ".bvh": Reader("BVH", "import_anim.bvh", {}),
    ".dae": Reader("Collada", "wm.collada_import", {}),
}
FBX_CURVES: Final = b"AnimationCurveNode"  # stands in every animated file, binary or text
AT_REST: Final = 1e-3  # by which a number of a bone's pose may miss the rest pose's


def load(
    path: Path, name: str | None = None, tell: Callable[[str], None] = lambda remark: None
) -> Object:
    """Open or import PATH (one of RIG_SUFFIXES) and return its armature.

    name: which one; without it the one with most bones that is not linked. An imported character
    that came animated is put to its rest pose, and TELL gets a sentence about it.
    Raises GestureError when Blender cannot read the file or it has no such armature.
    """
    try:
        animated = _open(path)
    except (RuntimeError, OSError, AttributeError, ValueError) as error:
        raise GestureError(
            f"Blender cannot read '{path.name}' as a rig: {_reason(error)}."
        ) from error
    armature = _chosen(path, name)
    if animated and _put_to_rest(armature):
        tell(
            f"'{armature.name}' came animated: bones that the take does not move start from the "
            "rest pose, not from that animation."
        )
    return armature


def _open(path: Path) -> bool:
    """Whether what was imported is animated; of a .blend the user decides what stays."""
    suffix = path.suffix.lower()
    if suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)
        return False
    bpy.ops.wm.read_factory_settings(use_empty=True)
    reader = READERS[suffix]
    _need(reader)
    group, name = reader.operator.split(".")
    getattr(getattr(bpy.ops, group), name)(filepath=str(path), **reader.options)
    animated = FBX_CURVES in path.read_bytes() if suffix == ".fbx" else bool(bpy.data.actions)
    _forget_animation()
    find_textures(path.parent)
    return animated


def _need(reader: Reader) -> None:
    """Raise GestureError where this Blender has none for the format."""
    group, name = reader.operator.split(".")
    if name not in dir(getattr(bpy.ops, group)):
        raise GestureError(
            f"Blender {bpy.app.version_string} reads no {reader.format}: save the character as "
            "FBX or glTF."
        )


def _reason(error: Exception) -> str:
    """What a reader said last, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if not line.startswith("Location:")), "")
    return (
        re.sub(r"^((Error|RuntimeError): *)+", "", said).rstrip(". ")[:LONGEST] or "it is damaged"
    )


def _put_to_rest(armature: Object) -> bool:
    """Clear the pose of ARMATURE; whether there was one."""
    posed = False
    for bone in armature.pose.bones if armature.pose else ():
        posed |= bool(np.abs(np.array(bone.matrix_basis) - np.eye(4)).max() > AT_REST)
        bone.matrix_basis = Matrix.Identity(4)
    return posed


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
