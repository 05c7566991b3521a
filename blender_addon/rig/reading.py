# SPDX-License-Identifier: GPL-3.0-or-later
"""What retargeting must know about an armature, read from Blender; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..body.skeleton import SIDES
from ..bones.detect import detect
from ..bones.detection import STRUCTURE, Detection, no_arms, with_choices
from ..bones.families import Preset
from ..bones.named import apply_preset
from ..bones.roles import BoneMap, spoken
from ..errors import GestureError
from ..keys.chains import Chain
from ..retarget.calibrate import calibrate
from ..retarget.rest import Calibration, Drive, RestPose, bones_of_joint
from . import choices as rig_store
from . import families
from .controls import detect_controls, is_free

if TYPE_CHECKING:
    from bpy.types import Armature, Bone, Object, PoseBone


def rest_pose(armature: Object, bone_map: BoneMap | None = None) -> RestPose:
    """The rest pose of ARMATURE (an object of type ARMATURE), in armature space.

    bone_map: its keyed bones are carried by their parents, whatever their constraints say.
    Raises GestureError when it is no armature, has no bones or is being edited.
    """
    bones = _bones_of(armature)
    index = {bone.name: i for i, bone in enumerate(bones)}
    keyed = bone_map.keyed if bone_map else ()
    carriers = _carriers(_pose_bones(armature), index, keyed)
    return RestPose(
        names=tuple(bone.name for bone in bones),
        parents=np.array([index.get(name, -1) for name, _ in carriers], np.int64),
        matrices=np.array([b.matrix_local for b in bones], np.float64),
        tails=np.array([b.tail_local for b in bones], np.float64),
        world=np.array(armature.matrix_world, np.float64),
        follows=np.array([share for _, share in carriers], np.float64),
    )


def map_for(armature: Object, presets: Sequence[Preset] | None = None) -> Detection:
    """The bone mapping of ARMATURE: what its user chose, the rest as `detected`.

    Raises GestureError when it has not both arms.
    """
    detection = chosen(armature, detected(armature, presets))
    if not detection.has_arms:
        raise no_arms(armature.name, detection)
    return detection


def detected(armature: Object, presets: Sequence[Preset] | None = None) -> Detection:
    """The bone mapping that fits ARMATURE best, of PRESETS (None: shipped and user's own)."""
    rest = rest_pose(armature)
    places = rest.heads, rest.tails
    known = families.known_presets() if presets is None else presets
    held = {bone.name for bone in _pose_bones(armature) if not is_free(bone)}
    found = [detect(rest.names, tree, known, places, held) for tree in _trees(armature, rest)]
    detection = max(found, key=_rank)
    if detection.family == STRUCTURE or not detection.has_arms:
        controls = detect_controls(_pose_bones(armature), rest)
        if controls and (controls.has_arms, controls.score) >= (detection.has_arms, 0.0):
            detection = controls
    return detection


def applied(armature: Object, preset: Preset) -> Detection:
    """The bones of ARMATURE that PRESET names. Raises GestureError as `rest_pose` does."""
    rest = rest_pose(armature)
    found = [apply_preset(preset, rest.names, tree) for tree in _trees(armature, rest)]
    return max(found, key=_rank)


def _trees(armature: Object, rest: RestPose) -> list[list[int]]:
    """The index of every bone's parent, and where that differs, of what carries it in REST.

    -1: none.
    """
    index = {name: i for i, name in enumerate(rest.names)}
    parents = [index[b.parent.name] if b.parent else -1 for b in _bones_of(armature)]
    carriers = [int(carrier) for carrier in rest.parents]
    return [parents] if carriers == parents else [parents, carriers]


def _rank(found: Detection) -> tuple[bool, bool, bool, float]:
    return found.has_arms, found.certain, found.family != STRUCTURE, found.score


def chosen(armature: Object, detection: Detection) -> Detection:
    """DETECTION with the bones that ARMATURE's user chose; each that is gone is told."""
    choices = rig_store.read(armature)
    bones = {bone.name for bone in _bones_of(armature)}
    gone = {
        role: next(bone for bone in chain if bone not in bones)
        for role, chain in choices.roles.items()
        if not bones.issuperset(chain)
    }
    kept = {role: chain for role, chain in choices.roles.items() if role not in gone}
    remarks = [choices.problem] if choices.problem else []
    remarks += [
        f"The bone '{bone}', chosen as {spoken(role)}, is gone: "
        "what was found automatically is used instead."
        for role, bone in gone.items()
    ]
    return replace(with_choices(detection, kept), remarks=tuple(remarks))


def calibration(armature: Object, bone_map: BoneMap | None = None) -> Calibration:
    """ARMATURE calibrated with BONE_MAP, or with the one that fits best, and with its offsets.

    Raises GestureError as `rest_pose` and `map_for` do.
    """
    used = bone_map if bone_map is not None else map_for(armature).bone_map
    plain = calibrate(rest_pose(armature, used), used)
    offsets = rig_store.read(armature).offsets
    return with_offsets(plain, offsets) if offsets else plain


def arms(armature: Object, drives: tuple[Drive, ...]) -> list[Chain]:
    """ARMATURE's bones down to each wrist, as far as DRIVES turn arms and hands."""
    joints = ((f"shoulder.{side}", f"wrist.{side}") for side in SIDES)
    ends = [[bones_of_joint(drives, joint)[:1] for joint in pair] for pair in joints]
    return [Chain.of(armature, *first, *last) for first, last in ends if first and last]


def with_offsets(plain: Calibration, offsets: Mapping[str, rig_store.Euler]) -> Calibration:
    """PLAIN with OFFSETS, Euler angles in degrees by bone, on those of its bones that have one."""
    none = (0.0, 0.0, 0.0)
    turns = [rig_store.rotation(offsets.get(bone, none)) for bone in plain.bones]
    return replace(plain, offsets=np.array(turns, np.float64))


def _carriers(
    bones: list[PoseBone], index: dict[str, int], keyed: tuple[str, ...]
) -> list[tuple[str, float]]:
    """`_carrier` of every bone; KEYED ones and those that would carry themselves: the parent."""
    carriers = [_carrier(bone, {} if bone.name in keyed else index) for bone in bones]
    for i, bone in enumerate(bones):
        name, steps = carriers[i][0], 0
        while name and name != bone.name and steps <= len(bones):
            name, steps = carriers[index[name]][0], steps + 1
        if name:
            carriers[i] = (bone.parent.name if bone.parent else "", 1.0)
    return carriers


def _carrier(bone: PoseBone, index: dict[str, int]) -> tuple[str, float]:
    """The bone that carries BONE's rotation ("" for none) and how much of it, 0 to 1.

    Control rigs carry bones by world-space copies instead of parents: a full copy stands in for
    the parent, the FK one of several; a partial copy of a bone at rest leaves the remainder.
    """
    follows = 1.0 if bone.bone.use_inherit_rotation else 0.0
    copies: list[Any] = [one for one in bone.constraints if _copies_rotation(one, index)]
    forwards = [one for one in copies if "_fk" in one.subtarget]
    whole = forwards or [one for one in copies if one.influence == 1.0]
    if whole:
        return str(whole[-1].subtarget), 1.0
    for one in copies:
        follows *= 1.0 - one.influence
    return (bone.parent.name if bone.parent else ""), follows


def _copies_rotation(constraint: Any, index: dict[str, int]) -> bool:
    """Whether CONSTRAINT, in world space, copies the rotation of a bone of the same armature."""
    return bool(
        constraint.type in ("COPY_TRANSFORMS", "COPY_ROTATION")
        and not constraint.mute
        and constraint.owner_space == constraint.target_space == "WORLD"
        and constraint.target == constraint.id_data
        and constraint.subtarget in index
    )


def _pose_bones(armature: Object) -> list[PoseBone]:
    """In the order of the armature's bones."""
    return list(armature.pose.bones) if armature.pose else []


def _bones_of(armature: Object) -> list[Bone]:
    if armature.type != "ARMATURE":
        raise GestureError(
            f"'{armature.name}' is not an armature: choose the character's armature."
        )
    data = cast("Armature", armature.data)
    if data.is_editmode:
        raise GestureError(
            f"The armature '{armature.name}' is in Edit Mode: leave it (Tab) and try again."
        )
    if not data.bones:
        raise GestureError(f"The armature '{armature.name}' has no bones: choose another one.")
    return list(data.bones)
