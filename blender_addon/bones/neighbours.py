# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether bones fit a role beside those that have roles already: order, side, place."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

import numpy as np

from ..body import rotations as rot
from ..body.skeleton import FINGERS, SIDES
from .limb_tree import Joints
from .roles import ABOVE, REQUIRED_ROLES

Roles: TypeAlias = Mapping[str, tuple[str, ...]]

DEPTH: Final = {  # no bone hangs from one of a deeper role
    "hips": 0, "thigh": 1, "spine": 1, "neck": 2, "collar": 2, "head": 3, "upper_arm": 3,
    "upper_arm_twist": 4, "forearm": 4, "forearm_twist": 5, "hand": 5, **dict.fromkeys(FINGERS, 6),
}  # fmt: skip
CARRIERS: Final = {  # the first of these that is mapped must be above
    **ABOVE, "thigh": ("hips",), "spine": ("hips",), "collar": ("spine",), "neck": ("spine",),
    "head": ("neck", "spine"),
}  # fmt: skip
CARRIED: Final = {  # those of these that are mapped must be below
    "hips": ("thigh",), "spine": ("upper_arm",), "neck": ("head",), "collar": ("upper_arm",),
    "upper_arm": ("forearm",), "forearm": ("hand",),
}  # fmt: skip
WHOLE: Final = ("hips", "spine", "neck", "head", *(f"{r}.{s}" for s in SIDES
                for r in ("thigh", "collar", *FINGERS)))  # fmt: skip
ON_THE_SPOT: Final = 0.01  # of an arm's length: joints nearer to each other are one joint
UNEVEN: Final = 5.0  # times as long as the other: no two segments of one arm, nor of two arms


class Neighbours:
    """The bones of a rig as those of one role see those of others.

    held: bones that constraints move.
    """

    def __init__(self, joints: Joints, held: Collection[str] = ()) -> None:
        self.joints, self.held = joints, held
        self.index = {name: i for i, name in enumerate(joints.names)}

    # --- all roles together -----------------------------------------------------------------

    def has_arms(self, roles: Roles) -> bool:
        """Whether the arms in ROLES have segments of some length, alike on either side."""
        if not all(roles.get(role) for role in REQUIRED_ROLES):
            return False
        lengths = np.array([self._arm(roles, side) for side in SIDES])
        return bool(lengths.min() > 0.0 and lengths.max() < UNEVEN * lengths.min())

    def is_whole(self, roles: Roles) -> bool:
        """Whether ROLES leave nothing to be filled: every part, whole fingers, the whole spine."""
        return (
            self.has_arms(roles)
            and all(roles.get(role) for role in WHOLE)
            and all(len(roles[f"{finger}.{s}"]) == 3 for finger in FINGERS for s in SIDES)
            and not self._left_out(roles)
        )

    def _left_out(self, roles: Roles) -> bool:
        """Whether a joint between hips and collars, above no leg, has no role."""
        taken = {bone for chain in roles.values() for bone in chain}
        spots = [self._head(bone) for bone in taken]
        legs = [self.index[roles[f"thigh.{side}"][0]] for side in SIDES]
        above = set(self.joints.line(legs[0])) | set(self.joints.line(legs[1]))
        line = self.joints.line(self.index[roles["collar.L"][0]])
        near = ON_THE_SPOT * sum(self._arm(roles, "L"))
        loose = [b for b in line if b not in above and self.joints.names[b] not in taken]
        return any(
            min(np.linalg.norm(spots - self.joints.heads[bone], axis=-1)) > near for bone in loose
        )

    def _arm(self, roles: Roles, side: str) -> tuple[float, float]:
        """Lengths of upper arm and forearm."""
        bones = [self.index[roles[f"{r}.{side}"][0]] for r in ("upper_arm", "forearm", "hand")]
        upper, fore = itertools.starmap(self.joints.between, itertools.pairwise(bones))
        return upper, fore

    # --- one role ---------------------------------------------------------------------------

    def fit(self, role: str, chain: tuple[str, ...], roles: Roles) -> bool:
        """Whether CHAIN may play ROLE beside the others of ROLES, which have the arms."""
        others = {name: bones for name, bones in roles.items() if name != role}
        taken = {bone for bones in others.values() for bone in bones}
        return (
            bool(chain)
            and not taken.intersection(chain)
            and not any(bone in self.held for bone in chain)
            and self._in_order(role, chain, others)
            and self._on_its_side(role, chain, others)
            and self._apart(chain, others)
        )

    def _in_order(self, role: str, chain: tuple[str, ...], others: Roles) -> bool:
        """Whether parents come before children, from the hips to the fingertips."""
        part, _, side = role.partition(".")
        for other, bones in others.items():
            depth = DEPTH[other.partition(".")[0]]
            if depth > DEPTH[part] and self._any_below(chain, bones):
                return False
            if depth < DEPTH[part] and self._any_below(bones, chain):
                return False
        carrier = next((c for name in CARRIERS.get(part, ()) if (c := _of(others, name, side))), ())
        if carrier and not self._below(chain[0], carrier[0]):
            return False
        legs = [bone for s in SIDES for bone in others.get(f"thigh.{s}", ())]
        if part == "spine" and any(self._below(leg, bone) for leg in legs for bone in chain):
            return False
        carried = [_of(others, name, s) for name in CARRIED.get(part, ()) for s in side or SIDES]
        return all(self._below(bones[0], chain[-1]) for bones in carried if bones)

    def _on_its_side(self, role: str, chain: tuple[str, ...], others: Roles) -> bool:
        """Whether a bone of one side neither carries the other side's arm nor lies there."""
        side = role.partition(".")[2]
        if not side:
            return True
        here, there = (others[f"upper_arm.{s}"][0] for s in (side, "R" if side == "L" else "L"))
        if any(self._below(there, bone) for bone in chain):
            return False
        across = self._head(here) - self._head(there)
        middle = 0.5 * (self._head(here) + self._head(there))
        away = float((self._head(chain[0]) - middle) @ across)
        return away > -0.05 * float(across @ across)

    def _apart(self, chain: tuple[str, ...], others: Roles) -> bool:
        """Whether each bone of CHAIN has a joint of its own."""
        near = ON_THE_SPOT * sum(self._arm(others, "L"))
        points = [self._head(bone) for bone in chain]
        return all(np.linalg.norm(b - a) > near for a, b in itertools.pairwise(points))

    def _any_below(self, bones: tuple[str, ...], ancestors: tuple[str, ...]) -> bool:
        return any(self._below(bone, one) for bone in bones for one in ancestors)

    def _below(self, bone: str, ancestor: str) -> bool:
        """Whether ANCESTOR is above BONE."""
        here, top = self.joints.parents[self.index[bone]], self.index[ancestor]
        while here >= 0 and here != top:
            here = self.joints.parents[here]
        return here >= 0

    def _head(self, bone: str) -> rot.Floats:
        return np.asarray(self.joints.heads[self.index[bone]])


def _of(roles: Roles, role: str, side: str) -> tuple[str, ...]:
    """ROLE's bones, on SIDE if it has sides."""
    return roles.get(f"{role}.{side}") or roles.get(role, ())
