# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn over the timeline, kept with each scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, PointerProperty

from .. import signals

if TYPE_CHECKING:
    from bpy.types import Context

PARTS: Final = (
    ("WAVE", "Waveform", "How loud the speech is, as a green band"),
    ("PAUSES", "Pauses", "Silences of 0.6 seconds or more, darkened"),
    ("BEATS", "Beats", "A bright line at each stressed syllable"),
    (
        "STROKES",
        "Strokes",
        "A mark where a hand moves fastest: left blue, right orange",
    ),
    (
        "WORDS",
        "Words",
        "The words, to be dragged with the mouse; or those of a TextGrid, JSON, SRT, VTT or TSV "
        "with the speech's name beside it",
    ),
    ("MOODS", "Moods", "A coloured band for each mood, whose ends can be dragged with the mouse"),
    ("HANDLES", "Handles", "A handle for each gesture, to be dragged in time with the mouse"),
)


def _chosen(settings: Any, context: Context) -> None:
    signals.overlay_chosen.tell()


class GesturesOverlay(bpy.types.PropertyGroup):
    """What is drawn over the timeline and the dope sheet."""

    show: BoolProperty(
        name="Show in the Timeline",
        description="Draw the take's speech and strokes over the timeline and the dope sheet",
        default=True,
        update=_chosen,
    )
    parts: EnumProperty(
        name="Parts",
        description="What is drawn over the timeline and the dope sheet",
        items=PARTS,
        options={"ENUM_FLAG"},
        default={identifier for identifier, _, _ in PARTS},
        update=_chosen,
    )


CLASSES: Final = (GesturesOverlay,)
OWNED: Final = {bpy.types.Scene: {"gestures_overlay": PointerProperty(type=GesturesOverlay)}}
