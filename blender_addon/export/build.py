# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the stand-in: an armature of plain bones with keys, and copies of the meshes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import bpy
import numpy as np
from bpy_extras.io_utils import axis_conversion
from mathutils import Matrix

from .. import compat
from ..body import rotations as rot
from ..keys import arrays
from .meshes import key_shapes
from .recording import above

if TYPE_CHECKING:
    from bpy.types import Action, Object

    from ..body.rotations import Floats
    from .meshes import Source
    from .recording import Recording
    from .targets import Target

ROOT: Final = "root"  # the bone that joins several roots
STILL: Final = 1e-5  # of the rig's size: a bone that moves less from its joint has no location
AT_REST: Final = {
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "location": (0.0, 0.0, 0.0),
    "scale": (1.0, 1.0, 1.0),
}
UNSCALED: Final = 1e-4  # a bone whose scale stays this near to 1 has none
NOTHING: Final = 1e-3  # instead of a scale of 0, with which USD loses a frame of all bones


@dataclass(frozen=True)
class StandIn:
    """What the exporters are given. travels: bones beside the roots have keyed locations.

    clips: the animations in it one after the other, name, first and last frame.
    """

    objects: tuple[Object, ...]
    first: int
    last: int
    travels: bool
    clips: tuple[tuple[str, int, int], ...] = ()


@contextmanager
def unnamed(collection: Any, name: str) -> Iterator[None]:
    """The name NAME free for another of COLLECTION; who had it has it again afterwards."""
    owner = next((one for one in collection if one.name == name and one.library is None), None)
    if owner is not None:
        owner.name = f"{name} (exported)"
    try:
        yield
    finally:
        if owner is not None:
            owner.name = name


def blender_matrix(matrix: Floats) -> Matrix:
    """MATRIX (4, 4) as Blender takes it."""
    rows: Any = matrix
    return Matrix(rows)


def file_matrix(target: Target, metres: float) -> Floats:
    """World -> the file's axes and units (4, 4), where a unit of the world has METRES."""
    convert: Any = axis_conversion
    turn: Matrix = convert(to_forward=target.forward, to_up=target.up).to_4x4()
    return np.array(turn @ Matrix.Scale(target.units * metres, 4))


def safe_names(names: Sequence[str], unsafe: str) -> dict[str, str]:
    """{name: the same without what matches UNSAFE}, all of them different."""
    found: dict[str, str] = {}
    for name in names:
        plain = new = re.sub(unsafe, "_", name) if unsafe else name
        number = 1
        while new in found.values():
            new, number = f"{plain}_{number}", number + 1
        found[name] = new
    return found


