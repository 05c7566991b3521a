# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces that the panels draw with."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..properties import chosen

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

WRAP: Final = 38  # characters of a sentence that fit the sidebar's usual width


class InTab:
    """Base of panels in the tab."""

    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "Gestures"


class Folded(InTab):
    """Base of those below the first one that are closed until they are wanted."""

    bl_parent_id = "GESTURES_PT_main"
    bl_options: Any = {"DEFAULT_CLOSED"}


class ForArmature(Folded):
    """Base of those that say something about the chosen armature."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an armature."""
        return chosen.chosen_armature(context) is not None


def roomy(layout: Any) -> UILayout:
    """A column with the fields' names on their left, aligned."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    column: UILayout = layout.column()
    return column


def sentence(layout: UILayout, text: str, icon: Any = "NONE") -> None:
    """TEXT on as many lines as it needs."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(textwrap.wrap(translated(text), WRAP)):
        column.label(text=line, icon="NONE" if number else icon, translate=False)


def progress(layout: UILayout, fraction: float, message: str, cancel: str) -> None:
    row = layout.row(align=True)
    row.progress(factor=fraction, text=message)
    row.operator(cancel, text="", icon="X")


def translated(text: str) -> str:
    return bpy.app.translations.pgettext_iface(text)
