# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings in words that tell nothing private: no names, no texts, no places of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

if TYPE_CHECKING:
    from .privacy import Privacy

WORDS: Final = frozenset(  # settings of ours
    {"limits", "kind", "version", "engine", "torch", "numpy", "device"}
)
PATHS: Final = frozenset({"speech", "image", "images", "checkpoint"})
LONGEST: Final = 12  # values that are told one by one
TEXT: Final = "<text>"
INHERITED: Final = ("rna_type", "name")  # by groups of properties


def told(name: str, value: Any, privacy: Privacy) -> str:
    """VALUE of the setting NAME, as JSON knows values; of a text only that there is one."""
    if isinstance(value, str):
        return _text(name, value, privacy)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{key}: {told(key, one, privacy)}" for key, one in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return _row(name, value, privacy)
    return str(value)


def _text(name: str, value: str, privacy: Privacy) -> str:
    if name in WORDS:
        return privacy.text(value)
    if name in PATHS and value:
        return privacy.path(value)
    return TEXT if value else "''"


def _row(name: str, values: list[Any] | tuple[Any, ...], privacy: Privacy) -> str:
    if len(values) > LONGEST:
        return f"<{len(values)} values>"
    return "[" + ", ".join(told(name, one, privacy) for one in values) + "]"


def of_property(owner: Any, one: Any, privacy: Privacy) -> str:
    """The value of the property ONE (of RNA) of OWNER; of groups all that is not hidden."""
    value = getattr(owner, one.identifier)
    if one.type == "COLLECTION":
        return f"<{len(value)}>"
    if isinstance(value, bpy.types.PropertyGroup):
        return _group(value, privacy)
    if one.type == "POINTER":
        return "set" if value else "not set"
    if one.type == "ENUM":
        return ", ".join(sorted(value)) if isinstance(value, set) else str(value)
    if one.type == "STRING":
        is_path = one.subtype in ("FILE_PATH", "DIR_PATH") and value
        return privacy.path(value) if is_path else _text("", value, privacy)
    return told("", list(value) if one.is_array else value, privacy)


def _group(group: Any, privacy: Privacy) -> str:
    shown = (one for one in type(group).bl_rna.properties if one.identifier not in INHERITED)
    told_ones = (
        f"{one.identifier} {of_property(group, one, privacy)}" for one in shown if not one.is_hidden
    )
    return "; ".join(told_ones)
