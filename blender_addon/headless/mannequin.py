# SPDX-License-Identifier: GPL-3.0-or-later
"""A simple body around the mapped bones of a rig that comes without meshes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from ..body.skeleton import FINGERS, SIDES

if TYPE_CHECKING:
    from bpy.types import Object

    from ..body.rotations import Floats
    from .perform import Take

RING: Final = 12  # points around a limb
PROFILE: Final = (  # along a limb 0..1, thickness 0..1: rounded ends
    (0.0, 0.0),
    (0.02, 0.55),
    (0.08, 0.9),
    (0.2, 1.0),
    (0.8, 1.0),
    (0.92, 0.9),
    (0.98, 0.55),
    (1.0, 0.0),
)
THICKNESS: Final = {  # (towards the sides, towards the back), in lengths of the upper arm
    "spine": (0.52, 0.34),
    "neck": (0.2, 0.2),
    "head": (0.34, 0.4),
    "collar": (0.22, 0.2),
    "upper_arm": (0.18, 0.18),
    "forearm": (0.14, 0.14),
    "palm": (0.06, 0.06),
    "finger": (0.04, 0.04),
}
OVERLAP: Final = 0.6  # of its thickness that a limb reaches beyond both ends


@dataclass(frozen=True)
class Limb:
    """A rounded piece that follows one rig bone, at rest in armature space."""

    bone: str
    part: str
    start: Floats
    end: Floats


def build(take: Take) -> Object:
    """A new mesh object, bound to TAKE's armature; nothing of the rig is changed."""
    limbs = list(_limbs(take))
    unit = _upper_arm_length(take)
    pieces = [_points(limb, take.calibration.axes, unit) for limb in limbs]
    mesh = bpy.data.meshes.new("Mannequin")
    faces = [[i + k * len(piece) for i in f] for k, piece in enumerate(pieces) for f in _faces()]
    mesh.from_pydata(np.concatenate(pieces).tolist(), [], faces)
    mesh.shade_smooth()
    body = bpy.data.objects.new("Mannequin", mesh)
    body.matrix_world = take.armature.matrix_world
    for k, (limb, piece) in enumerate(zip(limbs, pieces, strict=True)):
        group = body.vertex_groups.get(limb.bone) or body.vertex_groups.new(name=limb.bone)
        group.add(range(k * len(piece), (k + 1) * len(piece)), 1.0, "REPLACE")
    modifier: Any = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = take.armature
    scene: Any = bpy.context.scene
    scene.collection.objects.link(body)
    return body


def rest_head(take: Take, bone: str) -> Floats:
    """Where BONE starts at rest, armature space."""
    data: Any = take.armature.data
    return np.array(data.bones[bone].head_local, np.float64)


def _upper_arm_length(take: Take) -> float:
    ends = [rest_head(take, take.bone_map.get(f"{p}.L")[0]) for p in ("upper_arm", "forearm")]
    return float(np.linalg.norm(ends[1] - ends[0]))


def _limbs(take: Take) -> Iterator[Limb]:
    yield from _trunk(take)
    for side in SIDES:
        yield from _arm(take, side)
        for finger in FINGERS:
            yield from _finger(take, side, finger)


def _trunk(take: Take) -> Iterator[Limb]:
    """Hips to the crown."""
    roles = ("hips", "spine", "neck", "head")
    chain = [(bone, role) for role in roles for bone in take.bone_map.get(role)]
    heads = [rest_head(take, bone) for bone, _ in chain]
    up = take.calibration.axes[:, 2] * _upper_arm_length(take)
    for i, (bone, role) in enumerate(chain):
        end = heads[i + 1] if i + 1 < len(chain) else heads[i] + 0.8 * up
        yield Limb(bone, "spine" if role == "hips" else role, heads[i], end)


def _arm(take: Take, side: str) -> Iterator[Limb]:
    parts = [
        p for p in ("collar", "upper_arm", "forearm", "hand") if take.bone_map.get(f"{p}.{side}")
    ]
    bones = [take.bone_map.get(f"{part}.{side}")[0] for part in parts]
    heads = [rest_head(take, bone) for bone in bones]
    for i, part in enumerate(parts[:-1]):
        yield Limb(bones[i], part, heads[i], heads[i + 1])


def _finger(take: Take, side: str, finger: str) -> Iterator[Limb]:
    """From the wrist to the tip."""
    chain = take.bone_map.get(f"{finger}.{side}")
    if not chain:
        return
    hand = take.bone_map.get(f"hand.{side}")[0]
    heads = [rest_head(take, bone) for bone in (hand, *chain)]
    yield Limb(hand, "palm", heads[0], heads[1])
    heads.append(heads[-1] + 0.6 * (heads[-1] - heads[-2]))
    for bone, start, end in zip(chain, heads[1:-1], heads[2:], strict=True):
        yield Limb(bone, "finger", start, end)


def _points(limb: Limb, axes: Floats, unit: float) -> Floats:
    """(n, 3): rings along the limb, wider towards the body's sides than towards its back."""
    wide, deep = (unit * t for t in THICKNESS[limb.part])
    along = limb.end - limb.start
    length = max(float(np.linalg.norm(along)), 1e-6 * unit)
    forward = along / length
    aside = axes[:, 0] - forward * (axes[:, 0] @ forward)
    if np.linalg.norm(aside) < 0.3:  # the limb points to the side
        aside = axes[:, 1] - forward * (axes[:, 1] @ forward)
    aside /= np.linalg.norm(aside)
    other = np.cross(forward, aside)
    reach = OVERLAP * min(wide, deep)
    turn = np.linspace(0.0, 2.0 * np.pi, RING, endpoint=False)
    ring = wide * np.cos(turn)[:, None] * aside + deep * np.sin(turn)[:, None] * other
    rings = [
        limb.start + forward * (share * (length + 2 * reach) - reach) + max(thick, 0.02) * ring
        for share, thick in PROFILE
    ]
    return np.concatenate(rings)


def _faces() -> list[list[int]]:
    """The quads of one limb, and its two ends."""
    rows, last = len(PROFILE), (len(PROFILE) - 1) * RING
    quads = [
        [
            k * RING + i,
            k * RING + (i + 1) % RING,
            (k + 1) * RING + (i + 1) % RING,
            (k + 1) * RING + i,
        ]
        for k in range(rows - 1)
        for i in range(RING)
    ]
    return [*quads, list(range(RING))[::-1], list(range(last, last + RING))]
