# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character's bones do on every frame, as seen: nothing of it is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from ..errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Bone, Object, Scene

    from ..body.rotations import Floats

SAME: Final = 1e-3  # of a bone's length: joints nearer than this are one
SURFACES: Final = {  # what else than a mesh is drawn, by type; a curve only where it is thick
    "CURVES", "FONT", "GPENCIL", "GREASEPENCIL", "META", "POINTCLOUD", "SURFACE", "VOLUME",
}  # fmt: skip


@dataclass(frozen=True)
class SeenMesh:
    """A mesh as it was seen. places: (T, 4, 4) in the world; shapes: {shape key: (T,) values}."""

    mesh: Object
    places: Floats
    shapes: dict[str, Floats]


@dataclass(frozen=True)
class Recording:
    """The character as it was seen, in world space.

    bones: B names, parents first; parents: (B,) index into them or -1; lengths: (B,) of the
    bones; rest: (B, 4, 4); poses: (T, B, 4, 4); owner: (4, 4), the armature object on the first
    frame; fps: frames a second; meshes: what the armature moves.
    """

    bones: tuple[str, ...]
    parents: tuple[int, ...]
    lengths: tuple[float, ...]
    rest: Floats
    poses: Floats
    owner: Floats
    fps: float
    meshes: tuple[SeenMesh, ...] = ()


def parts(armature: Object) -> list[Object]:
    """ARMATURE and the meshes it moves: by modifier, or as a parent of theirs, however far up."""
    return [armature, *(one for one in _company(armature) if _is_part(one, armature))]


def left_out(armature: Object) -> list[str]:
    """The names of what is seen moving with ARMATURE and is not one of its parts."""
    others = [one for one in _company(armature) if not _is_part(one, armature)]
    return [one.name for one in others if _is_drawn(one) and one.visible_get()]


def skinned(mesh: Object, armature: Object) -> bool:
    """Whether ARMATURE deforms MESH."""
    return armature in _deforming(mesh)


def above(one: Object) -> list[Object]:
    """ONE, its parent, the parent of that, and so on."""
    line = [one]
    while line[-1].parent is not None:
        line.append(line[-1].parent)
    return line


def _company(armature: Object) -> list[Object]:
    """The objects of the scene that ARMATURE deforms or that hang on it or on such a one."""
    scene = bpy.context.scene
    assert scene is not None
    return [one for one in scene.objects if _goes_with(one, armature)]


def _goes_with(one: Object, armature: Object) -> bool:
    return any(link.parent == armature or skinned(link, armature) for link in above(one))


def _is_part(one: Object, armature: Object) -> bool:
    """Whether ONE is a mesh that no other armature alone deforms."""
    deforming = _deforming(one)
    return one.type == "MESH" and (not deforming or armature in deforming)


def _deforming(mesh: Object) -> list[Object]:
    """The armatures that deform MESH, by modifier or as its parent."""
    found: list[Any] = [one for one in mesh.modifiers if one.type == "ARMATURE"]
    by_parent = [mesh.parent] if mesh.parent and mesh.parent_type == "ARMATURE" else []
    return [one.object for one in found if one.object] + by_parent


def _is_drawn(one: Object) -> bool:
    """Whether ONE shows a surface of its own or of a collection."""
    data: Any = one.data
    if one.type == "CURVE":
        return bool(data.bevel_depth or data.extrude or data.bevel_object)
    collection = one.instance_type == "COLLECTION" and one.instance_collection
    return one.type in SURFACES | {"MESH"} or bool(collection)


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
    armature: Object,
    bones: Sequence[Bone],
    meshes: Sequence[Object],
    scene: Scene,
    times: Floats,
    fps: float,
) -> Recording:
    """BONES of ARMATURE and MESHES on the frames TIMES, as they are seen, whatever moves them."""
    names = [bone.name for bone in bones]
    owners, poses, places, shapes = [], [], [], []
    with _seen_in(scene, armature), _probes(scene, meshes) as probes:
        for time in times:
            scene.frame_set(int(np.floor(time)), subframe=float(time - np.floor(time)))
            graph: Any = scene.view_layers[0].depsgraph
            seen: Any = armature.evaluated_get(graph)
            owners.append(np.array(seen.matrix_world))
            poses.append(np.array([seen.pose.bones[name].matrix for name in names]))
            places.append([np.array(one.evaluated_get(graph).matrix_world) for one in probes])
            shapes.append([_shape_values(mesh, graph) for mesh in meshes])
    worlds = np.array(owners)
    return Recording(
        bones=tuple(names),
        parents=bone_parents(armature, bones),
        lengths=tuple(bone.length for bone in bones),
        rest=worlds[0] @ np.array([bone.matrix_local for bone in bones]),
        poses=worlds[:, None] @ np.array(poses),
        owner=worlds[0],
        fps=fps,
        meshes=tuple(
            SeenMesh(mesh, np.array([row[i] for row in places]), _columns([r[i] for r in shapes]))
            for i, mesh in enumerate(meshes)
        ),
    )


def joined(recordings: Sequence[Recording]) -> Recording:
    """RECORDINGS of one character one after the other."""
    columns = zip(*(one.meshes for one in recordings), strict=True)
    return replace(
        recordings[0],
        poses=np.concatenate([one.poses for one in recordings]),
        meshes=tuple(_joined_mesh(column) for column in columns),
    )


def _joined_mesh(seen: Sequence[SeenMesh]) -> SeenMesh:
    shapes = {name: np.concatenate([one.shapes[name] for one in seen]) for name in seen[0].shapes}
    return SeenMesh(seen[0].mesh, np.concatenate([one.places for one in seen]), shapes)


def _shape_values(mesh: Object, graph: Any) -> dict[str, float]:
    """How much of each shape key of MESH is seen; the one that the others start from is left."""
    data: Any = mesh.data
    if data.shape_keys is None:
        return {}
    keys = data.shape_keys.evaluated_get(graph).key_blocks
    return {key.name: 0.0 if key.mute else key.value for key in keys[1:]}


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, Floats]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@contextmanager
def _probes(scene: Scene, meshes: Sequence[Object]) -> Iterator[list[Object]]:
    """Empties in SCENE where MESHES are, which may be hidden and are not computed themselves."""
    made: list[Object] = []
    try:
        for mesh in meshes:
            made.append(bpy.data.objects.new("probe", None))
            constraint: Any = made[-1].constraints.new("COPY_TRANSFORMS")
            constraint.target = mesh
            scene.collection.objects.link(made[-1])
        yield made
    finally:
        for probe in made:
            bpy.data.objects.remove(probe)


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
