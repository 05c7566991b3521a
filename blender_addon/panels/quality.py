# SPDX-License-Identifier: GPL-3.0-or-later
"""How good the shown take is, and where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..motion import quality
from ..takes import shown
from .widgets import Folded, translated

if TYPE_CHECKING:
    from bpy.types import Context, UILayout


class GESTURES_PT_quality(Folded, bpy.types.Panel):
    """How good the shown take is, and where it is not."""

    bl_label = "Quality"

    def draw(self, context: Context) -> None:
        """Draw a line for each measure; opened, the places behind it, to click on."""
        layout: Any = self.layout
        take = shown.find(context)
        report = take.report() if take else None
        if take is None or report is None:
            layout.label(text=shown.NO_TAKE, icon="INFO")
            return
        struck = f"{report.on_beat} {translated('of')} {report.strokes}"
        good = 2 * report.on_beat >= report.strokes
        label = f"{struck} {translated('strokes on a beat')}"
        layout.label(text=label, icon="CHECKMARK" if good else "ERROR", translate=False)
        beats = (
            f"{report.hit} {translated('of')} {report.beats} {translated('beats have a stroke')}"
        )
        draw_places(layout, take, "beats", beats, report.missed, icon="INFO")
        limits = f"{translated('Beyond joint limits')}: {len(report.limits)}"
        draw_places(layout, take, "limits", limits, report.limits)
        contacts = f"{translated('Hands at the body or each other')}: {len(report.contacts)}"
        draw_places(layout, take, "contacts", contacts, report.contacts)
        seam = f"{translated('Largest jump at a seam')}: × {report.seam:.2f}"
        draw_places(layout, take, "seams", seam, report.seams)


def draw_places(
    layout: UILayout,
    take: shown.ShownTake,
    kind: str,
    text: str,
    places: Sequence[quality.Place],
    icon: Any = "ERROR",
) -> None:
    """TEXT as a header, with ICON if there are PLACES; opened, a button for each of them."""
    header, body = layout.panel(f"GESTURES_quality_{kind}", default_closed=True)
    header.label(text=text, icon=icon if places else "CHECKMARK", translate=False)
    if body is None:
        return
    column = body.column(align=True)
    for place in places:
        frame = take.frame(place.time)
        words = ", ".join(map(translated, place.words))
        label = f"{translated('Frame')} {round(frame)}: {words}{place.amount}"
        button: Any = column.operator("gestures.go_to", text=label, translate=False)
        button.frame = frame


CLASSES: Final = (GESTURES_PT_quality,)
