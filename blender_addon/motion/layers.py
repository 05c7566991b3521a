# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the body by which takes are put together and bones are masked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ..body.skeleton import COLLAR, FACE, FINGER, FINGERS, FOREARM, SIDES, SPINE, UPPER_ARM
from ..bones.roles import part_of

if TYPE_CHECKING:
    from ..bones.roles import BoneMap

LAYERS: Final = (
    ("TORSO", "Torso"),
    ("HEAD", "Head"),
    ("ARMS", "Arms"),
    ("HANDS", "Hands"),
    ("FINGERS", "Fingers"),
)
LAYER_OF_ROLE: Final = {  # role of the bone map, without its side
    "spine": "TORSO",
    "neck": "HEAD",
    "head": "HEAD",
    "collar": "ARMS",
    "upper_arm": "ARMS",
    "upper_arm_twist": "ARMS",
    "forearm": "ARMS",
    "forearm_twist": "ARMS",
    "hand": "HANDS",
    **dict.fromkeys(FINGERS, "FINGERS"),
}


def layer_of_bones(bone_map: BoneMap) -> dict[str, str]:
    """The layer of every bone that takes key, by the bone's name."""
    return {
        bone: LAYER_OF_ROLE[part_of(role)]
        for role, chain in bone_map.roles.items()
        if part_of(role) in LAYER_OF_ROLE
        for bone in chain
    }


def bones_of(layers: Iterable[str], bone_map: BoneMap) -> frozenset[str]:
    """The bones of LAYERS."""
    wanted = set(layers)
    return frozenset(b for b, layer in layer_of_bones(bone_map).items() if layer in wanted)


def directions_of(bones: Iterable[str], bone_map: BoneMap) -> list[int]:
    """The engine's bones whose directions turn the rig's BONES."""
    wanted, rows = set(bones), directions_by_role()
    return sorted(
        row
        for role, chain in bone_map.roles.items()
        if wanted.intersection(chain)
        for row in rows.get(role, ())
    )


def directions_by_role() -> dict[str, tuple[int, ...]]:
    """The engine's bones that each role of the bone map follows."""
    rows: dict[str, tuple[int, ...]] = {"spine": (SPINE,), "neck": FACE, "head": FACE}
    for side in SIDES:
        rows[f"collar.{side}"] = (COLLAR[side],)
        for part, table in (("upper_arm", UPPER_ARM), ("forearm", FOREARM)):
            rows[f"{part}.{side}"] = rows[f"{part}_twist.{side}"] = (table[side],)
        rows[f"hand.{side}"] = tuple(FINGER[side, finger][0] for finger in FINGERS)
        rows |= {f"{finger}.{side}": FINGER[side, finger][1:] for finger in FINGERS}
    return rows
