# SPDX-License-Identifier: GPL-3.0-or-later
"""Several candidates for a rig's roles -> one mapping: the best, its gaps filled by the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..body.skeleton import FINGERS, SIDES
from .detection import STRUCTURE, Detection, assembled
from .neighbours import Neighbours, Roles
from .roles import BESIDE, EVERY_ROLE, REQUIRED_ROLES

ENOUGH: Final = len(REQUIRED_ROLES) // 2  # arm bones known by name: the family is meant
LEGS: Final = ("thigh.L", "thigh.R")
LENGTHENED: Final = ("spine", "neck")  # chains of which names may know only some bones


def joined(named: Sequence[Detection], found: Detection, around: Neighbours) -> Detection:
    """One mapping from the families' names, best first, and FOUND by structure.

    What says most is the base, a family where it says as much. Where both see the same arms, each
    hand is taken from whoever sees more of it; then every empty role from the first that has
    bones for it which fit the neighbours. Names that contradict the structure stand alone,
    unless they say less.
    """
    best = named[0]
    found = _with_sides_of(best, found)
    agree = found.has_arms and not _contradict(best, found)
    known = sum(bool(best.bone_map.get(role)) for role in REQUIRED_ROLES)
    # half an arm by name: a rig of that family with something missing, and it says what
    meant = known >= ENOUGH and best.score >= found.score
    if agree:
        base, other = (best, found) if best.has_arms and meant else (found, best)
    else:
        base, other = best if meant or around.has_arms(best.bone_map.roles) else found, None
    if not base.has_arms:
        return base
    return _filled(base, [*([other] if other else []), *named[1:]], best, around)


def _contradict(named: Detection, found: Detection) -> bool:
    """Whether an arm's bone of one has another role in the other."""
    return _clash(named.bone_map.roles, found.bone_map.roles) or _clash(
        found.bone_map.roles, named.bone_map.roles
    )


def _clash(arms: Roles, roles: Roles) -> bool:
    plays = {bone: role for role, chain in roles.items() for bone in chain}
    mine = {role: chain[0] for role in REQUIRED_ROLES if (chain := arms.get(role))}
    return any(
        plays.get(bone, role) != role or (roles.get(role) or (bone,))[0] != bone
        for role, bone in mine.items()
    )


def _with_sides_of(named: Detection, found: Detection) -> Detection:
    """FOUND, its sides exchanged where that is how NAMED calls the same arms."""
    mirrored = {_other_side(role): chain for role, chain in found.bone_map.roles.items()}
    ours = {role: named.bone_map.get(role) for role in REQUIRED_ROLES}
    same = any(chain and mirrored.get(role) == chain for role, chain in ours.items())
    if not same or _clash(ours, mirrored):
        return found
    reasons = {_other_side(role): why for role, why in {**found.missing, **found.spare}.items()}
    return assembled(found.family, mirrored, reasons)


def _other_side(role: str) -> str:
    part, dot, side = role.partition(".")
    return part + dot + {"L": "R", "R": "L"}.get(side, "")


def _filled(
    base: Detection, others: Sequence[Detection], best: Detection, around: Neighbours
) -> Detection:
    """BASE, its gaps filled by OTHERS in their order. best: of the families."""
    roles = dict(base.bone_map.roles)
    for side in SIDES:
        _take_hand(roles, [base, *others], side, around)
    for role in LENGTHENED:
        for other in others[:1]:
            longer = other.bone_map.get(role)
            if set(longer) > set(roles.get(role, ())) and around.fit(role, longer, roles):
                roles[role] = longer
    _fill(roles, LEGS, others, around)
    if base is not best and not around.fit("spine", roles.get("spine", ()), roles):
        roles.pop("spine", None)  # names know legs below it
    # names that say the most mean it when they leave out twist bones
    left = (r for r in EVERY_ROLE if not (base is best and r.partition(".")[0] in BESIDE))
    _fill(roles, left, others, around)
    family = best if base is best or _is_meant(roles, best) else base
    seen = next((one for one in others if one.family == STRUCTURE), None)
    return assembled(family.family, roles, _reasons(roles, family, seen))


def _fill(
    roles: dict[str, tuple[str, ...]],
    wanted: Iterable[str],
    others: Sequence[Detection],
    around: Neighbours,
) -> None:
    """Give each of the roles WANTED that ROLES lack the first chain that fits of OTHERS'."""
    for role in wanted:
        if role not in roles:
            chains = (other.bone_map.get(role) for other in others)
            if chain := next((c for c in chains if around.fit(role, c, roles)), ()):
                roles[role] = chain


def _take_hand(
    roles: dict[str, tuple[str, ...]],
    candidates: Sequence[Detection],
    side: str,
    around: Neighbours,
) -> None:
    """Let ROLES have the fingers of the candidate that sees most of the hand on SIDE."""

    def seen(one: Detection) -> tuple[int, bool]:
        chains = [one.bone_map.get(f"{finger}.{side}")[:3] for finger in FINGERS]
        return sum(map(len, chains)), one.family != STRUCTURE

    most = max(candidates, key=seen)
    keys = [f"{finger}.{side}" for finger in FINGERS]
    rest = {role: chain for role, chain in roles.items() if role not in keys}
    hand = {key: chain for key in keys if (chain := most.bone_map.get(key))}
    if all(around.fit(key, chain, rest) for key, chain in hand.items()):
        for key in keys:
            roles.pop(key, None)
        roles |= hand


def _is_meant(roles: Roles, best: Detection) -> bool:
    """Whether BEST, a family, names most bones of ROLES besides fingers: it is of that family."""
    body = [bone for role in roles if not _is_finger(role) for bone in roles[role]]
    named = {bone for chain in best.bone_map.roles.values() for bone in chain}
    return best.has_arms and 2 * sum(bone in named for bone in body) > len(body)


def _reasons(roles: Roles, family: Detection, found: Detection | None) -> dict[str, str]:
    """Why roles are empty: as FAMILY says, of fingers it knows nothing of as FOUND does."""
    reasons = {**family.missing, **family.spare}
    if found and not any(map(_is_finger, family.bone_map.roles)):
        reasons |= {role: why for role, why in found.missing.items() if _is_finger(role)}
    return {role: why for role, why in reasons.items() if role not in roles}


def _is_finger(role: str) -> bool:
    return role.partition(".")[0] in FINGERS
