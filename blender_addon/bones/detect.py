# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rig bone plays which role: detection, reasons (see roles.py, presets.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from ..body.rotations import Floats
from ..body.skeleton import FINGERS, SIDES
from ..errors import GestureError
from .arms import NoBodyError
from .families import Preset, load_presets
from .limb_tree import Joints
from .roles import (
    ABOVE,
    BESIDE,
    EVERY_ROLE,
    OPTIONAL_ROLES,
    REQUIRED_ROLES,
    SIDED_ROLES,
    BoneMap,
    part_of,
    spoken,
)
from .structure import find_roles

STRUCTURE: Final = "Found by structure"  # in the place of a family's name
_SEPARATORS: Final = re.compile(r"[\s._:\-|]+")


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


def detect(
    names: Sequence[str],
    parents: Sequence[int],
    presets: Sequence[Preset] | None = None,
    places: tuple[Floats, Floats] | None = None,
) -> Detection:
    """The preset that fits bones NAMES (parents: index or -1) best, applied to them.

    presets: the shipped ones when None. places: heads and tails (B, 3) in armature space; with
    them, a rig whose arms no preset names is searched by structure, fingers that none names too.
    """
    if presets is None:
        from ..paths import RIGS_DIR

        presets = load_presets(RIGS_DIR)
    named = max((apply_preset(preset, names, parents) for preset in presets), key=_rank)
    if places is None or named.certain or (named.has_arms and _has_fingers(named)):
        return named
    found = by_structure(Joints(names, parents, *places))
    if not named.has_arms:
        known = sum(bool(named.bone_map.get(role)) for role in REQUIRED_ROLES)
        # half an arm by name: a rig of that family with something missing, and it says what
        return named if known >= len(REQUIRED_ROLES) // 2 else found
    return _with_fingers_of(named, found)


def by_structure(joints: Joints) -> Detection:
    """The roles of bones whose names say nothing, from hierarchy and rest positions."""
    try:
        indices = find_roles(joints)
    except NoBodyError as error:
        return assembled(STRUCTURE, {}, dict.fromkeys(EVERY_ROLE, str(error)))
    roles = {role: tuple(joints.names[i] for i in bones) for role, bones in indices.items()}
    reasons = {
        key: _unseen(role, side, roles)
        for role, side in _every_role()
        if (key := f"{role}.{side}" if side else role) not in roles
    }
    return assembled(STRUCTURE, roles, reasons)


def assembled(
    family: str, roles: Mapping[str, tuple[str, ...]], reasons: Mapping[str, str]
) -> Detection:
    """ROLES found as FAMILY, and the REASONS for the others, parted by whether they are needed."""
    spare = {r: why for r, why in reasons.items() if part_of(r) in OPTIONAL_ROLES}
    missing = {role: why for role, why in reasons.items() if role not in spare}
    return Detection(BoneMap(family, roles), family, missing, _score(roles), spare)


def _unseen(role: str, side: str, roles: Mapping[str, tuple[str, ...]]) -> str:
    """Why structure shows no bone for ROLE."""
    what = f"{'an' if role[0] in 'aeiou' else 'a'} {spoken(role)}"
    if role in FINGERS:
        return f"no bone under '{roles[f'hand.{side}'][0]}' points like {what}"
    if side:
        return f"no bone lies where {what} bone would"
    if role in ("hips", "spine"):
        return "no bone lies between the legs and the arms"
    return "no bone lies in the middle above the arms"


def _has_fingers(found: Detection) -> bool:
    return any(found.bone_map.get(f"{finger}.{s}") for finger in FINGERS for s in SIDES)


def _with_fingers_of(named: Detection, found: Detection) -> Detection:
    """NAMED, and FOUND's fingers where both see the same hands."""
    if any(named.bone_map.get(f"hand.{s}") != found.bone_map.get(f"hand.{s}") for s in SIDES):
        return named
    wanted = {f"{finger}.{s}" for finger in FINGERS for s in SIDES}
    added = {role: bones for role, bones in found.bone_map.roles.items() if role in wanted}
    roles = {**named.bone_map.roles, **added}
    missing = {role: why for role, why in named.missing.items() if role not in added}
    missing |= {role: why for role, why in found.missing.items() if role in missing}
    return assembled(named.family, roles, {**missing, **named.spare})


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


def _rank(found: Detection) -> tuple[bool, bool, float, int]:
    """What makes a mapping better: arms, made for this rig, then the score, then more bones."""
    bones = sum(map(len, found.bone_map.roles.values()))
    return found.has_arms, found.certain, found.score, bones


