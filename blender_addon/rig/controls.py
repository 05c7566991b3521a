# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the controls of a rig whose names say nothing: the free bones that move the mesh.

A control rig has several bones on every joint: ones that deform, ones that only help, ones to
animate. Keys count on those that no constraint moves and that, over parents and constraints,
carry deforming bones. Among them structure is looked for as in any other rig.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from ..bones.detect import by_structure
from ..bones.detection import Detection, assembled
from ..bones.limb_tree import Joints
from ..bones.roles import EVERY_ROLE, UNTWISTED, part_of

if TYPE_CHECKING:
    from bpy.types import PoseBone

    from ..retarget.rest import RestPose

HARMLESS: Final = frozenset(  # constraints that leave a bone's rotation to its keys
    ("LIMIT_ROTATION", "LIMIT_LOCATION", "LIMIT_SCALE", "LIMIT_DISTANCE", "COPY_LOCATION",
     "COPY_SCALE", "MAINTAIN_VOLUME")
)  # fmt: skip
OWN_TWIST: Final = "the control rig shares the twist by itself"
ON_THE_SPOT: Final = 1e-4  # of the rig's size: two joints nearer than this are one


def detect_controls(bones: Sequence[PoseBone], rest: RestPose) -> Detection | None:
    """The roles of a control rig's free bones; None when BONES are no control rig.

    bones: in REST's order; rest.parents: the bones that carry them.
    """
    carriers = [int(parent) for parent in rest.parents]
    controls = _controls(bones, carriers)
    if len(controls) == len(bones):
        return None
    joints = _joints(controls, carriers, rest)
    found = by_structure(joints)
    roles = {r: c for r, c in found.bone_map.roles.items() if part_of(r) not in UNTWISTED}
    twists = {r: OWN_TWIST for r in EVERY_ROLE if part_of(r) in UNTWISTED}
    return assembled(found.family, roles, {**found.missing, **found.spare, **twists})


def _controls(bones: Sequence[PoseBone], carriers: list[int]) -> list[int]:
    """Free bones with a shape of their own (if any has one) that carry a deforming bone."""
    shaped = any(bone.custom_shape for bone in bones)
    found: set[int] = set()
    for start, bone in enumerate(bones):
        here = start if bone.bone.use_deform else -1
        while here >= 0 and here not in found:
            if is_free(bones[here]) and (bool(bones[here].custom_shape) or not shaped):
                found.add(here)
            here = carriers[here]
    return sorted(found)


def is_free(bone: PoseBone) -> bool:
    """Whether no constraint moves BONE, so that its keys count."""
    return all(c.mute or c.influence == 0.0 or c.type in HARMLESS for c in bone.constraints)


def _joints(controls: list[int], carriers: list[int], rest: RestPose) -> Joints:
    """CONTROLS as a tree: under what carries them, or whose end they continue."""
    spot = ON_THE_SPOT * float(np.ptp(rest.heads, axis=0).max())
    above = {bone: _nearest(bone, controls, carriers) for bone in controls}
    kept = [bone for bone in controls if not _same(rest, bone, above[bone], spot)]
    above = {bone: _nearest(bone, kept, carriers) for bone in kept}
    for bone in kept:  # a head that follows the neck by half still comes after it
        ends = np.linalg.norm(rest.tails[kept] - rest.heads[bone], axis=-1)
        before = kept[int(np.argmin(ends))]
        if ends.min() < spot and bone not in _line(before, above):
            above[bone] = before
    parents = [kept.index(above[bone]) if above[bone] >= 0 else -1 for bone in kept]
    return Joints([rest.names[b] for b in kept], parents, rest.heads[kept], rest.tails[kept])


def _nearest(bone: int, controls: list[int], carriers: list[int]) -> int:
    """The nearest of CONTROLS that carries BONE, -1 for none."""
    wanted, bone = set(controls), carriers[bone]
    while bone >= 0 and bone not in wanted:
        bone = carriers[bone]
    return bone


def _line(bone: int, above: dict[int, int]) -> list[int]:
    found: list[int] = []
    while bone >= 0 and bone not in found:
        found.append(bone)
        bone = above[bone]
    return found


def _same(rest: RestPose, bone: int, over: int, spot: float) -> bool:
    """Whether BONE sits on the joint of OVER: a tweak on top of its control."""
    return over >= 0 and float(np.linalg.norm(rest.heads[bone] - rest.heads[over])) < spot
