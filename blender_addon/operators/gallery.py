# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery: make variations, see one move, blend two, make one a take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import IntProperty

from ..engine import jobs
from ..errors import GestureError
from ..properties import chosen, flipbook
from ..takes import gallery, request, writing
from .base import AtOnce
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context

    from .base import Status


class GESTURES_OT_variations(Waiting, bpy.types.Operator):
    bl_idname = "gestures.variations"
    bl_label = "Make Variations"
    bl_description = "Pictures of other gestures to the same speech appear below; pinned ones stay"
    bl_options = {"UNDO"}

    _search: gallery.Search

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs what a take needs."""
        return request.missing_input(context) or jobs.why_not_now()

    def start(self, context: Context) -> None:
        """Choose the seeds."""
        self._search = gallery.begin(chosen.scene_of(context), request.request_from(context))

    def ended(self, context: Context) -> bool:
        """Let the engine make one after the other."""
        try:
            return self._search.advance()
        except GestureError:
            gallery.end_search()
            raise

    def conclude(self, context: Context) -> Status:
        """Show them."""
        cancelled = self._search.cancelled
        count = gallery.conclude(chosen.scene_of(context))
        self.tell({"INFO"}, f"{count} variations{', then cancelled' if cancelled else ''}.")
        if large := gallery.unkept(chosen.scene_of(context)):
            self.tell({"WARNING"}, f"{large} of them are too large to be kept in the file.")
        return {"FINISHED"} if count else {"CANCELLED"}

    def abandon(self) -> None:
        """Drop them."""
        jobs.abandon()
        gallery.end_search()


class GESTURES_OT_variation_play(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.variation_play"
    bl_label = "See It Move"
    bl_description = "The picture moves, once through; another click stops it"

    index: IntProperty(name="Variation", description="Its place in the gallery", min=0)

    def do(self, context: Context) -> None:
        """Let its picture move, or stand still again."""
        recipe = _variation(context, self.index)
        if gallery.plays(recipe):
            flipbook.stop()
        else:
            gallery.play(recipe)


class GESTURES_OT_variation_use(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.variation_use"
    bl_label = "Use This Variation"
    bl_description = "The character gestures like this, in a new take"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Variation", description="Its place in the gallery", min=0)

    def do(self, context: Context) -> str:
        """Write the take."""
        take = writing.write(*gallery.answer(context, _variation(context, self.index)))
        return " ".join((f"Made '{take.action.name}'.", *take.remarks))


class GESTURES_OT_variation_blend(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.variation_blend"
    bl_label = "Blend the Two Pinned"
    bl_description = "A picture of gestures between the two pinned ones appears below"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs two pinned ones, each of one seed."""
        two = len(_blendable(context)) == 2
        return "" if two else "Pin the two variations to blend, and no other"

    def do(self, context: Context) -> None:
        """Add it, pinned as well."""
        shown = _gallery(context)
        first, second = (one.seed for one in _blendable(context))
        new = shown.variations.add()
        new.seed, new.other, new.amount = first, second, shown.amount


def _gallery(context: Context) -> Any:
    return chosen.scene_of(context).gestures_gallery


def _variation(context: Context, index: int) -> Any:
    """The one at INDEX. Raises GestureError if there is none."""
    recipes = _gallery(context).variations
    if index >= len(recipes):
        raise GestureError(f"The gallery has no variation {index}.")
    return recipes[index]


def _blendable(context: Context) -> list[Any]:
    return [one for one in _gallery(context).variations if one.pinned and one.amount == 0.0]


CLASSES: Final = (
    GESTURES_OT_variations,
    GESTURES_OT_variation_play,
    GESTURES_OT_variation_use,
    GESTURES_OT_variation_blend,
)
