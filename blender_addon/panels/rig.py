# SPDX-License-Identifier: GPL-3.0-or-later
"""How the armature's bones were understood, to check and to correct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import compat
from ..body.skeleton import SIDES
from ..bones.roles import most_bones, spoken
from ..properties import chosen, rig
from ..rig import choices, status
from .widgets import Folded, WithArmature, sentence

if TYPE_CHECKING:
    from bpy.types import Context, Object, UILayout

LIGHTS: Final = {
    status.GREEN: compat.GREEN_ICON,
    status.YELLOW: compat.YELLOW_ICON,
    status.RED: compat.RED_ICON,
}
NAMES_SHARE: Final = 0.3  # of a row's width


def draw_mapping(layout: UILayout, context: Context) -> None:
    """Traffic light and counts in one line; why an armature cannot gesture, the hint tells."""
    armature = chosen.chosen_armature(context)
    if armature is None:
        return
    found = status.status(armature)
    if found.problem:
        return
    counts = f"{found.found} of {found.total} body parts"
    icon: Any = LIGHTS[found.light]
    layout.label(text=counts, icon=icon, translate=False)
    if found.on_ik:
        sentence(layout, found.on_ik)
        layout.operator("gestures.key_fk", icon="KEY_HLT")
    if found.held:
        sentence(layout, found.held)
        layout.operator("gestures.release_bones", icon="HIDE_ON")


class GESTURES_PT_character(WithArmature, Folded, bpy.types.Panel):
    """The character's bones, how it stands, and what of it stays as it is."""

    bl_label = "Character"

    def draw(self, context: Context) -> None:
        """Draw nothing: its panels follow."""


class GESTURES_PT_rig(WithArmature, Folded, bpy.types.Panel):
    """The armature's bones by body part."""

    bl_label = "Bones"
    bl_parent_id = "GESTURES_PT_character"

    def draw(self, context: Context) -> None:
        """Draw what was found, by body part, and the presets."""
        armature = chosen.needed_armature(context)
        layout: Any = self.layout
        found = status.status(armature)
        _draw_light(layout, found)
        _draw_arms(layout, armature, found)
        if found.held:
            if found.missing or found.on_ik:
                sentence(layout, found.held, icon="INFO")
            layout.operator("gestures.release_bones", icon="HIDE_ON")
        for remark in (*found.remarks, rig.refusal, choices.why_fixed(armature)):
            sentence(layout, remark, icon="INFO")
        if found.rows:
            for name, roles in status.GROUPS:
                _draw_group(layout, armature, found, name, roles)
        row = layout.row(align=True)
        row.operator("gestures.rig_preset_save", icon="FILE_TICK")
        row.operator("gestures.rig_preset_load", icon="FILE_FOLDER")
        if any(row.chosen for row in found.rows):
            layout.operator("gestures.rig_automatic", icon="LOOP_BACK").role = "ALL"


def _draw_light(layout: UILayout, found: status.Status) -> None:
    said = {
        status.GREEN: "Ready: arms, hands and all fingers were found",
        status.YELLOW: "Ready, with parts missing" if found.missing else found.on_ik or found.held,
        status.RED: found.problem,
    }
    sentence(layout, said[found.light], icon=LIGHTS[found.light])
    if found.family:
        layout.label(text=found.family, icon="ARMATURE_DATA", translate=False)


def _draw_arms(layout: UILayout, armature: Object, found: status.Status) -> None:
    """What keeps arms from moving and the button against it, or whether takes see to it."""
    if found.on_ik and found.missing:
        sentence(layout, found.on_ik, icon="INFO")
    if found.on_ik:
        layout.operator("gestures.key_fk", icon="KEY_HLT")
    elif found.switches:
        layout.prop(armature, "gestures_key_fk")


def _draw_group(
    layout: Any, armature: Object, found: status.Status, name: str, roles: tuple[str, ...]
) -> None:
    """One body part's counts in its header; its rows when opened."""
    rows = [row for row in found.rows if row.role in roles]
    there = sum(bool(row.bones) for row in rows)
    lacks = [row for row in rows if row.needed and not row.bones]
    header, body = layout.panel(f"GESTURES_rig_{name}", default_closed=True)
    counts = f"{name}: {there} of {there + len(lacks)}"
    icon: Any = LIGHTS[status.YELLOW if lacks else status.GREEN]
    header.label(text=counts, icon=icon, translate=False)
    if body is not None:
        column = body.column()
        column.enabled = not choices.why_fixed(armature)
        for row in rows:
            _draw_row(column, armature, row)


def _draw_row(layout: UILayout, armature: Object, row: status.Row) -> None:
    """A role's bones, each with a picker, one more place where the chain may grow; the reason."""
    split = layout.split(factor=NAMES_SHARE)
    split.label(text=_short(row.role))
    right = split.row(align=True)
    pickers = right.column(align=True)
    places = min(len(row.bones) + 1, most_bones(row.role))
    fields: Any = armature
    for index in range(places):
        name = rig.slot(row.role, index)
        data: Any = armature.data
        pickers.prop_search(fields.gestures_rig, name, data, "bones", text="", icon="BONE_DATA")
    buttons: Any = right.column(align=True)
    if row.bones:
        buttons.operator("gestures.rig_clear", text="", icon="X").role = row.role
    if row.chosen:
        buttons.operator("gestures.rig_automatic", text="", icon="LOOP_BACK").role = row.role
    if not row.bones:
        sentence(layout, row.reason if row.needed else f"{row.reason} (not needed)")


def _short(role: str) -> str:
    """The role in words, without the side that its group's header tells."""
    words = spoken(role)
    if role.startswith("thigh"):
        return words.capitalize()
    for side in SIDES.values():
        words = words.removeprefix(f"{side} ")
    return words.capitalize()


CLASSES: Final = (GESTURES_PT_character, GESTURES_PT_rig)
