# SPDX-License-Identifier: GPL-3.0-or-later
"""How good the shown take is, and where it is not; then it leaves as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..motion import quality
from ..takes import shown
from .limits import draw_limits, draw_touches
from .widgets import InTab, WithTakes

if TYPE_CHECKING:
    from bpy.types import Context, UILayout


class GESTURES_PT_quality(WithTakes, InTab, bpy.types.Panel):
    """How good the shown take is, where it is not, and the button that writes it to a file."""

    bl_label = "Check and Export"

    def draw(self, context: Context) -> None:
        """Draw a line for each measure; opened, the places behind it, to click on."""
        layout: Any = self.layout
        take = shown.find(context)
        if take is None:
            layout.label(text=shown.NO_TAKE, icon="INFO")
            return
        column = layout.column(align=True)
        if report := take.report():
            _draw_report(column, take, report)
        draw_limits(column, take)
        draw_touches(column, take)
        layout.operator("gestures.bake", icon="EXPORT")


def _draw_report(layout: UILayout, take: shown.ShownTake, report: quality.Report) -> None:
    struck = f"{report.on_beat} of {report.strokes} strokes on a beat"
    off = 2 * report.on_beat < report.strokes
    header, body = layout.panel("GESTURES_quality_beats", default_closed=True)
    header.label(text=struck, icon="ERROR" if off else "CHECKMARK", translate=False)
    if body is not None:
        body.label(text=f"{report.hit} of {report.beats} beats have a stroke", translate=False)
        _draw_places(body, take, report.missed)
    count = len(report.seams)
    seams = f"{count} {'jump' if count == 1 else 'jumps'}" if count else "No jumps"
    header, body = layout.panel("GESTURES_quality_seams", default_closed=True)
    header.label(text=seams, icon="ERROR" if report.seams else "CHECKMARK", translate=False)
    if body is not None:
        body.label(text=f"Largest at a seam: × {report.seam:.2f}", translate=False)
        _draw_places(body, take, report.seams)


def _draw_places(layout: UILayout, take: shown.ShownTake, places: Sequence[quality.Place]) -> None:
    """A button for each of PLACES, which moves the playhead there."""
    column = layout.column(align=True)
    for place in places:
        frame = take.frame(place.time)
        label = f"Frame {round(frame)}: {place.words}{place.amount}"
        button: Any = column.operator("gestures.go_to", text=label, translate=False)
        button.frame = frame


CLASSES: Final = (GESTURES_PT_quality,)
