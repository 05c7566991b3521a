# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab "Gestures" in the 3D view's sidebar: its first group, from the speech to the button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import jobs
from ..properties import chosen, generate, portrait
from ..speech import channels
from ..takes import request
from .engine import draw_engine
from .rig import draw_mapping
from .widgets import InTab, progress, roomy, sentence

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

PICTURE: Final = 4.0  # times as high as a line …
LARGE: Final = 9.0  # … and with a skeleton on it
BESIDE: Final = 0.36  # of the width that it has beside what was found in it …
WRAP_BESIDE: Final = 23  # … of as many characters a line
VERBS: Final = {  # what the button says in each mode
    "TALK": "Generate Gestures",
    "LISTEN": "Generate Listening",
    "IDLE": "Generate Idling",
}


class GESTURES_PT_main(InTab, bpy.types.Panel):
    """What to gesture to, who, and the button."""

    bl_label = "Speech and Character"

    def draw(self, context: Context) -> None:
        """Draw inputs, what to do next, button, progress."""
        column = roomy(self.layout)
        settings = chosen.scene_of(context).gestures
        column.prop(settings, "speech")
        if channels.is_pair(settings.speech) or settings.channel != "BOTH":
            column.prop(settings, "channel")
        column.prop(settings, "armature", placeholder=_armature_name(context))
        draw_mapping(column, context)
        column.prop(settings, "image")
        if picture := portrait.icon(settings.image):
            large = portrait.looked_for_people(settings.image)
            _draw_picture(column, picture, portrait.found(settings.image), large=large)
        if several := generate.pictures(settings):
            sentence(column, f"and {len(several) - 1} more of the same person", icon="IMAGE_DATA")
        if settings.image:
            _draw_taken(column, settings)
        column.prop(settings, "home")
        _draw_go(column, context)
        draw_engine(column)


def _draw_picture(layout: UILayout, picture: int, found: str, *, large: bool) -> None:
    """The picture; beside it, or below a large one, what the engine found, once it has looked."""
    if large:
        layout.template_icon(picture, scale=LARGE)
        sentence(layout, found)
        return
    if not found:
        layout.template_icon(picture, scale=PICTURE)
        return
    split = layout.split(factor=BESIDE)
    split.template_icon(picture, scale=PICTURE)
    sentence(split, found, wrap=WRAP_BESIDE)


def _draw_taken(layout: UILayout, settings: Any) -> None:
    """What the picture gives; its pose only where the engine looks for one."""
    row = layout.row(align=True, heading="From It")
    for one in portrait.TAKEN:
        if one != "pose" or portrait.looked_for_people(settings.image):
            row.prop(settings, f"picture_{one}", toggle=True)


def _draw_go(layout: UILayout, context: Context) -> None:
    """What is to be done next, and the button; while the engine works, how far it is."""
    job = jobs.current()
    if job is not None:
        progress(layout, job.fraction, job.message, "gestures.cancel")
        return
    sentence(layout, request.next_step(context), icon="INFO")
    row = layout.row()
    row.scale_y = 1.5
    verb = VERBS[chosen.scene_of(context).gestures_mode.kind]
    row.operator("gestures.generate", text=verb, icon="PLAY_SOUND")


def _armature_name(context: Context) -> str:
    armature = chosen.chosen_armature(context)
    return armature.name if armature else ""


CLASSES: Final = (GESTURES_PT_main,)
