# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing what is kept with an armature: which bone is what, and offsets on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from mathutils import Matrix

from ..bones.roles import EVERY_ROLE, BoneMap, most_bones, spoken
from ..errors import GestureError
from ..retarget import offsets as body_offsets
from . import choices as rig_store
from . import reading, status

if TYPE_CHECKING:
    from bpy.types import Object

SMALLEST: Final = 0.01  # degrees: an offset below it is none


# --- bones --------------------------------------------------------------------------------


def choose(armature: Object, role: str, chain: Iterable[str]) -> None:
    """Let ROLE have the bones CHAIN, root first; none: it stays empty.

    A bone that was chosen for another role moves over. Raises GestureError when the armature has
    no such bone or nothing can be kept with it.
    """
    wanted = tuple(dict.fromkeys(chain))
    _check(armature, role, wanted)
    choices = rig_store.read(armature)
    roles = {
        other: left
        for other, bones in choices.roles.items()
        if (left := tuple(bone for bone in bones if bone not in wanted)) or not bones
    }
    rig_store.write(armature, replace(choices, roles={**roles, role: wanted}, problem=""))


def _check(armature: Object, role: str, chain: tuple[str, ...]) -> None:
    if role not in EVERY_ROLE:
        raise GestureError(f"There is no body part '{role}': choose {', '.join(EVERY_ROLE)}.")
    if len(chain) > most_bones(role):
        raise GestureError(f"The {spoken(role)} has {most_bones(role)} bones at most.")
    names = reading.rest_pose(armature).names
    if gone := [bone for bone in chain if bone not in names]:
        raise GestureError(
            f"The armature '{armature.name}' has no bone '{gone[0]}': choose one of its bones."
        )


def set_bone(armature: Object, role: str, index: int, bone: str) -> None:
    """Put BONE at place INDEX of ROLE's chain, or take the one there out when BONE is "".

    Raises GestureError as `choose` does.
    """
    row = status.shown_status(armature).row(role)
    chain = list(row.bones) if row else []
    chain[index : index + 1] = [bone] if bone else []
    choose(armature, role, chain)


def automatic(armature: Object, role: str | None = None) -> None:
    """Find ROLE's bones automatically again, or those of every role.

    Raises GestureError when nothing can be kept with the armature.
    """
    choices = rig_store.read(armature)
    roles = {r: chain for r, chain in choices.roles.items() if role not in (None, r)}
    rig_store.write(armature, replace(choices, roles=roles, problem=""))


def use_map(armature: Object, bone_map: BoneMap) -> None:
    """Let every role have what BONE_MAP says. Raises GestureError as `automatic` does."""
    roles = {role: bone_map.get(role) for role in EVERY_ROLE}
    rig_store.write(armature, replace(rig_store.read(armature), roles=roles, problem=""))


# --- offsets --------------------------------------------------------------------------------


def offset_of(armature: Object, bone: str) -> rig_store.Euler:
    """BONE's offset, Euler angles XYZ in degrees."""
    return rig_store.read(armature).offsets.get(bone, (0.0, 0.0, 0.0))


def offsets_of(armature: Object) -> dict[str, Matrix]:
    """Every bone's offset, if it has one, as a 3 x 3 rotation."""
    return {
        bone: rig_store.rotation(angles)
        for bone, angles in rig_store.read(armature).offsets.items()
    }


def set_offsets(armature: Object, wanted: Mapping[str, rig_store.Euler], *, mirror: bool) -> None:
    """Give bones the offsets WANTED, Euler angles XYZ in degrees about their own axes.

    mirror: the bones on the other side get the mirror image, unless they are in WANTED, too.
    Raises GestureError when one of them is not moved by gestures, or nothing can be kept.
    """
    calibration = replace(reading.calibration(armature), offsets=None)
    for bone in wanted:
        if bone not in calibration.bones:
            raise GestureError(
                f"The bone '{bone}' is not moved by gestures: choose one of the mapped bones."
            )
    offsets = dict(wanted)
    if mirror:
        others = counterparts(reading.map_for(armature).bone_map)
        to_bone = dict(zip(calibration.bones, calibration.to_bone, strict=True))
        for bone, angles in wanted.items():
            other = others.get(bone, bone)
            if other in to_bone and other not in wanted:
                turn = np.array(rig_store.rotation(angles), np.float64)
                image = body_offsets.mirrored(turn, to_bone[bone], to_bone[other])
                offsets[other] = rig_store.degrees(Matrix(image.tolist()))
    _keep_offsets(armature, offsets)


def clear_offsets(armature: Object, bones: Iterable[str] | None = None) -> None:
    """Take away the offsets of BONES, or all. Raises GestureError when nothing can be kept."""
    choices = rig_store.read(armature)
    gone = set(choices.offsets if bones is None else bones)
    left = {bone: angles for bone, angles in choices.offsets.items() if bone not in gone}
    rig_store.write(armature, replace(choices, offsets=left))


def counterparts(bone_map: BoneMap) -> dict[str, str]:
    """The bone on the other side, for every bone of BONE_MAP that has a side."""
    pairs: dict[str, str] = {}
    for role in EVERY_ROLE:
        if role.endswith(".L"):
            both = bone_map.get(role), bone_map.get(f"{role[:-1]}R")
            for left, right in zip(*both, strict=False):
                pairs |= {left: right, right: left}
    return pairs


def _keep_offsets(armature: Object, offsets: Mapping[str, rig_store.Euler]) -> None:
    choices = rig_store.read(armature)
    merged = {**choices.offsets, **offsets}
    kept = {bone: angles for bone, angles in merged.items() if max(map(abs, angles)) > SMALLEST}
    rig_store.write(armature, replace(choices, offsets=kept))
