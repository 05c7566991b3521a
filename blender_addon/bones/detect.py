# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rig bone plays which role: every family's names and the structure, put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from ..body.rotations import Floats
from ..body.skeleton import FINGERS
from .arms import NoBodyError
from .detection import STRUCTURE, Detection, assembled, every_role
from .families import Preset, load_presets
from .limb_tree import Joints
from .merging import joined
from .named import apply_preset
from .neighbours import Neighbours
from .roles import EVERY_ROLE, spoken
from .structure import find_roles


def detect(
    names: Sequence[str],
    parents: Sequence[int],
    presets: Sequence[Preset] | None = None,
    places: tuple[Floats, Floats] | None = None,
    held: Collection[str] = (),
) -> Detection:
    """What fits bones NAMES (parents: index or -1) best, of all families' names and structure.

    presets: the shipped ones when None. places: heads and tails (B, 3) in armature space; with
    them, roles that the best family's names leave empty are filled by structure and by other
    families, where that agrees with the rest. held: bones that constraints move; none of them
    fills a role.
    """
    if presets is None:
        from ..paths import RIGS_DIR

        presets = load_presets(RIGS_DIR)
    found = [apply_preset(preset, names, parents) for preset in presets]
    if places is None:
        return max(found, key=_rank)
    joints = Joints(names, parents, *places)
    around = Neighbours(joints, held)
    found.sort(key=partial(_rank, around=around), reverse=True)
    if found[0].certain or around.is_whole(found[0].bone_map.roles):
        return found[0]
    return joined(found, by_structure(joints), around)


def by_structure(joints: Joints) -> Detection:
    """The roles of bones whose names say nothing, from hierarchy and rest positions."""
    try:
        indices = find_roles(joints)
    except NoBodyError as error:
        return assembled(STRUCTURE, {}, dict.fromkeys(EVERY_ROLE, str(error)))
    roles = {role: tuple(joints.names[i] for i in bones) for role, bones in indices.items()}
    reasons = {
        key: _unseen(role, side, roles)
        for role, side in every_role()
        if (key := f"{role}.{side}" if side else role) not in roles
    }
    return assembled(STRUCTURE, roles, reasons)


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


def _rank(
    found: Detection, around: Neighbours | None = None
) -> tuple[bool, bool, bool, float, int]:
    """What makes a mapping better: arms, made for this rig, alike on both sides, score, bones."""
    bones = sum(map(len, found.bone_map.roles.values()))
    fits = around is not None and found.has_arms and around.has_arms(found.bone_map.roles)
    return found.has_arms, found.certain, fits, found.score, bones
