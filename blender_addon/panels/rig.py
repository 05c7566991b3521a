# SPDX-License-Identifier: GPL-3.0-or-later
"""How the armature's bones were understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .. import mapping, properties
from .widgets import sentence, translated

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

SHOWN_MISSING: Final = 8  # missing body parts named before the rest is only counted


def draw_mapping(layout: UILayout, context: Context) -> None:
    """Counts in one line; family and missing parts when opened."""
    armature = properties.chosen_armature(context)
    if armature is None:
        return
    status = mapping.status(armature)
    if status.problem:
        sentence(layout, status.problem, icon="ERROR")
        return
    header, body = layout.panel("GESTURES_mapping", default_closed=True)
    counts = f"{status.found} {translated('of')} {status.total} {translated('body parts')}"
    header.label(text=counts, icon="BONE_DATA", translate=False)
    if body is not None:
        _draw_missing(body, status)


def _draw_missing(layout: UILayout, status: mapping.Status) -> None:
    column = layout.column(align=True)
    sentence(column, status.family)
    for role, reason in status.missing[:SHOWN_MISSING]:
        sentence(column, f"{role}: {reason}")
    hidden = len(status.missing) - SHOWN_MISSING
    if hidden > 0:
        column.label(text=f"+ {hidden}", translate=False)
    if not status.missing:
        column.label(text="Every body part has its bones", icon="CHECKMARK")
