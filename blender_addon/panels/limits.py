# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint limits of the take that is shown: which joint, how far beyond, in which frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..takes import overruns, shown
from .widgets import Folded, sentence, translated

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

    from ..takes.record import Record

SHOWN_RUNS: Final = 24  # of a joint's runs of frames
RUNS_A_LINE: Final = 3


class GESTURES_PT_limits(Folded, bpy.types.Panel):
    """What the take did to the joint limits."""

    bl_label = "Joint Limits"

    def draw(self, context: Context) -> None:
        """Draw the joints that went beyond, most frames first."""
        layout: Any = self.layout
        take = shown.find(context)
        if take is None:
            sentence(layout, shown.NO_TAKE, icon="INFO")
            return
        _draw_touches(layout, overruns.touches(take.armature, take.action))
        found = overruns.joints(take.armature, take.action)
        for joint in found:
            _draw_joint(layout, joint)
        if not found:
            sentence(layout, _nothing_found(take.made), icon="CHECKMARK")


def _nothing_found(made: Record) -> str:
    looked = made.limits != "off"
    return "No joint was beyond its limits" if looked else "Nobody looked: joint limits were off"


def _draw_touches(layout: UILayout, touches: tuple[tuple[int, int], ...] | None) -> None:
    if touches is None:
        return
    frames = sum(last - first + 1 for first, last in touches)
    text = f"{translated('Frames with a hand led out of body or hand')}: {frames}"
    header, body = layout.panel("GESTURES_touches", default_closed=True)
    header.label(text=text, icon="VIEW_PAN", translate=False)
    if body is not None:
        _draw_runs(body, touches)


def _draw_joint(layout: UILayout, joint: overruns.Joint) -> None:
    """Count and worst excess in a header; its bones and frames when opened."""
    header, body = layout.panel(f"GESTURES_limit_{joint.name}_{joint.motion}", default_closed=True)
    text = f"{translated(joint.title)}: {joint.frames} ({joint.worst:.0f}°)"
    header.label(text=text, icon="CONSTRAINT_BONE", translate=False)
    if body is None:
        return
    body.label(text=joint.motion.capitalize())
    for bone in joint.bones:
        shown: Any = body.operator("gestures.bone_show", text=bone, translate=False)
        shown.bone = bone
    _draw_runs(body, joint.runs)


def _draw_runs(layout: UILayout, runs: tuple[tuple[int, int], ...]) -> None:
    grid = layout.grid_flow(columns=RUNS_A_LINE, row_major=True, align=True)
    for first, last in runs[:SHOWN_RUNS]:
        text = f"{first}–{last}" if last > first else f"{first}"
        jump: Any = grid.operator("gestures.go_to", text=text, translate=False)
        jump.frame = first
    if len(runs) > SHOWN_RUNS:
        grid.label(text=f"+ {len(runs) - SHOWN_RUNS}", translate=False)


CLASSES: Final = (GESTURES_PT_limits,)
