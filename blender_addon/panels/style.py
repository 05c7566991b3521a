# SPDX-License-Identifier: GPL-3.0-or-later
"""The style of the shown take, or of the next one, and how each level moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..keys import actions
from ..properties import chosen, generate, style
from ..takes import live, shown
from .widgets import InTab, sentence, translated

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

NAME_SHARE: Final = 0.36  # of a line's width
WAITS: Final = "The keys are not as these sliders say: the file was saved before they followed"


class GESTURES_PT_style(InTab, bpy.types.Panel):
    """Which part of the speech each body level follows."""

    bl_label = "Style"
    bl_parent_id = "GESTURES_PT_main"

    def draw(self, context: Context) -> None:
        """Draw one line a level: low, mid, high."""
        scene = chosen.scene_of(context)
        sliders = shown.chosen_style(context)
        layout: Any = self.layout
        column = layout.column()
        line = column.row(align=True)
        line.label(text=_whose(sliders), icon="ACTION", translate=False)
        line.prop(scene, "gestures_live", toggle=True, icon="PLAY")
        if not _is_take(sliders):
            column.row().prop(scene.gestures, "style_source", expand=True)
        _draw_sliders(column, sliders, scene.gestures)
        if _is_take(sliders) and live.waits(sliders.id_data):
            sentence(column, WAITS, icon="INFO")
            column.operator("gestures.follow", icon="PLAY")
        if problem := live.problem():
            sentence(column, problem, icon="ERROR")
        _draw_buttons(column)


class GESTURES_PT_levels(InTab, bpy.types.Panel):
    """How far, how smoothly and around which pose each level moves."""

    bl_label = "Levels"
    bl_parent_id = "GESTURES_PT_style"

    def draw(self, context: Context) -> None:
        """Draw one line a level: strength, smoothing, offset; the intensity below."""
        sliders = shown.chosen_style(context)
        layout: Any = self.layout
        column = layout.column()
        grid = column.column(align=True)
        _line(grid, "", ("Strength", "Smoothing", "Offset"))
        for level, name in enumerate(generate.LEVELS):
            row = _line(grid, name, ())
            for shape in style.SHAPES:
                row.prop(sliders, shape, index=level, text="", slider=True)
        if armature := chosen.chosen_armature(context):
            line = column.row(align=True)
            line.use_property_split = True
            line.use_property_decorate = True
            line.prop(armature, "gestures_intensity", slider=True)
        column.operator("gestures.levels_reset", icon="LOOP_BACK")


def _whose(sliders: Any) -> str:
    return str(sliders.id_data.name) if _is_take(sliders) else translated("The next take")


def _is_take(sliders: Any) -> bool:
    owner = sliders.id_data
    return isinstance(owner, bpy.types.Action) and actions.is_take(owner)


def _draw_sliders(layout: UILayout, sliders: Any, settings: Any) -> None:
    grid = layout.column(align=True)
    grid.active = _is_take(sliders) or settings.style_source == "SLIDERS"
    if not sliders.levels:
        grid.label(text=shown.NO_STYLE)
        return
    _line(grid, "", ("Low", "Mid", "High"))
    for level, name in enumerate(generate.LEVELS[: sliders.levels]):
        row = _line(grid, name, ())
        for source in generate.STYLE_ROWS:
            row.prop(sliders, source, index=level, text="", slider=True)


def _draw_buttons(layout: UILayout) -> None:
    row = layout.row(align=True)
    row.operator("gestures.style_surprise", icon="FORCE_TURBULENCE")
    row.operator("gestures.style_reset", text="Picture's", icon="LOOP_BACK")
    row.operator("gestures.style_use", text="", icon="EYEDROPPER")
    row = layout.row(align=True)
    row.operator_menu_enum("gestures.style_load", "name", text="Presets", icon="PRESET")
    row.operator("gestures.style_save", text="", icon="ADD")
    row.operator("gestures.style_blend", text="", icon="ARROW_LEFTRIGHT")


def _line(layout: UILayout, name: str, heads: tuple[str, ...]) -> UILayout:
    """A line with NAME on the left; its right part, filled with HEADS."""
    split = layout.split(factor=NAME_SHARE, align=True)
    split.label(text=name)
    row = split.row(align=True)
    for head in heads:
        row.label(text=head)
    return row


CLASSES: Final = (GESTURES_PT_style, GESTURES_PT_levels)
