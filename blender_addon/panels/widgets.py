# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces that the panels draw with."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from ..properties import chosen
from ..properties.character import character

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

BESIDE_ICON: Final = " " * 4  # characters of a line that an icon takes
WRAP: Final = 38  # characters of a sentence that fit the sidebar's usual width
WIDE: Final = 80  # and the preferences'


class InTab:
    """Base of panels in the tab."""

    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "Gestures"

    def draw_header_preset(self, context: Context) -> None:
        """Draw the button that explains the panel; Blender shows it while the panel is open."""
        panel: Any = self
        help_button(panel.layout, panel.bl_label)


class Folded(InTab):
    """Base of those within a group, closed until they are wanted."""

    bl_parent_id = "GESTURES_PT_main"
    bl_options: Any = {"DEFAULT_CLOSED"}


class WithArmature:
    """Base of those that say something about the chosen armature."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an armature."""
        return chosen.chosen_armature(context) is not None


class WithTakes:
    """Base of those that say something about its takes."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs an armature that has takes."""
        armature = chosen.chosen_armature(context)
        return armature is not None and bool(character(armature).takes)


def help_button(layout: UILayout, title: str) -> None:
    """A "?" that opens the page that docs/tab.md has under TITLE."""
    button: Any = layout.operator("gestures.help", text="", icon="QUESTION", emboss=False)
    button.page = title.lower().replace(" ", "-")


def roomy(layout: Any) -> UILayout:
    """A column with the fields' names on their left, aligned."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    column: UILayout = layout.column()
    return column


def sentence(layout: UILayout, text: str, icon: Any = "NONE", wrap: int = WRAP) -> None:
    """TEXT on as many lines, of WRAP characters, as it needs; an ICON takes some of the first."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    first = "" if icon == "NONE" else BESIDE_ICON
    for number, line in enumerate(textwrap.wrap(text, wrap, initial_indent=first)):
        column.label(text=line.strip(), icon="NONE" if number else icon, translate=False)


def progress(layout: UILayout, fraction: float, message: str, cancel: str) -> None:
    """A bar that tells how far the work is, and the button that stops it."""
    row = layout.row(align=True)
    row.progress(factor=fraction, text=message)
    row.operator(cancel, text="", icon="X")
