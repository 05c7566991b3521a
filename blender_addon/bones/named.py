# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles by name: one family's map applied to a rig's bones, checked against the parent order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from ..body.skeleton import SIDES
from .detection import Detection, assembled, every_role
from .families import Preset
from .roles import ABOVE, BESIDE

_SEPARATORS: Final = re.compile(r"[\s._:\-|]+")


def apply_preset(preset: Preset, names: Sequence[str], parents: Sequence[int]) -> Detection:
    """PRESET's roles among NAMES, each checked against the parent order (unless it is exact)."""
    tree = _Tree(preset.prefix, names, parents)
    if preset.exact:
        return _apply_exact(preset, tree)
    roles: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, str] = {}
    for role, side in every_role():
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
    for role, side in every_role():
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


def _above(role: str, side: str, roles: Mapping[str, tuple[str, ...]]) -> str | None:
    """The bone that ROLE's chain must hang from, None when anything will do."""
    for parent in ABOVE.get(role, ()):
        chain = roles.get(f"{parent}.{side}") or roles.get(parent)
        if chain:
            return chain[0]
    return None


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
