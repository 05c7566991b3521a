# SPDX-License-Identifier: GPL-3.0-or-later
"""What retargeting must know about an armature, read from Blender; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from .errors import GestureError
from .retarget.bone_map import BoneMap, Detection, detect, no_arms
from .retarget.rest import Calibration, RestPose

if TYPE_CHECKING:
    from bpy.types import Armature, Bone, Object


def rest_pose(armature: Object) -> RestPose:
    """The rest pose of ARMATURE (an object of type ARMATURE), in armature space.

    Raises GestureError when it is no armature, has no bones or is being edited.
    """
    bones = _bones_of(armature)
    index = {bone.name: i for i, bone in enumerate(bones)}
    return RestPose(
        names=tuple(bone.name for bone in bones),
        parents=np.array([index[b.parent.name] if b.parent else -1 for b in bones], np.int64),
        matrices=np.array([b.matrix_local for b in bones], np.float64),
        tails=np.array([b.tail_local for b in bones], np.float64),
        world=np.array(armature.matrix_world, np.float64),
        inherits=np.array([b.use_inherit_rotation for b in bones], np.bool_),
    )


def map_for(armature: Object) -> Detection:
    """The bone mapping that fits ARMATURE best.

    Raises GestureError when no mapping finds both arms.
    """
    rest = rest_pose(armature)
    detection = detect(rest.names, [int(parent) for parent in rest.parents])
    if not detection.has_arms:
        raise no_arms(armature.name, detection)
    return detection


def calibration(armature: Object, bone_map: BoneMap | None = None) -> Calibration:
    """ARMATURE calibrated with BONE_MAP, or with the one that fits best.

    Raises GestureError as `rest_pose` and `map_for` do.
    """
    chosen = bone_map if bone_map is not None else map_for(armature).bone_map
    return Calibration.from_rest(rest_pose(armature), chosen)


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
