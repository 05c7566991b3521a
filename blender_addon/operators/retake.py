# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes made from takes: again, only some frames or bones of one, parts of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from .. import compat
from ..engine import jobs
from ..errors import GestureError
from ..motion import layers
from ..properties import chosen, generate
from ..takes import collection, compose, recall, record, request, shown
from .generate import MakesTake
from .takes import NamesTake, OnTake

if TYPE_CHECKING:
    from bpy.types import Context, Object


class FromTake(NamesTake, MakesTake):
    """Base of operators that ask the engine for a take like one that is there."""

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a take and, unless that one idles, an engine that is free."""
        return super().why_not(context) or jobs.why_not_now(needs_engine=not _idles(context))


class GESTURES_OT_take_again(FromTake, bpy.types.Operator):
    bl_idname = "gestures.take_again"
    bl_label = "Make Again"
    bl_description = "A new take with the very settings that this one was made with"
    bl_options = {"UNDO"}

    def ask(self, context: Context) -> request.TakeRequest:
        """The same request."""
        armature, entry = self.found(context)
        return recall.stored_request(context, armature, entry.action)


class GESTURES_OT_regenerate(FromTake, bpy.types.Operator):
    bl_idname = "gestures.regenerate"
    bl_label = "Change the Selection"
    bl_description = (
        "A new take that differs from this one only in the timeline's preview range and, in "
        "Pose Mode, on the selected bones; it blends into what stays"
    )
    bl_options = {"UNDO"}

    first: IntProperty(name="First", description="The first frame, whose pose stays")
    last: IntProperty(
        name="Last", description="The last frame, whose pose stays; 0 for the preview range"
    )
    selected_bones: BoolProperty(
        name="Only Selected Bones",
        description="In pose mode, change the selected bones alone",
        default=True,
    )
    seed: IntProperty(name="Seed", description="Of the new motion; 0 for a random one", min=0)

    def ask(self, context: Context) -> request.TakeRequest:
        """The take's request with another seed, for the selection alone."""
        armature, entry = self.found(context)
        shown.check(armature, entry.action)
        seed = self.seed or generate.new_seed()
        frames, bones = self._frames(context), self._bones(context, armature)
        if frames is None and bones is None:
            raise GestureError(
                "Nothing is selected: set the timeline's preview range (P), or select bones in "
                "pose mode."
            )
        return recall.stored_request(
            context, armature, entry.action, seed=seed, only_frames=frames, only_bones=bones
        )

    def _frames(self, context: Context) -> tuple[float, float] | None:
        given = (self.first, self.last) if self.last > self.first else None
        frames = given or (chosen.preview_range(context) if self.last == 0 else None)
        return (float(frames[0]), float(frames[1])) if frames else None

    def _bones(self, context: Context, armature: Object) -> tuple[str, ...] | None:
        if not self.selected_bones or armature.mode != "POSE":
            return None
        return compat.selected_bones(armature) or None


class GESTURES_OT_compose(OnTake, bpy.types.Operator):
    bl_idname = "gestures.compose"
    bl_label = "Compose a Take"
    bl_description = "A new take, each part of the body moving as in the take chosen for it"

    torso: StringProperty(name="Torso", description="The take that the torso is from")
    head: StringProperty(name="Head", description="The take that neck and head are from")
    arms: StringProperty(name="Arms", description="The take that collars and arms are from")
    hands: StringProperty(name="Hands", description="The take that the hands' turns are from")
    fingers: StringProperty(name="Fingers", description="The take that the fingers are from")

    def do(self, context: Context) -> str:
        """Put them together; parts without a take are from the one chosen in the list."""
        armature, entry = self.found(context)
        parts = {
            layer: getattr(self, layer.lower()) or entry.action.name for layer, _ in layers.LAYERS
        }
        return f"Made '{compose.compose(armature, parts, entry.action).name}'."


def _idles(context: Context) -> bool:
    """Whether the take chosen in the list needs no engine to be made again."""
    armature = chosen.chosen_armature(context)
    entry = collection.find(armature) if armature else None
    made = record.of(entry.action) if entry else None
    return made is not None and made.mode.kind == "IDLE"


CLASSES: Final = (GESTURES_OT_take_again, GESTURES_OT_regenerate, GESTURES_OT_compose)
