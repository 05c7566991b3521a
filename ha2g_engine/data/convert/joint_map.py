# SPDX-License-Identifier: GPL-3.0-or-later
"""Which joint of a captured skeleton plays which role: maps as TOML files, chosen by fit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ha2g_engine import paths
from ha2g_engine.errors import InputError

MAPS: Final = Path(__file__).with_name("maps")
FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")
MIDDLE: Final = ("hips", "spine", "neck", "head", "nose")
SIDED: Final = ("thigh", "upper_arm", "forearm", "hand", "eye", "ear", *FINGERS)
REQUIRED: Final = (
    "spine",
    "neck",
    "head",
    *(f"{role}.{side}" for role in ("upper_arm", "forearm", "hand") for side in "LR"),
)


@dataclass(frozen=True)
class JointMap:
    """Joint indices by role (``head``, ``hand.L``), each chain root first; absent if missing."""

    family: str
    roles: Mapping[str, tuple[int, ...]]

    def one(self, role: str) -> int:
        """The first joint of a role."""
        return self.roles[role][0]

    @property
    def missing(self) -> list[str]:
        """Required roles without a joint."""
        return [role for role in REQUIRED if role not in self.roles]

    def finger(self, name: str, side: str) -> tuple[int, ...]:
        """The three joints of a finger (``index``, ``L``), knuckle first; () if it lacks one."""
        chain = self.roles.get(f"{name}.{side}", ())[:3]
        return chain if len(chain) == 3 else ()

    @property
    def has_face(self) -> bool:
        """Whether nose, eyes and ears are joints of their own."""
        return "nose" in self.roles and all(
            f"{part}.{side}" in self.roles for part in ("eye", "ear") for side in "LR"
        )


def fit(names: Sequence[str], source: str, file: Path | None = None) -> JointMap:
    """The map that finds most joints among ``names``, or the one in ``file``.

    Raises InputError naming ``source`` and the roles that the best map does not find.
    """
    files = [file] if file else sorted(MAPS.glob("*.toml"))
    maps = [_matched(_table(path), names) for path in files]
    best = max(maps, key=lambda m: (-len(m.missing), sum(map(len, m.roles.values()))))
    if best.missing:
        raise InputError(
            f"'{source}' has no joint for {', '.join(best.missing)} by the {best.family} names "
            "(the nearest): write a joint map and pass it with --map."
        )
    return best


def _table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(paths.text_of(path, "an existing joint map (.toml)"))
        re.compile(table.get("prefix", ""))
        return {"family": path.stem, "sides": {}, **table, "roles": dict(table["roles"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError, re.error) as error:
        raise InputError(
            f"'{path}' is no joint map: it must be TOML with family, sides and [roles]."
        ) from error


def _matched(table: dict[str, Any], names: Sequence[str]) -> JointMap:
    prefix = re.compile(table.get("prefix", ""), re.IGNORECASE)
    index = {_plain(prefix.sub("", name)): i for i, name in reversed(list(enumerate(names)))}
    roles: dict[str, tuple[int, ...]] = {}
    for role, chain in table["roles"].items():
        for key, side in _sides(role, table["sides"]):
            found = [_first(entry, side, index) for entry in chain]
            if joints := tuple(i for i in found if i is not None):
                roles[key] = joints
    return JointMap(table["family"], roles)


def _sides(role: str, sides: Mapping[str, str]) -> list[tuple[str, str]]:
    """A role's keys and what ``{side}`` stands for in each; unknown roles (twists) have none."""
    if role in SIDED:
        return [(f"{role}.{side}", sides.get(side, side)) for side in "LR"]
    return [(role, "")] if role in MIDDLE else []


def _first(entry: str, side: str, index: Mapping[str, int]) -> int | None:
    wanted = (_plain(choice.replace("{side}", side)) for choice in entry.split("|"))
    return next((index[name] for name in wanted if name in index), None)


def _plain(name: str) -> str:
    return re.sub(r"[\s_.\-]+", "", name).lower()
