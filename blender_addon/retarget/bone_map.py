# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rig bone plays which role: presets (TOML files), detection, reasons.

Roles: hips, thigh.S (found for orientation, never keyed), spine, neck, head, collar.S,
upper_arm.S, upper_arm_twist.S, forearm.S, forearm_twist.S, hand.S, FINGER.S with FINGER one of
thumb, index, middle, ring, pinky; S is L or R. A role holds a chain of bones, root first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import GestureError
from .arm_bones import NoBodyError
from .limb_tree import Joints
from .rotations import Floats
from .skeleton import FINGERS, SIDES
from .structure import find_roles

STRUCTURE: Final = "Found by structure"  # in the place of a family's name
SPOKEN_SIDE: Final = {"L": "left", "R": "right"}
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


@dataclass(frozen=True)
class Preset:
    """How one rig family names its bones: role -> chain of names, each name with its spellings.

    sides: what a side is called, {side} in the names; letters: the same in short, {letter}.
    """

    family: str
    prefix: str
    sides: Mapping[str, str]
    roles: Mapping[str, tuple[tuple[str, ...], ...]]
    letters: Mapping[str, str] = field(default_factory=dict)

    def spellings(self, role: str, side: str = "") -> list[list[str]]:
        """The chain of ROLE on SIDE ("" for the middle), each bone as its possible names."""
        words = {"{side}": self.sides.get(side, ""), "{letter}": self.letters.get(side, side)}
        return [[_filled(one, words) for one in bone] for bone in self.roles.get(role, ())]


def _filled(name: str, words: Mapping[str, str]) -> str:
    for mark, word in words.items():
        name = name.replace(mark, word)
    return name


@dataclass(frozen=True)
class Detection:
    """What was found: the map, and for every role without a bone the reason.

    score: 0 (nothing fits) to 1 (every bone a full rig has, each where it belongs).
    """

    bone_map: BoneMap
    family: str
    missing: Mapping[str, str]
    score: float

    @property
    def has_arms(self) -> bool:
        """Whether both upper arms, forearms and hands were found: the least to gesture with."""
        return all(self.bone_map.get(role) for role in REQUIRED_ROLES)


def load_preset(path: Path) -> Preset:
    """Read one preset file.

    Raises GestureError, naming the file, when it is not TOML or lacks a table.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        roles = {
            role: tuple(tuple(bone.split("|")) for bone in chain)
            for role, chain in table["roles"].items()
        }
        unknown = set(roles) - set(SIDED_ROLES) - set(MIDDLE_ROLES)
        if unknown:
            raise KeyError(f"unknown role {min(unknown)}")
        prefix, letters = table.get("prefix", ""), table.get("letters", {})
        return Preset(table["family"], prefix, table["sides"], roles, letters)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise GestureError(
            f"The bone mapping '{path.name}' cannot be read ({error}): repair or remove the file."
        ) from error


def load_presets(folder: Path) -> tuple[Preset, ...]:
    """Every preset of FOLDER (*.toml), by file name.

    Raises GestureError when there is none.
    """
    presets = tuple(load_preset(path) for path in sorted(folder.glob("*.toml")))
    if not presets:
        raise GestureError(f"There are no bone mappings in '{folder}': install the add-on again.")
    return presets


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
    if places is None or (named.has_arms and _has_fingers(named)):
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
        reasons = dict.fromkeys(REQUIRED_ROLES, str(error))
        return Detection(BoneMap(STRUCTURE, {}), STRUCTURE, reasons, 0.0)
    roles = {role: tuple(joints.names[i] for i in bones) for role, bones in indices.items()}
    missing = {
        key: _unseen(role, side, roles)
        for role, side in _every_role()
        if (key := f"{role}.{side}" if side else role) not in roles and role not in OPTIONAL_ROLES
    }
    return Detection(BoneMap(STRUCTURE, roles), STRUCTURE, missing, _score(roles))


def _unseen(role: str, side: str, roles: Mapping[str, tuple[str, ...]]) -> str:
    """Why structure shows no bone for ROLE."""
    if role in FINGERS:
        spoken = {"thumb": "thumb", "pinky": "little finger"}.get(role, f"{role} finger")
        article = "an" if role == "index" else "a"
        return f"no bone under '{roles[f'hand.{side}'][0]}' points like {article} {spoken}"
    if role == "spine":
        return "no bone lies between the hips and the arms"
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
    return Detection(BoneMap(named.family, roles), named.family, missing, _score(roles))


def _rank(found: Detection) -> tuple[bool, float, int]:
    """What makes a mapping better: arms, then the score, then more bones."""
    return found.has_arms, found.score, sum(map(len, found.bone_map.roles.values()))


def apply_preset(preset: Preset, names: Sequence[str], parents: Sequence[int]) -> Detection:
    """PRESET's roles among NAMES, each checked against the parent order."""
    tree = _Tree(preset.prefix, names, parents)
    roles: dict[str, tuple[str, ...]] = {}
    missing: dict[str, str] = {}
    for role, side in _every_role():
        key = f"{role}.{side}" if side else role
        spellings = preset.spellings(role, side)
        chain, reason = tree.chain(spellings, _above(role, side, roles), role in BESIDE)
        if role == "spine":
            chain = tree.without_legs(chain, roles)
        if chain:
            roles[key] = chain
        elif role not in OPTIONAL_ROLES:
            missing[key] = reason if spellings else f"{preset.family} rigs have no bone for it"
    return Detection(BoneMap(preset.family, roles), preset.family, missing, _score(roles))


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


class _Tree:
    """Bones by their name without prefix, case and separators."""

    def __init__(self, prefix: str, names: Sequence[str], parents: Sequence[int]) -> None:
        self.names, self.parents = names, parents
        self.prefix = re.compile(prefix, re.IGNORECASE)
        self.index: dict[str, int] = {}
        for i, name in enumerate(names):
            self.index.setdefault(self._key(name), i)

    def _key(self, name: str) -> str:
        return re.sub(r"[\s._:\-|]+", "_", self.prefix.sub("", name, count=1)).lower()

    def _find(self, spellings: Iterable[str]) -> int | None:
        keys = (re.sub(r"[\s._:\-|]+", "_", spelling).lower() for spelling in spellings)
        return next((self.index[key] for key in keys if key in self.index), None)

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
    part, side = role.split(".")
    if not any(detection.bone_map.get(required) for required in REQUIRED_ROLES):
        why = detection.missing[role] if detection.family == STRUCTURE else ""
        what = "has no arms that a bone mapping knows" + (f", and {why}" if why else "")
    else:
        what = f"has no {SPOKEN_SIDE[side]} {part.replace('_', ' ')} ({detection.missing[role]})"
    return GestureError(
        f"The armature '{armature}' {what}: choose the armature of a humanoid character "
        "or add a bone mapping for it."
    )
