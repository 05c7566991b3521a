# SPDX-License-Identifier: GPL-3.0-or-later
"""Many speeches at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import jobs
from ..properties import chosen
from ..takes import batch
from .widgets import Folded, progress, roomy, sentence

if TYPE_CHECKING:
    from bpy.types import Context, UILayout


class GESTURES_PT_batch(Folded, bpy.types.Panel):
    """Many speeches at once."""

    bl_label = "Many Speeches"

    def draw(self, context: Context) -> None:
        """Draw which speeches, who speaks, the button or the progress, and what failed."""
        settings = chosen.scene_of(context).gestures_batch
        column = roomy(self.layout)
        column.prop(settings, "source")
        if settings.source == "DIALOGUE":
            _draw_dialogue(column, settings)
            return
        if settings.source == "FOLDER":
            column.prop(settings, "folder")
        _draw_speakers(column, settings)
        running = batch.current()
        if running is not None:
            progress(column, running.fraction, running.message, "gestures.batch_cancel")
        else:
            column.operator("gestures.batch", icon="RENDER_ANIMATION")
            _draw_failures(column)


def _draw_dialogue(column: Any, settings: Any) -> None:
    """Whose voices, who they are, and the button or the progress."""
    for name in ("talk", "talk_other", "first", "second"):
        column.prop(settings, name)
    if (job := jobs.current()) is not None:
        progress(column, job.fraction, job.message, "gestures.cancel")
    else:
        column.operator("gestures.dialogue", icon="COMMUNITY")


def _draw_speakers(layout: UILayout, settings: Any) -> None:
    table = layout.column(align=True)
    table.use_property_split = False
    for index, row in enumerate(settings.speakers):
        line = table.row(align=True)
        line.prop(row, "name", text="")
        line.prop(row, "armature", text="")
        remove: Any = line.operator("gestures.speaker_remove", text="", icon="REMOVE")
        remove.index = index
    table.operator("gestures.speaker_add", icon="ADD")


def _draw_failures(layout: UILayout) -> None:
    done = batch.last()
    for failure in done.failures if done else ():
        sentence(layout, failure, icon="ERROR")


CLASSES: Final = (GESTURES_PT_batch,)
