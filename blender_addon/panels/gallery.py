# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery of variations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..properties import chosen
from ..properties.gallery import LOOKED_AT, MOST_KEPT
from ..takes import gallery
from .widgets import WRAP, Folded, progress, sentence

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

LINE: Final = 20  # pixels a button is high, before the interface's scale
MARGINS: Final = 50  # of the sidebar, panel and scroll bar
BOX: Final = 14  # and of the box around each picture
SMALLEST: Final = 3.0  # times a button's height


class GESTURES_PT_gallery(Folded, bpy.types.Panel):
    """Other gestures to the same speech, to choose from."""

    bl_label = "Variations"
    bl_parent_id = "GESTURES_PT_takes"

    def draw(self, context: Context) -> None:
        """Draw the button, a picture each, and the blend."""
        scene = chosen.scene_of(context)
        shown = scene.gestures_gallery
        layout: Any = self.layout
        search = gallery.searching()
        if search is not None:
            message = f"{search.done} / {len(search.seeds)}"
            progress(layout, search.fraction, message, "gestures.cancel")
        else:
            row = layout.row(align=True)
            row.operator("gestures.variations", icon="LIGHTPROBE_VOLUME")
            row.prop(shown, "count", text="")
        if not shown.variations:
            return
        layout.prop(shown, "columns")
        grid = layout.grid_flow(columns=shown.columns, even_columns=True, row_major=True)
        for index, recipe in enumerate(shown.variations[:LOOKED_AT]):
            _draw_variation(grid.box(), recipe, index, _scale(context, shown.columns))
        if large := gallery.unkept(scene):
            megabytes = f"{MOST_KEPT / 2**20:.0f} MB"
            sentence(layout, f"{large} are not saved with the file: over {megabytes}.", icon="INFO")
        row = layout.row(align=True)
        row.operator("gestures.variation_blend", text="Blend Pinned")
        row.prop(shown, "amount", text="")


def _scale(context: Context, columns: int) -> float:
    """How large pictures are that fill the sidebar, COLUMNS a line, in buttons' heights."""
    region, preferences = context.region, context.preferences
    if region is None or preferences is None:
        return SMALLEST
    width = region.width / preferences.system.ui_scale - MARGINS
    return max(SMALLEST, (width / columns - BOX) / LINE)


def _draw_variation(layout: UILayout, recipe: Any, index: int, scale: float) -> None:
    if not gallery.known(recipe):
        columns = recipe.id_data.gestures_gallery.columns
        sentence(layout, f"{gallery.UNKNOWN}.", icon="INFO", wrap=WRAP // columns - 4)
    elif picture := gallery.shown(recipe):
        layout.template_icon(picture.icon_id, scale=scale)
    else:
        layout.template_icon(0, scale=scale)  # as large: what stands below does not move
    row = layout.row(align=True)
    row.prop(recipe, "pinned", text="", icon="PINNED" if recipe.pinned else "UNPINNED")
    row.prop(recipe, "mirrored", text="", icon="MOD_MIRROR")
    row.prop(recipe, "other_hand", text="", icon="ARROW_LEFTRIGHT")
    moves = gallery.plays(recipe)
    play: Any = row.operator("gestures.variation_play", text="", icon="PAUSE" if moves else "PLAY")
    play.index = index
    use: Any = row.operator("gestures.variation_use", text="", icon="CHECKMARK")
    use.index = index


CLASSES: Final = (GESTURES_PT_gallery,)
