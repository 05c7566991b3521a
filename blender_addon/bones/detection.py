# SPDX-License-Identifier: GPL-3.0-or-later
"""What detection found on a rig: the map, and for every role without a bone the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ..body.skeleton import FINGERS, SIDES
from ..errors import GestureError
from .roles import (
    EVERY_ROLE,
    OPTIONAL_ROLES,
    REQUIRED_ROLES,
    SIDED_ROLES,
    BoneMap,
    spoken,
)

STRUCTURE: Final = "Found by structure"  # in the place of a family's name


@dataclass(frozen=True)
class Detection:
    """What was found: the map, and for every role without a bone the reason.

    score: 0 (nothing fits) to 1 (every bone a full rig has, each where it belongs). spare: the
    reasons for roles without a bone that gestures do not need. certain: a mapping that was saved
    for just these bones. remarks: sentences for the user.
    """

    bone_map: BoneMap
    family: str
    missing: Mapping[str, str]
    score: float
    spare: Mapping[str, str] = field(default_factory=dict)
    certain: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def has_arms(self) -> bool:
        """Whether both upper arms, forearms and hands were found: the least to gesture with."""
        return all(self.bone_map.get(role) for role in REQUIRED_ROLES)


def assembled(
    family: str, roles: Mapping[str, tuple[str, ...]], reasons: Mapping[str, str]
) -> Detection:
    """ROLES found as FAMILY, and the REASONS for the others, parted by whether they are needed."""
    spare = {r: why for r, why in reasons.items() if r.partition(".")[0] in OPTIONAL_ROLES}
    missing = {role: why for role, why in reasons.items() if role not in spare}
    return Detection(BoneMap(family, roles), family, missing, _score(roles), spare)


def guessed_palms(bone_map: BoneMap) -> str:
    """A sentence on hands whose palm too few fingers show; "" where both show theirs."""
    counts = {s: sum(bool(bone_map.get(f"{f}.{s}")) for f in FINGERS[1:]) for s in SIDES}
    few = [f"the {SIDES[side]} hand" for side, count in counts.items() if count < 2]
    if not few:
        return ""
    are, they = ("is", "it has") if len(few) == 1 else ("are", "they have")
    return (
        f"How {' and '.join(few)} {are} turned at rest is guessed: {they} fewer than two fingers "
        "besides the thumb."
    )


def with_choices(found: Detection, chosen: Mapping[str, tuple[str, ...]]) -> Detection:
    """FOUND with the bones CHOSEN by role (none: it stays empty), which no other role keeps."""
    taken = {bone: role for role, chain in chosen.items() for bone in chain}
    reasons = {**found.missing, **found.spare}
    roles: dict[str, tuple[str, ...]] = {}
    for role in EVERY_ROLE:
        before = found.bone_map.get(role)
        chain = chosen.get(role, tuple(bone for bone in before if bone not in taken))
        if chain:
            roles[role] = chain
        elif role in chosen:
            reasons[role] = "you left it empty"
        elif before:
            reasons[role] = f"'{before[0]}' was chosen as {spoken(taken[before[0]])}"
    reasons = {role: why for role, why in reasons.items() if role not in roles}
    return replace(assembled(found.family, roles, reasons), certain=found.certain)


def every_role() -> list[tuple[str, str]]:
    """Roles in the order in which they hang from each other: legs and spine before arms."""
    legs = [("hips", ""), *(("thigh", side) for side in SIDES)]
    middle = [("spine", ""), ("neck", ""), ("head", "")]
    return legs + middle + [(role, side) for side in SIDES for role in SIDED_ROLES[1:]]


def _score(roles: Mapping[str, tuple[str, ...]]) -> float:
    """Mapped bones over those of a full rig: arms count four times, three phalanges a finger."""
    arms = 4.0 * sum(role in roles for role in REQUIRED_ROLES)
    middle = sum(role in roles for role in ("spine", "head", "collar.L", "collar.R"))
    fingers = sum(min(3, len(roles.get(f"{f}.{side}", ()))) for f in FINGERS for side in SIDES)
    return (arms + middle + fingers) / (4.0 * len(REQUIRED_ROLES) + 4.0 + 30.0)


def no_arms(armature: str, detection: Detection) -> GestureError:
    """The error for a rig that cannot gesture, naming the first bone that is missing."""
    role = next(role for role in REQUIRED_ROLES if not detection.bone_map.get(role))
    if not any(detection.bone_map.get(required) for required in REQUIRED_ROLES):
        why = detection.missing[role] if detection.family == STRUCTURE else ""
        what = "has no arms that a bone mapping knows" + (f", and {why}" if why else "")
    else:
        what = f"has no {spoken(role)} ({detection.missing[role]})"
    return GestureError(
        f"The armature '{armature}' {what}: choose the armature of a humanoid character "
        "or add a bone mapping for it."
    )