class Builder:
    """Makes the stand-in's objects; its ExitStack takes them away again."""

    def __init__(
        self,
        target: Target,
        recording: Recording,
        armature: Object,
        metres: float,
        stack: ExitStack,
    ) -> None:
        self.target, self.recording, self.armature = target, recording, armature
        self.stack = stack
        self.names = safe_names(recording.bones, target.unsafe)
        self.into = self._into(metres)
        self.node = self._node()

    def _into(self, metres: float) -> Floats:
        """World -> the space of the stand-in's bones (4, 4)."""
        if not self.target.applied:
            return np.linalg.inv(_unsheared(self.recording.owner))
        if self.target.format in ("gltf", "usd"):  # whose exporters turn axes themselves
            return np.array(Matrix.Scale(metres, 4))
        return file_matrix(self.target, metres)

    def _node(self) -> Floats:
        """The armature object's matrix (4, 4) with which its node in the file is plain."""
        plain = self.target.applied and self.target.format != "fbx"
        return np.eye(4) if plain else np.linalg.inv(self.into)

    def build(self, sources: Sequence[Source], first: int) -> StandIn:
        """Bones, keys and meshes, all selected, the armature active."""
        owner = self._armature()
        rest = self._bones(owner)
        travels = self._keys(owner, rest, first)
        objects = (owner, *(self._mesh(source, owner, first) for source in sources))
        return StandIn(objects, first, first + len(self.recording.poses) - 1, travels)

    def _armature(self) -> Object:
        name = self.target.node or self.armature.name
        data = self._made(bpy.data.armatures, self.armature.data.name)  # type: ignore[union-attr]
        owner: Object = self._made(bpy.data.objects, name, data)
        self._link(owner)
        owner.matrix_world = blender_matrix(self.node)
        bpy.context.view_layer.objects.active = owner  # type: ignore[union-attr]
        return owner

    def _made(self, collection: Any, name: str, *more: Any) -> Any:
        """A new one of COLLECTION with exactly this NAME."""
        self.stack.enter_context(unnamed(collection, name))
        new = collection.new(name, *more)
        self.stack.callback(collection.remove, new)
        return new

    def _link(self, new: Object) -> None:
        scene = bpy.context.scene
        assert scene is not None
        scene.collection.objects.link(new)
        new.select_set(True)

    def _bones(self, owner: Object) -> Floats:
        """Make OWNER's bones; their rest matrices (B, 4, 4) as Blender keeps them."""
        spots = _rigid(self.into @ self.recording.rest)
        data: Any = owner.data
        bpy.ops.object.mode_set(mode="EDIT")
        try:
            made = [data.edit_bones.new(self.names[name]) for name in self.recording.bones]
            size = np.linalg.norm((self.into @ self.recording.rest)[:, :3, 1], axis=-1)
            for bone, spot, length in zip(
                made, spots, size * np.array(self.recording.lengths), strict=True
            ):
                bone.head, bone.tail = (0.0, 0.0, 0.0), (0.0, float(length), 0.0)
                bone.matrix = blender_matrix(spot)
            for bone, parent in zip(made, self.recording.parents, strict=True):
                bone.parent = made[parent] if parent >= 0 else None
            self._join(data.edit_bones, float(size.mean()))
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")
        names = [self.names[name] for name in self.recording.bones]
        return np.array([data.bones[name].matrix_local for name in names])

    def _join(self, bones: Any, size: float) -> None:
        """Put a bone above several roots where the target wants one."""
        roots = [bone for bone in bones if bone.parent is None]
        if len(roots) < 2 or not self.target.one_root:
            return
        root = bones.new(safe_names([*self.names.values(), ROOT], "")[ROOT])
        root.head, root.tail = (0.0, 0.0, 0.0), (0.0, 0.1 * size, 0.0)
        for bone in roots:
            bone.parent = root

    def _keys(self, owner: Object, rest: Floats, first: int) -> bool:
        """Key OWNER's bones; whether any but the roots moves away from its joint."""
        recording = self.recording
        action = compat.new_action("exported", owner)
        self.stack.callback(bpy.data.actions.remove, action)
        size = float(np.ptp(rest[:, :3, 3], axis=0).max())
        travels = False
        for i, basis in enumerate(_bases(self.into, recording, rest)):
            name, (places, turns, scales) = self.names[recording.bones[i]], _split(basis)
            values = {"rotation_quaternion": turns}
            if np.abs(places).max() > STILL * size:
                values["location"] = places
                travels |= recording.parents[i] >= 0
            if np.abs(scales - 1.0).max() > UNSCALED:
                values["scale"] = scales
            if self.target.format == "fbx":
                _write(action, name, _from_rest(values), first - 1)
            else:
                _write(action, name, values, first)
            owner.pose.bones[name].rotation_mode = "QUATERNION"  # type: ignore[union-attr]
        compat.assign_action(owner, action)
        return travels

    # --- meshes ---------------------------------------------------------------------------

    def _mesh(self, source: Source, owner: Object, first: int) -> Object:
        """A copy of SOURCE's mesh that OWNER moves, its shapes keyed from frame FIRST on."""
        new = self._copy(source.mesh)
        key_shapes(new.data, source.shapes, first, self.stack)  # type: ignore[arg-type]
        for modifier in new.modifiers:
            one: Any = modifier
            if one.type == "ARMATURE" and one.object == self.armature:
                one.object = owner
        if new.parent_type == "ARMATURE":
            _skin(new, owner)
        groups = {group.name: group for group in new.vertex_groups}
        for name in groups.keys() & self.names.keys():
            groups[name].name = self.names[name]
        if self.target.applied:
            self._apply(new, source, owner)
        else:
            self._hang(new, source, owner)
        return new

    def _copy(self, mesh: Object) -> Object:
        if mesh.mode == "EDIT":
            mesh.update_from_editmode()
        data: Any = mesh.data
        names = mesh.name, data.name
        for collection, name in zip((bpy.data.objects, bpy.data.meshes), names, strict=True):
            self.stack.enter_context(unnamed(collection, name))
        new: Any = mesh.copy()
        new_data = data.copy()
        self.stack.callback(bpy.data.meshes.remove, new_data)
        self.stack.callback(bpy.data.objects.remove, new)
        new.data, new.name, new_data.name = new_data, *names
        new.animation_data_clear()
        new.constraints.clear()
        self._link(new)
        new.hide_viewport = new.hide_render = False
        return cast("Object", new)

    def _hang(self, new: Object, source: Source, owner: Object) -> None:
        """Put NEW where it is seen by its object's transform, on its bone or beside the bones."""
        place, hangs = source.place, self.armature in above(source.mesh)
        new.parent, new.parent_type = (owner if hangs else None), "OBJECT"
        if source.bone:
            data: Any = owner.data
            bone = data.bones[self.names[source.bone]]
            rest = self.into @ self.recording.rest[self.recording.bones.index(source.bone)]
            new.parent, new.parent_type, new.parent_bone = owner, "BONE", bone.name
            place = np.diag([*np.linalg.norm(rest[:3, :3], axis=0), 1.0]) @ place
            place[1, 3] -= bone.length  # a bone's children hang at its tail
        elif not hangs:
            place = self.node @ place
        new.matrix_parent_inverse, new.matrix_basis = Matrix(), blender_matrix(place)

    def _apply(self, new: Object, source: Source, owner: Object) -> None:
        """Put NEW where it is seen by its points alone; what hung on a bone is weighted to it."""
        recording = self.recording
        place = recording.owner @ source.place
        if source.bone:
            new.vertex_groups.clear()
            group = new.vertex_groups.new(name=self.names[source.bone])
            group.add(range(len(new.data.vertices)), 1.0, "REPLACE")  # type: ignore[union-attr]
            _skin(new, owner)
            place = recording.rest[recording.bones.index(source.bone)] @ source.place
        matrix = blender_matrix(self.into @ place)
        data: Any = new.data
        data.transform(matrix, shape_keys=True)
        if matrix.determinant() < 0.0:
            data.flip_normals()
        new.parent, new.parent_type = owner, "OBJECT"
        new.matrix_parent_inverse, new.matrix_basis = Matrix(), Matrix()


