# SPDX-License-Identifier: GPL-3.0-or-later
"""Move a stroke to the playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ...errors import GestureError
from ...keys import actions
from ...motion import strokes, timewarp
from ...properties import chosen
from ...takes import nla, rewriting, shown, stored
from ..base import AtOnce

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_OT_stroke_snap(AtOnce, bpy.types.Operator):
    bl_idname = "gestures.stroke_snap"
    bl_label = "Snap the Stroke to the Playhead"
    bl_description = (
        "Let the stroke around the playhead strike on this frame: the motion before and after "
        "it runs slower or faster. Locked frames, masked bones and your own keys stay"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an armature that shows a take."""
        return "" if shown.find(context) else shown.NO_TAKE

    def do(self, context: Context) -> None:
        """Move the stroke in whose span the playhead is."""
        take = shown.find(context)
        assert take is not None  # poll looked
        snap(context, take)


def snap(context: Context, take: shown.ShownTake) -> None:
    """Put the peak of the stroke around the playhead on the playhead's frame.

    Neither the speech nor the engine is needed. Raises GestureError, with nothing changed: the
    take keeps no motion or cannot be written, or no stroke is there.
    """
    actions.check_own(take.action)
    nla.check(take.armature, take.action)
    kept = stored.load(take.action)
    if kept is None:
        raise GestureError(f"'{take.action.name}' keeps no motion: generate a new take.")
    directions, fps = kept
    scene = chosen.scene_of(context)
    target = take.seconds(scene.frame_current) * fps
    found = strokes.find(directions, fps)
    around = [one for one in found if one.start <= target <= one.end]
    if not around:
        raise GestureError("There is no stroke at the playhead: move it into the take.")
    nearest = min(around, key=lambda one: abs(one.peak - target))
    moved = timewarp.moved(directions, nearest, target)
    rewriting.show(take.armature, take.action, rewriting.NewMotion(moved, fps))
    scene.frame_set(scene.frame_current)  # show it


CLASSES: Final = (GESTURES_OT_stroke_snap,)
