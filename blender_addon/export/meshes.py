# SPDX-License-Identifier: GPL-3.0-or-later
"""What carries each mesh of a character, found by how it moves; and the keys of its shapes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from .. import compat
from ..keys import arrays
from .recording import above, skinned

if TYPE_CHECKING:
    from bpy.types import Mesh, Object

    from ..body.rotations import Floats
    from .recording import Recording, SeenMesh

STUCK: Final = 1e-4  # of the rig's size: a mesh that stays this near to a bone moves with it
THIN: Final = 1e-3  # instead of a scale of 0: what is flat has no rotation


@dataclass(frozen=True)
class Source:
    """A mesh of the character and where it is (4, 4): in the armature, or in its BONE.

    shapes: {shape key: (T,) values}.
    """

    mesh: Object
    bone: str
    place: Floats
    shapes: dict[str, Floats]


def attached(recording: Recording, armature: Object) -> tuple[Recording, list[Source]]:
    """The meshes of RECORDING on what carries them.

    A mesh that moves as no bone does has one of its own in the recording that is returned.
    """
    sources = []
    for flat in recording.meshes:
        seen = replace(flat, places=_thick(flat.places))
        bone = _carrier(seen, recording, armature)
        if bone is None:
            recording, bone = _with_own_bone(seen, recording, armature)
        sources.append(_source(seen, bone, recording))
    return recording, sources


def _source(seen: SeenMesh, bone: str, recording: Recording) -> Source:
    place = np.linalg.inv(recording.owner) @ seen.places[0]
    if bone:
        whole = _whole(seen)
        holder = recording.poses[whole, recording.bones.index(bone)]
        place = np.linalg.pinv(holder) @ seen.places[whole]
    return Source(seen.mesh, bone, place, seen.shapes)


def _carrier(seen: SeenMesh, recording: Recording, armature: Object) -> str | None:
    """The bone that SEEN's mesh moves with, "" if it has a skin or stays, None if none fits."""
    on_bone = seen.mesh.parent == armature and seen.mesh.parent_type == "BONE"
    if skinned(seen.mesh, armature) and not on_bone:
        return ""
    order = [*_bones_above(seen.mesh, recording, armature)[:1], "", *recording.bones]
    size = STUCK * _size(recording)
    return next((bone for bone in order if _slip(seen, bone, recording) <= size), None)


def _bones_above(mesh: Object, recording: Recording, armature: Object) -> list[str]:
    """The recorded bones that MESH hangs on, through whatever parents, the nearest first."""
    links = [one for one in above(mesh) if one.parent == armature]
    if not links or links[0].parent_type != "BONE":
        return []
    data: Any = armature.data
    bone = data.bones.get(links[0].parent_bone)
    line = [one.name for one in (bone, *bone.parent_recursive)] if bone else []
    return [name for name in line if name in recording.bones]


def _slip(seen: SeenMesh, bone: str, recording: Recording) -> float:
    """How far SEEN's mesh moves away from where BONE would carry it; "" carries nowhere."""
    holders = np.tile(np.eye(4), (len(seen.places), 1, 1))
    if bone:
        holders = recording.poses[:, recording.bones.index(bone)]
    whole = _whole(seen)
    carried = holders @ np.linalg.pinv(holders[whole]) @ seen.places[whole]
    apart = (carried - seen.places)[:, :3] @ _outermost(seen.mesh).T
    return float(np.linalg.norm(apart, axis=1).max())


def _whole(seen: SeenMesh) -> int:
    """The frame on which SEEN's mesh is largest: on others it may be scaled to nothing."""
    return int(np.abs(np.linalg.det(seen.places[:, :3, :3])).argmax())


def _thick(places: Floats) -> Floats:
    """PLACES (T, 4, 4), an axis that always has scale 0 made a short one across the two others."""
    thick = places.copy()
    for axis in np.flatnonzero(np.abs(places[:, :3, :3]).max(axis=(0, 1)) == 0.0):
        left, right = (thick[:, :3, other] for other in range(3) if other != axis)
        thick[:, :3, axis] = THIN * np.cross(left, right)
    return thick


def _outermost(mesh: Object) -> Floats:
    """The points of MESH that are farthest out along its axes (6, 4)."""
    data: Any = mesh.data
    points = np.zeros((max(1, len(data.vertices)), 3), np.float32)
    data.vertices.foreach_get("co", points[: len(data.vertices)].ravel())
    chosen = points[[*points.argmin(axis=0), *points.argmax(axis=0)]]
    return np.column_stack([chosen, np.ones(6)])


def _size(recording: Recording) -> float:
    """How large the character's bones are together, at rest."""
    heads, lengths = recording.rest[:, :3, 3], np.array(recording.lengths)
    tails = heads + recording.rest[:, :3, 1] * lengths[:, None]
    return float(np.ptp(np.concatenate([heads, tails]), axis=0).max())


def _with_own_bone(seen: SeenMesh, recording: Recording, armature: Object) -> tuple[Recording, str]:
    """RECORDING and a bone more, which moves as SEEN's mesh does; its name."""
    name = f"{seen.mesh.name}_bone"
    while name in recording.bones:
        name += "_"
    parent = next(iter(_bones_above(seen.mesh, recording, armature)), "")
    index = recording.bones.index(parent) if parent else -1
    whole = _whole(seen)
    at_first = np.eye(4)
    at_first[:3, 3] = seen.places[whole, :3, 3]
    poses = seen.places @ np.linalg.pinv(seen.places[whole]) @ at_first
    rest = at_first
    if parent:
        rest = recording.rest[index] @ np.linalg.inv(recording.poses[whole, index]) @ at_first
    more = replace(
        recording,
        bones=(*recording.bones, name),
        parents=(*recording.parents, index),
        lengths=(*recording.lengths, 0.1 * _size(recording)),
        rest=np.concatenate([recording.rest, rest[None]]),
        poses=np.concatenate([recording.poses, poses[:, None]], axis=1),
    )
    return more, name


def key_shapes(data: Mesh, shapes: dict[str, Floats], first: int, stack: ExitStack) -> None:
    """Let SHAPES, from frame FIRST on, and nothing else move the shape keys of DATA."""
    keys: Any = data.shape_keys
    if keys is None:
        return
    keys.animation_data_clear()
    for name, values in shapes.items():
        keys.key_blocks[name].value = values[0]
    moving = {name: values for name, values in shapes.items() if np.ptp(values) > 0.0}
    if not moving:
        return
    action = compat.new_action("exported shapes", keys)
    stack.callback(bpy.data.actions.remove, action)
    for name, values in moving.items():
        path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'
        frames = first + np.arange(len(values), dtype=np.float64)
        curve = compat.new_fcurve(action, path, 0, "")
        arrays.write(curve, arrays.generated(frames, values))
    compat.assign_action(keys, action)
