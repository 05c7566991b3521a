# SPDX-License-Identifier: GPL-3.0-or-later
"""The style of the shown take, or of the next one, and how each level moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..keys import actions
from ..motion import words
from ..motion.shaping import UNSHAPED
from ..properties import chosen, generate, style
from ..takes import live, record, shown
from ..takes import style as takes_style
from .widgets import InTab, WithArmature, roomy, sentence

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

NAME_SHARE: Final = 0.34  # of a line's width
WAITS: Final = "The keys are not as these sliders say: the file was saved before they followed"


class GESTURES_PT_style(WithArmature, InTab, bpy.types.Panel):
    """Which part of the speech each body level follows."""

    bl_label = "Style"

    def draw(self, context: Context) -> None:
        """Draw whose style it is, one line a level, and the buttons."""
        scene = chosen.scene_of(context)
        sliders = shown.chosen_style(context)
        layout: Any = self.layout
        column = layout.column()
        if shown.chosen_record(context) is not None:
            line = column.row(align=True)
            line.prop(scene, "gestures_style_of", expand=True)
            line.prop(scene, "gestures_live", text="", icon="PLAY")
        if _is_take(sliders):
            _draw_take(column, scene, sliders)
        else:
            _draw_next(column, scene, sliders)


class GESTURES_PT_levels(WithArmature, InTab, bpy.types.Panel):
    """How far, how smoothly and around which pose each level moves, and with how many keys."""

    bl_label = "Levels"
    bl_parent_id = "GESTURES_PT_style"
    bl_options: Any = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """Draw one line a level: strength, smoothing, offset; the intensity below."""
        sliders = shown.chosen_style(context)
        layout: Any = self.layout
        column = layout.column()
        grid = column.column(align=True)
        _line(grid, "", ("Strength", "Smooth", "Offset"))
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
        _draw_keys(roomy(layout), sliders)


def _draw_take(layout: UILayout, scene: Any, sliders: Any) -> None:
    """The shown take's sliders, which it follows, and what the next take will be like."""
    _draw_sliders(layout, sliders)
    made = record.of(sliders.id_data)
    if made is not None and made.manner is not None:
        sentence(layout, made.manner.words, icon="VIEW_PAN")
    if live.waits(sliders.id_data):
        sentence(layout, WAITS, icon="INFO")
        layout.operator("gestures.follow", icon="PLAY")
    if problem := live.problem():
        sentence(layout, problem, icon="ERROR")
    _draw_buttons(layout)
    row = layout.row(align=True)
    row.label(text=f"Next take: {_next(scene)}", icon="FORWARD")
    row.operator("gestures.style_use", text="", icon="EYEDROPPER")


def _draw_next(layout: UILayout, scene: Any, sliders: Any) -> None:
    """Whose style the next take has, and the sliders if it is one's own."""
    layout.row().prop(scene.gestures, "style_source", expand=True)
    if scene.gestures.style_source == "SLIDERS":
        _draw_sliders(layout, sliders)
        _draw_buttons(layout)


def _draw_keys(layout: UILayout, sliders: Any) -> None:
    """How many keys the take has."""
    layout.prop(sliders, "spacing")
    if sliders.spacing == "REDUCED":
        layout.prop(sliders, "tolerance")


def _next(scene: Any) -> str:
    """What the next take's style will be, in words."""
    style_words = {"PICTURE": "the person's style", "SLIDERS": "my own"}
    shaped = takes_style.shaping(takes_style.style_of(scene)) != UNSHAPED
    return style_words[scene.gestures.style_source] + (", reshaped" if shaped else "")


def _is_take(sliders: Any) -> bool:
    owner = sliders.id_data
    return isinstance(owner, bpy.types.Action) and actions.is_take(owner)


def _draw_sliders(layout: UILayout, sliders: Any) -> None:
    if not sliders.levels:
        layout.label(text=shown.NO_STYLE)
        return
    grid = layout.column(align=True)
    _line(grid, "", generate.STYLE_NAMES)
    for level, name in enumerate(generate.LEVELS[: sliders.levels]):
        row = _line(grid, name, ())
        for source in generate.STYLE_ROWS:
            row.prop(sliders, source, index=level, text="", slider=True)
    sentence(layout, words.of_style(takes_style.style_rows(sliders)), icon="ARMATURE_DATA")


def _draw_buttons(layout: UILayout) -> None:
    row = layout.row(align=True)
    row.operator("gestures.style_surprise")
    row.operator_menu_enum("gestures.style_load", "name", text="Presets")
    row.operator("gestures.style_save", text="", icon="ADD")
    row.operator("gestures.style_blend", text="", icon="ARROW_LEFTRIGHT")
    row.operator("gestures.style_reset", text="", icon="LOOP_BACK")


def _line(layout: UILayout, name: str, heads: tuple[str, ...]) -> UILayout:
    """A line with NAME on the left; its right part, filled with HEADS."""
    split = layout.split(factor=NAME_SHARE, align=True)
    split.label(text=name)
    row = split.row(align=True)
    for head in heads:
        row.label(text=head)
    return row


CLASSES: Final = (GESTURES_PT_style, GESTURES_PT_levels)