def _skin(mesh: Object, owner: Object) -> None:
    """Let OWNER's bones deform MESH."""
    skin: Any = mesh.modifiers.new("skin", "ARMATURE")
    skin.object = owner


# --- matrices -------------------------------------------------------------------------------


def _rigid(matrices: Floats) -> Floats:
    """MATRICES (..., 4, 4) without their scale."""
    plain = matrices.copy()
    sizes = np.linalg.norm(matrices[..., :3, :3], axis=-2, keepdims=True)
    plain[..., :3, :3] /= np.where(sizes > 0.0, sizes, 1.0)
    return plain


def _unsheared(matrix: Floats) -> Floats:
    """MATRIX (4, 4) as an object's location, rotation and scale can say it."""
    compose: Any = Matrix.LocRotScale
    return np.array(compose(*blender_matrix(matrix).decompose()))


def _bases(into: Floats, recording: Recording, rest: Floats) -> Iterator[Floats]:
    """Each bone's pose_bone.matrix_basis (T, 4, 4); rest: (B, 4, 4) of the new bones."""
    scale = np.linalg.norm((into @ recording.rest)[:, :3, :3], axis=-2)
    poses = into @ recording.poses
    poses[..., :3, :3] /= scale[:, None, :]
    for i, parent in enumerate(recording.parents):
        at_rest = rest[i]
        if parent >= 0:
            at_rest = poses[:, parent] @ np.linalg.inv(rest[parent]) @ rest[i]
        yield np.linalg.inv(at_rest) @ poses[:, i]


def _split(bases: Floats) -> tuple[Floats, Floats, Floats]:
    """Locations (T, 3), quaternions (T, 4) and scales (T, 3) of BASES (T, 4, 4)."""
    turns = _rigid(bases)[:, :3, :3]
    quaternions = rot.continuous(rot.to_quaternions(turns)[:, None])[:, 0]
    scales = np.maximum(np.linalg.norm(bases[:, :3, :3], axis=-2), NOTHING)
    return bases[:, :3, 3], quaternions, scales


def _from_rest(values: dict[str, Floats]) -> dict[str, Floats]:
    """VALUES with the rest pose before the first.

    FBX exporters take a bone's own transform from the frame that is shown, and importers take the
    rest pose from that where no mesh tells: a scale there, which bones cannot rest with, is lost.
    """
    return {channel: np.vstack([AT_REST[channel], rows]) for channel, rows in values.items()}


def _write(action: Action, bone: str, values: dict[str, Floats], first: int) -> None:
    frames = first + np.arange(len(values["rotation_quaternion"]), dtype=np.float64)
    path = f'pose.bones["{bpy.utils.escape_identifier(bone)}"]'
    for channel, columns in values.items():
        for index, column in enumerate(columns.T):
            curve = compat.new_fcurve(action, f"{path}.{channel}", index, bone)
            arrays.write(curve, arrays.generated(frames, column))
