# SPDX-License-Identifier: GPL-3.0-or-later
"""What the character does, where its head looks, and how the motion is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import models
from ..properties import chosen, people
from ..takes import request
from .widgets import Folded, roomy

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

SHAPED: Final = ("energy", "rest", "voice_only")  # what an imported model does without
MAP, MAP_OPEN = 3.0, 2.6  # times as high as a line: who is chosen, and everybody
MADE: Final = ("smoothing", "limits", "contacts", "start_at", "add_sound")


class GESTURES_PT_motion(Folded, bpy.types.Panel):
    """What the character does, and how the motion is made from the engine's answer."""

    bl_label = "Mode and Motion"

    def draw(self, context: Context) -> None:
        """Draw the mode and what belongs to it, then the remaining settings."""
        column = roomy(self.layout)
        _draw_mode(column, context)
        column.separator()
        settings = chosen.scene_of(context).gestures
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.operator("gestures.seed_new", text="", icon="FILE_REFRESH")
        if not settings.image or not settings.picture_style:
            _draw_person(column, settings)
        _draw_shaped(column, settings)
        for name in MADE:
            column.prop(settings, name)


def _draw_person(layout: UILayout, settings: Any) -> None:
    """Who is imagined: a number, a place on the map, a mixture, a name."""
    row = layout.row(align=True)
    row.prop(settings, "identity_seed")
    row.operator("gestures.person_map", text="", icon="COMMUNITY")
    row.operator("gestures.person_save", text="", icon="ADD")
    row.operator_menu_enum("gestures.person_load", "name", text="", icon="PRESET")
    row.operator_menu_enum("gestures.person_forget", "name", text="", icon="REMOVE")
    if people.has_map():
        layout.template_icon_view(settings, "person_on_map", scale=MAP, scale_popup=MAP_OPEN)
    layout.prop(settings, "identity_share")
    if settings.identity_share:
        layout.prop(settings, "identity_other")


def _draw_shaped(layout: UILayout, settings: Any) -> None:
    """Loudness and rest, grey while an imported model moves without them."""
    if models.chosen_is_imported():
        layout.prop(settings, "as_published")
    column = layout.column()
    column.enabled = not request.moves_as_published(settings)
    for name in SHAPED:
        column.prop(settings, name)


def _draw_mode(layout: UILayout, context: Context) -> None:
    mode = chosen.scene_of(context).gestures_mode
    row = layout.row()
    row.use_property_split = False
    row.prop(mode, "kind", expand=True)
    if mode.kind == "IDLE":
        layout.prop(mode, "seconds")
    if mode.kind != "TALK":
        layout.prop(mode, "breathing")
        layout.prop(mode, "sway")
    layout.prop(mode, "look_at")
    if mode.look_at:
        layout.prop(mode, "look")


CLASSES: Final = (GESTURES_PT_motion,)