def apply_preset(preset: Preset, names: Sequence[str], parents: Sequence[int]) -> Detection:
    """PRESET's roles among NAMES, each checked against the parent order (unless it is exact)."""
    tree = _Tree(preset.prefix, names, parents)
    if preset.exact:
        return _apply_exact(preset, tree)
    roles: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, str] = {}
    for role, side in _every_role():
        key = f"{role}.{side}" if side else role
        spellings = preset.spellings(role, side)
        chain, reason = tree.chain(spellings, _above(role, side, roles), role in BESIDE)
        if role == "spine":
            chain = tree.without_legs(chain, roles)
        if chain:
            roles[key] = chain
        else:
            reasons[key] = reason or f"{preset.family} rigs have no bone for it"
    return assembled(preset.family, roles, reasons)


def _apply_exact(preset: Preset, tree: _Tree) -> Detection:
    """A mapping saved for one rig: what it names and the rig has."""
    roles: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, str] = {}
    named = found = 0
    for role, side in _every_role():
        key = f"{role}.{side}" if side else role
        wanted = [bone[0] for bone in preset.roles.get(key, ())]
        here = tuple(bone for one in wanted if (bone := tree.named(one)))
        named, found = named + len(wanted), found + len(here)
        if here:
            roles[key] = here
        else:
            empty = "the saved mapping leaves it empty"
            reasons[key] = f"no bone is named '{wanted[0]}'" if wanted else empty
    return replace(assembled(preset.family, roles, reasons), certain=named == found)


def _every_role() -> list[tuple[str, str]]:
    """Roles in the order in which they hang from each other: legs and spine before arms."""
    legs = [("hips", ""), *(("thigh", side) for side in SIDES)]
    middle = [("spine", ""), ("neck", ""), ("head", "")]
    return legs + middle + [(role, side) for side in SIDES for role in SIDED_ROLES[1:]]


def _above(role: str, side: str, roles: Mapping[str, tuple[str, ...]]) -> str | None:
    """The bone that ROLE's chain must hang from, None when anything will do."""
    for parent in ABOVE.get(role, ()):
        chain = roles.get(f"{parent}.{side}") or roles.get(parent)
        if chain:
            return chain[0]
    return None


def _score(roles: Mapping[str, tuple[str, ...]]) -> float:
    """Mapped bones over those of a full rig: arms count four times, three phalanges a finger."""
    arms = 4.0 * sum(role in roles for role in REQUIRED_ROLES)
    middle = sum(role in roles for role in ("spine", "head", "collar.L", "collar.R"))
    fingers = sum(min(3, len(roles.get(f"{f}.{side}", ()))) for f in FINGERS for side in SIDES)
    return (arms + middle + fingers) / (4.0 * len(REQUIRED_ROLES) + 4.0 + 30.0)


@lru_cache(maxsize=1 << 16)
def _bare(prefix: str, name: str) -> str:
    """NAME without PREFIX (a pattern), case and the choice of separators."""
    return _SEPARATORS.sub("_", re.sub(prefix, "", name, count=1, flags=re.IGNORECASE)).lower()


class _Tree:
    """Bones by their name without prefix, case and separators."""

    def __init__(self, prefix: str, names: Sequence[str], parents: Sequence[int]) -> None:
        self.names, self.parents = names, parents
        self.exact = {name: i for i, name in enumerate(names)}
        self.index: dict[str, int] = {}
        for i, name in enumerate(names):
            self.index.setdefault(_bare(prefix, name), i)

    def _find(self, spellings: Iterable[str]) -> int | None:
        keys = (_bare("", spelling) for spelling in spellings)
        return next((self.index[key] for key in keys if key in self.index), None)

    def named(self, name: str) -> str | None:
        """The bone NAME, in this or another spelling of its separators and case."""
        if name in self.exact:
            return name
        bone = self._find([name])
        return None if bone is None else self.names[bone]

    def hangs_from(self, bone: int, ancestor: int) -> bool:
        """Whether ANCESTOR is above BONE."""
        while bone >= 0:
            bone = self.parents[bone]
            if bone == ancestor:
                return True
        return False

    def chain(
        self, spellings: list[list[str]], above: str | None, beside: bool
    ) -> tuple[tuple[str, ...], str]:
        """The bones that exist, each under the one before (BESIDE: under ABOVE will do).

        Without any, the reason is told.
        """
        last = None if above is None else self.names.index(above)
        chain: list[str] = []
        reason = f"no bone is named '{spellings[0][0]}'" if spellings else ""
        for bone in map(self._find, spellings):
            if bone is None:
                continue
            if last is not None and not self.hangs_from(bone, last):
                reason = f"'{self.names[bone]}' is not below '{self.names[last]}'"
                continue
            chain.append(self.names[bone])
            last = last if beside else bone
        return tuple(chain), reason

    def without_legs(
        self, chain: tuple[str, ...], roles: Mapping[str, tuple[str, ...]]
    ) -> tuple[str, ...]:
        """CHAIN less the bones that would move the legs (3ds Max hangs thighs from the spine)."""
        legs = [self.names.index(roles[f"thigh.{s}"][0]) for s in SIDES if f"thigh.{s}" in roles]
        return tuple(
            name
            for name in chain
            if not any(self.hangs_from(leg, self.names.index(name)) for leg in legs)
        )


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
