# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery of variations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..properties import chosen
from ..takes import gallery
from .widgets import Folded, progress

if TYPE_CHECKING:
    from bpy.types import Context, UILayout

PICTURE: Final = 4.5  # times a button's height


class GESTURES_PT_gallery(Folded, bpy.types.Panel):
    """Other gestures to the same speech, to choose from."""

    bl_label = "Variations"
    bl_parent_id = "GESTURES_PT_takes"

    def draw(self, context: Context) -> None:
        """Draw the button, a picture each, and the blend."""
        shown = chosen.scene_of(context).gestures_gallery
        layout: Any = self.layout
        search = gallery.searching()
        if search is not None:
            message = f"{search.done} / {len(search.seeds)}"
            progress(layout, search.fraction, message, "gestures.cancel")
        else:
            row = layout.row(align=True)
            row.operator("gestures.variations", icon="LIGHTPROBE_VOLUME")
            row.prop(shown, "count", text="")
        grid = layout.grid_flow(columns=2, even_columns=True, row_major=True)
        for index, recipe in enumerate(shown.variations):
            _draw_variation(grid.box(), recipe, index)
        if shown.variations:
            row = layout.row(align=True)
            row.operator("gestures.variation_blend", text="Blend Pinned")
            row.prop(shown, "amount", text="")


def _draw_variation(layout: UILayout, recipe: Any, index: int) -> None:
    picture = gallery.preview(recipe)
    if picture is not None:
        layout.template_icon(picture.icon_id, scale=PICTURE)
    else:
        layout.label(text="Pin it and make variations again", icon="INFO")
    row = layout.row(align=True)
    row.prop(recipe, "pinned", text="", icon="PINNED" if recipe.pinned else "UNPINNED")
    row.prop(recipe, "mirrored", text="", icon="MOD_MIRROR")
    row.prop(recipe, "other_hand", text="", icon="ARROW_LEFTRIGHT")
    use: Any = row.operator("gestures.variation_use", text="", icon="CHECKMARK")
    use.index = index


CLASSES: Final = (GESTURES_PT_gallery,)
