# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab "Gestures" in the 3D view's sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..bones.roles import spoken_joint
from ..engine import jobs
from ..properties import chosen
from ..takes import shown
from .engine import draw_engine
from .rig import draw_mapping
from .widgets import InTab, progress, roomy, sentence, translated

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

SHOWN_JOINTS: Final = 3  # joints beyond their limits that are named


class GESTURES_PT_main(InTab, bpy.types.Panel):
    """What to gesture to, who, and the button."""

    bl_label = "Gestures"

    def draw(self, context: Context) -> None:
        """Draw inputs, button, progress."""
        column = roomy(self.layout)
        settings = chosen.scene_of(context).gestures
        column.prop(settings, "speech")
        column.prop(settings, "image")
        if not settings.image:
            column.prop(settings, "identity_seed")
        column.prop(settings, "armature", placeholder=_armature_name(context))
        draw_mapping(column, context)
        column.separator()
        _draw_go(column)
        _draw_outcome(column, context)
        column.operator("gestures.bake", icon="EXPORT")
        column.separator()
        draw_engine(column)


def _draw_go(layout: UILayout) -> None:
    job = jobs.current()
    if job is not None:
        progress(layout, job.fraction, job.message, "gestures.cancel")
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator("gestures.generate", icon="PLAY_SOUND")


def _draw_outcome(layout: UILayout, context: Context) -> None:
    """How often the take that the armature shows met its joint limits, worst joints first."""
    made = shown.chosen_record(context)
    if made is None:
        return
    counts, enforced = made.beyond_limits, made.limits == "enforce"
    label = (
        translated("Joints held within limits")
        if enforced
        else translated("Joints beyond their limits")
    )
    column = layout.column(align=True)
    icon: Any = "ERROR" if counts and not enforced else "CHECKMARK"
    column.label(text=f"{label}: {len(counts)}", icon=icon, translate=False)
    for joint in sorted(counts, key=lambda name: -counts[name])[:SHOWN_JOINTS]:
        of = f"{counts[joint]} {translated('of')} {made.poses} {translated('poses')}"
        sentence(column, f"{translated(spoken_joint(joint))}: {of}", icon="BLANK1")


def _armature_name(context: Context) -> str:
    armature = chosen.chosen_armature(context)
    return armature.name if armature else ""


CLASSES: Final = (GESTURES_PT_main,)
