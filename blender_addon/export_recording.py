# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character's bones do on every frame, as seen: nothing of it is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from .errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Bone, Object, Scene

    from .retarget.rotations import Floats

SAME: Final = 1e-3  # of a bone's length: joints nearer than this are one


@dataclass(frozen=True)
class Recording:
    """The character as it was seen, in world space.

    bones: B names, parents first; parents: (B,) index into them or -1; lengths: (B,) of the
    bones; rest: (B, 4, 4); poses: (T, B, 4, 4); owner: (4, 4), the armature object on the first
    frame; fps: frames a second.
    """

    bones: tuple[str, ...]
    parents: tuple[int, ...]
    lengths: tuple[float, ...]
    rest: Floats
    poses: Floats
    owner: Floats
    fps: float


def parts(armature: Object) -> list[Object]:
    """ARMATURE and the meshes it moves, by modifier or as their parent."""
    scene = bpy.context.scene
    assert scene is not None
    meshes = [o for o in scene.objects if o.type == "MESH" and _moved_by(o, armature)]
    return [armature, *meshes]


def _moved_by(mesh: Object, armature: Object) -> bool:
    return armature in _modified_by(mesh) or mesh.parent == armature


def _modified_by(mesh: Object) -> list[Object]:
    """The armatures of MESH's modifiers."""
    found: list[Any] = [one for one in mesh.modifiers if one.type == "ARMATURE"]
    return [one.object for one in found]


def wanted_bones(armature: Object, deform_only: bool) -> list[Bone]:
    """ARMATURE's bones, parents first; with DEFORM_ONLY those that move a mesh.

    Raises GestureError when there are none, or when the armature is being edited.
    """
    data: Any = armature.data
    if data.is_editmode:
        raise GestureError(
            f"The armature '{armature.name}' is in Edit Mode: leave it (Tab) and try again."
        )
    bones = [bone for bone in data.bones if bone.use_deform or not deform_only]
    if not bones:
        raise GestureError(
            f"No bone of '{armature.name}' deforms a mesh: export all bones, or switch Deform on "
            "for those that should."
        )
    return bones


def bone_parents(armature: Object, bones: Sequence[Bone]) -> tuple[int, ...]:
    """For each of BONES the index of the one that carries it, -1 for none.

    The nearest bone above that is among them; where a control rig puts helpers between, the one
    of BONES that copies the helper, or lies on it, counts as the helper.
    """
    index = {bone.name: i for i, bone in enumerate(bones)}
    copies = _copied(armature, index)
    found: dict[str, str] = {}
    for bone in bones:
        for above in bone.parent_recursive:
            name = above.name if above.name in index else copies.get(above.name, "")
            if name and bone.name not in _line(name, found):
                found[bone.name] = name
                break
    return tuple(index.get(found.get(bone.name, ""), -1) for bone in bones)


def _line(name: str, parents: dict[str, str]) -> list[str]:
    line = [name]
    while line[-1] in parents:
        line.append(parents[line[-1]])
    return line


def _copied(armature: Object, index: dict[str, int]) -> dict[str, str]:
    """{helper: the bone of INDEX that copies all of its transforms, or lies on it below it}."""
    found: dict[str, str] = {}
    for bone in armature.pose.bones if armature.pose else ():
        if bone.name not in index:
            continue
        above = bone.parent
        if above and (bone.bone.head_local - above.bone.head_local).length < SAME * bone.length:
            found.setdefault(above.name, bone.name)
        for one in bone.constraints:
            constraint: Any = one
            if constraint.type == "COPY_TRANSFORMS" and constraint.target == armature:
                found.setdefault(constraint.subtarget, bone.name)
    return found


def record(
    armature: Object, bones: Sequence[Bone], scene: Scene, times: Floats, fps: float
) -> Recording:
    """BONES of ARMATURE on the frames TIMES, as they are seen, whatever moves them."""
    names = [bone.name for bone in bones]
    owners, poses = [], []
    with _seen_in(scene, armature):
        for time in times:
            scene.frame_set(int(np.floor(time)), subframe=float(time - np.floor(time)))
            graph: Any = scene.view_layers[0].depsgraph
            seen: Any = armature.evaluated_get(graph)
            owners.append(np.array(seen.matrix_world))
            poses.append(np.array([seen.pose.bones[name].matrix for name in names]))
    worlds = np.array(owners)
    return Recording(
        bones=tuple(names),
        parents=bone_parents(armature, bones),
        lengths=tuple(bone.length for bone in bones),
        rest=worlds[0] @ np.array([bone.matrix_local for bone in bones]),
        poses=worlds[:, None] @ np.array(poses),
        owner=worlds[0],
        fps=fps,
    )


@contextmanager
def _seen_in(scene: Scene, armature: Object) -> Iterator[None]:
    """ARMATURE in SCENE, too, and visible: what is hidden is not evaluated."""
    hidden = armature.hide_viewport
    scene.collection.objects.link(armature)
    armature.hide_viewport = False
    try:
        yield
    finally:
        scene.collection.objects.unlink(armature)
        armature.hide_viewport = hidden
