# SPDX-License-Identifier: GPL-3.0-or-later
"""Bone mappings as files (TOML): the shipped ones, one a rig family, and the user's own.

A shipped one says how a family names its bones: `hand = ["{side}Hand"]`, spellings parted by "|".
A saved one names one rig's bones as they are: exact = true, `"hand.L" = ["LeftHand"]`; a role
that is not in it has no bone.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from .. import files
from ..errors import GestureError
from .roles import EVERY_ROLE, MIDDLE_ROLES, SIDED_ROLES, BoneMap

SUFFIX: Final = ".toml"
Chain: TypeAlias = tuple[tuple[str, ...], ...]  # bones, each with its spellings

EXACT_HEADER: Final = """\
# SPDX-License-Identifier: GPL-3.0-or-later
# Bone mapping saved from Blender: the bones of one rig, by role.
"""


@dataclass(frozen=True)
class Preset:
    """How one rig family names its bones: role -> chain of names, each name with its spellings.

    sides: what a side is called, {side} in the names; letters: the same in short, {letter}.
    exact: roles carry their side (hand.L) and names stand for themselves.
    """

    family: str
    prefix: str
    sides: Mapping[str, str]
    roles: Mapping[str, Chain]
    letters: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False

    def spellings(self, role: str, side: str = "") -> list[list[str]]:
        """The chain of ROLE on SIDE ("" for the middle), each bone as its possible names."""
        if self.exact:
            return [list(bone) for bone in self.roles.get(f"{role}.{side}" if side else role, ())]
        words = {"{side}": self.sides.get(side, ""), "{letter}": self.letters.get(side, side)}
        return [[_filled(one, words) for one in bone] for bone in self.roles.get(role, ())]


def _filled(name: str, words: Mapping[str, str]) -> str:
    for mark, word in words.items():
        name = name.replace(mark, word)
    return name


def load_preset(path: Path) -> Preset:
    """Read one preset file.

    Raises GestureError, naming the file, when it is not TOML or lacks a table.
    """
    try:
        return _preset(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise GestureError(
            f"The bone mapping '{path.name}' cannot be read ({error}): repair or remove the file."
        ) from error


@lru_cache(maxsize=64)
def _preset(text: str) -> Preset:
    table: dict[str, Any] = tomllib.loads(text)
    exact = bool(table.get("exact", False))
    known = EVERY_ROLE if exact else (*SIDED_ROLES, *MIDDLE_ROLES)
    unknown = set(table["roles"]) - set(known)
    if unknown:
        raise KeyError(f"unknown role {min(unknown)}")
    roles = {
        role: tuple((str(bone),) if exact else tuple(bone.split("|")) for bone in chain)
        for role, chain in table["roles"].items()
    }
    sides = {} if exact else table["sides"]
    letters = table.get("letters", {})
    return Preset(table["family"], table.get("prefix", ""), sides, roles, letters, exact)


def load_presets(folder: Path) -> tuple[Preset, ...]:
    """Every preset of FOLDER, by file name.

    Raises GestureError when there is none.
    """
    presets = tuple(load_preset(path) for path in files.whole(folder, SUFFIX))
    if not presets:
        raise GestureError(f"There are no bone mappings in '{folder}': install the add-on again.")
    return presets


def save_preset(bone_map: BoneMap, path: Path, *, overwrite: bool = False) -> None:
    """Write BONE_MAP as a preset file that names its bones exactly; the file appears whole.

    Raises GestureError when it cannot be written, or is there already and not to OVERWRITE.
    """
    files.check_free(path, f"bone mapping '{path.name}'", overwrite=overwrite)
    rows = [
        f"{_quoted(role)} = [{', '.join(map(_quoted, chain))}]"
        for role in EVERY_ROLE
        if (chain := bone_map.get(role))
    ]
    head = [f"family = {_quoted(bone_map.family)}", "exact = true", "", "[roles]"]
    try:
        with files.replacing(path) as part:
            part.write_text(EXACT_HEADER + "\n".join([*head, *rows]) + "\n", encoding="utf-8")
    except OSError as error:
        raise GestureError(
            f"The bone mapping '{path}' cannot be written ({error.strerror}): choose another place."
        ) from error


def _quoted(text: str) -> str:
    """TEXT as a TOML basic string, whose escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
