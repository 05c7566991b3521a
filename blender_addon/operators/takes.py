# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes: show, accept, reject, compare, duplicate, rename, use their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import StringProperty

from ..engine import jobs
from ..errors import GestureError
from ..properties import chosen
from ..properties.character import character
from ..takes import collection, nla, recall
from .base import OnArmature, Verb

if TYPE_CHECKING:
    from bpy.types import Context, Object

NO_TAKE: Final = "The armature has no take yet: generate gestures first"


class NamesTake(Verb):
    """Base of operators on one of the armature's takes: the one named, or chosen in the list."""

    gone = False  # whether it can be done to a take whose action is gone

    take: StringProperty(
        name="Take", description="The take's name; when empty, the one chosen in the list"
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs a take that nothing is being written from."""
        armature = chosen.chosen_armature(context)
        if armature is None:
            return chosen.why_no_armature(context)
        job = jobs.current()
        if job is not None and job.held:
            return "A take is being written"
        usable = character(armature).takes if cls.gone else collection.entries(armature)
        return "" if usable else NO_TAKE

    def found(self, context: Context) -> tuple[Object, Any]:
        """The armature, and the take's line in its list. Raises GestureError if it has none."""
        armature = chosen.needed_armature(context)
        entry = collection.find(armature, self.take, gone=self.gone)
        if entry is None:
            named = f"named '{self.take}'" if self.take else "chosen in the list"
            raise GestureError(f"'{armature.name}' has no take {named}: choose one.")
        return armature, entry


class OnTake(NamesTake, OnArmature):
    """Base of those that act at once."""


class GESTURES_OT_take_show(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_show"
    bl_label = "Show the Take"
    bl_description = "The character moves as in this take, to look at it or to edit its keys"

    def do(self, context: Context) -> str:
        """Show it, and say when its strip plays it in another way."""
        armature, entry = self.found(context)
        as_played = not entry.accepted or nla.only_moved(armature, entry.action)
        collection.show(armature, entry)
        name = entry.action.name
        return "" if as_played else f"'{name}' is shown as keyed: its NLA strip has another speed."


class GESTURES_OT_take_accept(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_accept"
    bl_label = "Accept"
    bl_description = (
        "Keep the take: it plays as an NLA track of its own, and can still be shown, edited "
        "and moved"
    )

    def do(self, context: Context) -> str:
        """Hand it to its track."""
        armature, entry = self.found(context)
        collection.accept(armature, entry)
        return f"'{entry.action.name}' plays as an NLA track."


class GESTURES_OT_take_reject(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_reject"
    bl_label = "Reject"
    bl_description = "Remove the take; the character moves again as it did before"
    gone = True

    def do(self, context: Context) -> str:
        """Remove it."""
        armature, entry = self.found(context)
        what = f"'{entry.action.name}'" if entry.action is not None else "The line"
        collection.remove(armature, entry)
        return f"{what} was removed."


class GESTURES_OT_take_duplicate(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_duplicate"
    bl_label = "Duplicate the Take"
    bl_description = "Make a copy of the take and show it"

    def do(self, context: Context) -> str:
        """Copy it."""
        armature, entry = self.found(context)
        return f"Made '{collection.duplicate(armature, entry).action.name}'."


class GESTURES_OT_take_rename(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_rename"
    bl_label = "Rename the Take"
    bl_description = "Give the take another name"

    name: StringProperty(name="Name", description="The take's new name")

    def do(self, context: Context) -> None:
        """Rename action and track."""
        armature, entry = self.found(context)
        if not self.name.strip():
            raise GestureError("A take needs a name: type one.")
        collection.rename(armature, entry, self.name.strip())


class GESTURES_OT_take_switch(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_switch"
    bl_label = "A/B"
    bl_description = (
        "Show the take that was shown before this one, and back: also by the key Y in the 3D view"
    )

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs two takes."""
        if reason := super().why_not(context):
            return reason
        two = collection.other(chosen.needed_armature(context)) is not None
        return "" if two else "Show another take first, to compare with"

    def do(self, context: Context) -> str:
        """Switch."""
        armature, _ = self.found(context)
        return f"'{collection.switch(armature).action.name}'"


class GESTURES_OT_take_settings(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_settings"
    bl_label = "Use These Settings"
    bl_description = (
        "Fields and sliders show the speech, picture, style and options it was made with"
    )

    def do(self, context: Context) -> None:
        """Copy them."""
        armature, entry = self.found(context)
        recall.show_settings(context, armature, entry.action)


CLASSES: Final = (
    GESTURES_OT_take_show,
    GESTURES_OT_take_accept,
    GESTURES_OT_take_reject,
    GESTURES_OT_take_duplicate,
    GESTURES_OT_take_rename,
    GESTURES_OT_take_switch,
    GESTURES_OT_take_settings,
)
