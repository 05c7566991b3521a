# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab "Gestures" in the 3D view's sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from . import engine, jobs, mapping, properties, takes
from .operators import setup as setup_operator

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

WRAP: Final = 38  # characters of a sentence that fit the sidebar's usual width
SHOWN_JOINTS: Final = 3  # joints beyond their limits that are named
SHOWN_MISSING: Final = 8  # missing body parts named before the rest is only counted


class GESTURES_PT_main(bpy.types.Panel):
    """What to gesture to, who, and the button."""

    bl_label = "Gestures"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Gestures"

    def draw(self, context: Context) -> None:
        """Draw inputs, button, progress."""
        column = _roomy(self.layout)
        settings = _settings(context)
        column.prop(settings, "speech")
        column.prop(settings, "image")
        if not settings.image:
            column.prop(settings, "identity_seed")
        column.prop(settings, "armature", placeholder=_armature_name(context))
        _draw_mapping(column, context)
        column.separator()
        _draw_go(column)
        _draw_outcome(column, context)
        column.operator("gestures.bake", icon="EXPORT")
        column.separator()
        draw_engine(column)


class GESTURES_PT_style(bpy.types.Panel):
    """The 3 x 6 style matrix."""

    bl_label = "Style"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Gestures"
    bl_parent_id = "GESTURES_PT_main"

    def draw(self, context: Context) -> None:
        """Draw one line a level: low, mid, high."""
        settings = _settings(context)
        layout: Any = self.layout
        column = layout.column()
        column.row().prop(settings, "style_source", expand=True)
        _draw_sliders(column, settings)
        column.operator("gestures.style_reset", icon="LOOP_BACK")
        column.operator("gestures.style_use", icon="EYEDROPPER")


class GESTURES_PT_motion(bpy.types.Panel):
    """How the motion is made from the engine's answer."""

    bl_label = "Motion"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Gestures"
    bl_parent_id = "GESTURES_PT_main"

    def draw(self, context: Context) -> None:
        """Draw the remaining settings."""
        settings = _settings(context)
        column = _roomy(self.layout)
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.operator("gestures.seed_new", text="", icon="FILE_REFRESH")
        for name in ("smoothing", "limits", "start_at", "add_sound"):
            column.prop(settings, name)


def draw_engine(layout: UILayout, *, setup: bool = False) -> None:
    """The engine's state in one line, and the button that helps.

    setup: with the button that installs it, where the user is in the preferences anyway.
    """
    building = setup_operator.running()
    if building is not None:
        _progress(layout, building.fraction, building.message, "gestures.engine_setup_cancel")
    elif death := engine.death():
        _sentence(layout, death, icon="ERROR")
        layout.operator("gestures.engine_restart", icon="FILE_REFRESH")
    elif reason := engine.why_missing():
        _sentence(layout, reason, icon="INFO")
        _sentence(layout, setup_operator.offline_reason())
        layout.operator("gestures.engine_setup", icon="IMPORT")
    else:
        _draw_live_engine(layout)
        if setup:
            layout.operator("gestures.engine_setup", text="Set Up Anew", icon="IMPORT")


def _draw_live_engine(layout: UILayout) -> None:
    if jobs.current() is not None:
        layout.label(text="Engine: working", icon="SORTTIME")
    elif engine.is_ready():
        device = engine.info().get("device", "?")
        layout.label(text=f"{_t('Engine: ready on')} {device}", icon="CHECKMARK", translate=False)
    else:
        row = layout.row()
        row.label(text="Engine: not started")
        row.operator("gestures.engine_start", text="Start", icon="PLAY")


def _draw_go(layout: UILayout) -> None:
    job = jobs.current()
    if job is not None:
        _progress(layout, job.fraction, job.message, "gestures.cancel")
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator("gestures.generate", icon="PLAY_SOUND")


def _progress(layout: UILayout, fraction: float, message: str, cancel: str) -> None:
    row = layout.row(align=True)
    row.progress(factor=fraction, text=message)
    row.operator(cancel, text="", icon="X")


def _draw_sliders(layout: UILayout, settings: Any) -> None:
    own = settings.style_source == "SLIDERS"
    grid = layout.column(align=True)
    grid.active = own
    _style_row(grid, "", ("Low", "Mid", "High"))
    for level, name in enumerate(properties.LEVELS):
        row = _style_row(grid, name, ())
        for source in properties.STYLE_ROWS:
            row.prop(settings, source, index=level, text="", slider=True)


def _style_row(layout: UILayout, name: str, heads: tuple[str, ...]) -> UILayout:
    """A line with NAME on the left; its right part, filled with HEADS."""
    split = layout.split(factor=0.36, align=True)
    split.label(text=name)
    row = split.row(align=True)
    for head in heads:
        row.label(text=head)
    return row


def _draw_mapping(layout: UILayout, context: Context) -> None:
    armature = properties.chosen_armature(context)
    if armature is None:
        return
    status = mapping.status(armature)
    if status.problem:
        _sentence(layout, status.problem, icon="ERROR")
        return
    header, body = layout.panel("GESTURES_mapping", default_closed=True)
    counts = f"{status.found} {_t('of')} {status.total} {_t('body parts')}"
    header.label(text=counts, icon="BONE_DATA", translate=False)
    if body is not None:
        _draw_missing(body, status)


def _draw_missing(layout: UILayout, status: mapping.Status) -> None:
    column = layout.column(align=True)
    _sentence(column, status.family)
    for role, reason in status.missing[:SHOWN_MISSING]:
        _sentence(column, f"{role}: {reason}")
    hidden = len(status.missing) - SHOWN_MISSING
    if hidden > 0:
        column.label(text=f"+ {hidden}", translate=False)
    if not status.missing:
        column.label(text="Every body part has its bones", icon="CHECKMARK")


def _draw_outcome(layout: UILayout, context: Context) -> None:
    """How often the take that the armature shows met its joint limits, worst joints first."""
    shown = takes.shown_settings(context)
    if shown is None:
        return
    counts: dict[str, int] = shown.get("beyond_limits", {})
    enforced = shown.get("limits") == "enforce"
    label = _t("Joints held within limits") if enforced else _t("Joints beyond their limits")
    column = layout.column(align=True)
    icon: Any = "ERROR" if counts and not enforced else "CHECKMARK"
    column.label(text=f"{label}: {len(counts)}", icon=icon, translate=False)
    for joint in sorted(counts, key=lambda name: -counts[name])[:SHOWN_JOINTS]:
        line = f"{joint}: {counts[joint]} {_t('of')} {shown['poses']} {_t('poses')}"
        column.label(text=line, icon="BLANK1", translate=False)


def _roomy(layout: Any) -> UILayout:
    """A column with the fields' names on their left, aligned."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    column: UILayout = layout.column()
    return column


def _sentence(layout: UILayout, text: str, icon: Any = "NONE") -> None:
    """TEXT on as many lines as it needs."""
    import textwrap

    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(textwrap.wrap(_t(text), WRAP)):
        column.label(text=line, icon="NONE" if number else icon, translate=False)


def _armature_name(context: Context) -> str:
    armature = properties.chosen_armature(context)
    return armature.name if armature else ""


def _settings(context: Context) -> Any:
    scene: Any = context.scene
    return scene.gestures


def _t(text: str) -> str:
    return bpy.app.translations.pgettext_iface(text)


CLASSES: Final = (GESTURES_PT_main, GESTURES_PT_style, GESTURES_PT_motion)
