# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles that rig bones play, and the map from role to bones.

Roles: hips, thigh.S (found for orientation, never keyed), spine, neck, head, collar.S,
upper_arm.S, upper_arm_twist.S, forearm.S, forearm_twist.S, hand.S, FINGER.S with FINGER one of
thumb, index, middle, ring, pinky; S is L or R. A role holds a chain of bones, root first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..body.skeleton import FINGERS, SIDES

SIDED_ROLES: Final = (
    "thigh",
    "collar",
    "upper_arm",
    "upper_arm_twist",
    "forearm",
    "forearm_twist",
    "hand",
    *FINGERS,
)
MIDDLE_ROLES: Final = ("hips", "spine", "neck", "head")
EVERY_ROLE: Final = (*MIDDLE_ROLES, *(f"{role}.{side}" for side in SIDES for role in SIDED_ROLES))
UNKEYED_ROLES: Final = ("hips", "thigh.L", "thigh.R")
ARM: Final = ("upper_arm", "forearm", "hand")
REQUIRED_ROLES: Final = tuple(f"{role}.{side}" for side in SIDES for role in ARM)
OPTIONAL_ROLES: Final = ("hips", "thigh", "collar", "neck", "upper_arm_twist", "forearm_twist")
BESIDE: Final = ("upper_arm_twist", "forearm_twist")  # may hang side by side, as leaves
UNTWISTED: Final = BESIDE  # control rigs share the twist by themselves
# the role whose last bone must be an ancestor; the first of these that is mapped counts
ABOVE: Final = {
    "upper_arm": ("collar", "spine"),
    "upper_arm_twist": ("upper_arm",),
    "forearm": ("upper_arm",),
    "forearm_twist": ("forearm",),
    "hand": ("forearm",),
    **dict.fromkeys(FINGERS, ("hand",)),
}
FINGER_JOINTS: Final = {"1": "knuckle", "2": "middle joint", "3": "end joint"}
MOST_BONES: Final = {  # of a chain that count; one for roles not named
    "spine": 8,
    "neck": 3,
    "collar": 2,
    **dict.fromkeys(BESIDE, 6),
    **dict.fromkeys(FINGERS, 3),
}
SPOKEN_PART: Final = {"pinky": "little finger", **{f: f"{f} finger" for f in FINGERS[1:4]}}


@dataclass(frozen=True)
class BoneMap:
    """Rig bones by role, each chain root first; roles without bones are absent."""

    family: str
    roles: Mapping[str, tuple[str, ...]]

    def get(self, role: str) -> tuple[str, ...]:
        """The chain of ROLE, empty when the rig has none."""
        return self.roles.get(role, ())

    @property
    def keyed(self) -> tuple[str, ...]:
        """Every bone that gets keys."""
        return tuple(
            bone
            for role, chain in self.roles.items()
            if role not in UNKEYED_ROLES
            for bone in chain
        )


def part_of(role: str) -> str:
    """ROLE without its side: forearm for forearm.L."""
    return role.partition(".")[0]


def most_bones(role: str) -> int:
    """How many bones of ROLE's chain count."""
    return MOST_BONES.get(part_of(role), 1)


def spoken(role: str) -> str:
    """ROLE in words: left upper arm, right little finger, spine."""
    part, _, side = role.partition(".")
    words = SPOKEN_PART.get(part, part.replace("_", " "))
    return f"{SIDES.get(side, side)} {words}" if side else words  # a file may say any side


def spoken_joint(joint: str) -> str:
    """JOINT of a limit report in words: Left index finger, middle joint."""
    part, _, side = joint.partition(".")
    finger, _, number = part.partition("_")
    if number in FINGER_JOINTS:
        return f"{spoken(f'{finger}.{side}')}, {FINGER_JOINTS[number]}".capitalize()
    return spoken(joint).capitalize()
