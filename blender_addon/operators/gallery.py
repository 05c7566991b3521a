# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery: make variations, blend two, make one a take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import IntProperty

from ..engine import jobs
from ..errors import GestureError
from ..takes import gallery, request, writing
from .refusal import refusing
from .waiting import Waiting

if TYPE_CHECKING:
    from bpy.types import Context

    from .status import Status


class GESTURES_OT_variations(Waiting, bpy.types.Operator):
    bl_idname = "gestures.variations"
    bl_label = "Make Variations"
    bl_description = "Fill the gallery with other gestures to the same speech; pinned ones stay"
    bl_options = {"UNDO"}

    _search: gallery.Search

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs what a take needs."""
        reason = request.missing_input(context) or jobs.why_not_now()
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def start(self, context: Context) -> None:
        """Choose the seeds."""
        scene: Any = context.scene
        self._search = gallery.begin(scene, request.request_from(context))

    def ended(self, context: Context) -> bool:
        """Let the engine make one after the other."""
        try:
            return self._search.advance()
        except GestureError:
            gallery.end_search()
            raise

    def conclude(self, context: Context) -> Status:
        """Show them."""
        scene: Any = context.scene
        cancelled = self._search.cancelled
        count = gallery.conclude(scene)
        self.tell({"INFO"}, f"{count} variations{', then cancelled' if cancelled else ''}.")
        return {"FINISHED"} if count else {"CANCELLED"}

    def abandon(self) -> None:
        """Drop them."""
        jobs.abandon()
        gallery.end_search()


class GESTURES_OT_variation_use(bpy.types.Operator):
    bl_idname = "gestures.variation_use"
    bl_label = "Use This Variation"
    bl_description = "Make this variation a take of the armature"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Variation", description="Its place in the gallery", min=0)

    @refusing
    def execute(self, context: Context) -> Status:
        """Write the take."""
        recipes = _gallery(context).variations
        if self.index >= len(recipes):
            raise GestureError(f"The gallery has no variation {self.index}.")
        take = writing.write(*gallery.answer(recipes[self.index]))
        self.report({"INFO"}, " ".join((f"Made '{take.action.name}'.", *take.remarks)))
        return {"FINISHED"}


class GESTURES_OT_variation_blend(bpy.types.Operator):
    bl_idname = "gestures.variation_blend"
    bl_label = "Blend the Two Pinned"
    bl_description = "Add the blend of the two pinned variations to the gallery"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs two pinned ones, each of one seed."""
        if len(_blendable(context)) == 2:
            return True
        cls.poll_message_set("Pin the two variations to blend, and no other")
        return False

    def execute(self, context: Context) -> Status:
        """Add it, pinned as well."""
        shown = _gallery(context)
        first, second = (one.seed for one in _blendable(context))
        new = shown.variations.add()
        new.seed, new.other, new.amount = first, second, shown.amount
        return {"FINISHED"}


def _gallery(context: Context) -> Any:
    scene: Any = context.scene
    return scene.gestures_gallery


def _blendable(context: Context) -> list[Any]:
    return [one for one in _gallery(context).variations if one.pinned and one.amount == 0.0]


CLASSES: Final = (
    GESTURES_OT_variations,
    GESTURES_OT_variation_use,
    GESTURES_OT_variation_blend,
)
