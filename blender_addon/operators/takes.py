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
from .refusal import refusing

if TYPE_CHECKING:
    from bpy.types import Context, Object

    from .status import Status

NO_TAKE: Final = "The armature has no take yet: generate gestures first"


class OnTake:
    """Base of operators on one of the armature's takes: the one named, or chosen in the list."""

    bl_options: Any = {"REGISTER", "UNDO"}

    gone = False  # whether it can be done to a take whose action is gone

    take: StringProperty(
        name="Take", description="The take's name; when empty, the one chosen in the list"
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Needs a take that nothing is being written from."""
        reason = cls.why_not(context)
        if reason:
            cls.poll_message_set(reason)  # type: ignore[attr-defined]
        return not reason

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Why it cannot be done, in a few words; "" if it can."""
        armature = chosen.chosen_armature(context)
        if armature is None:
            return chosen.why_no_armature(context)
        job = jobs.current()
        if job is not None and job.held:
            return "A take is being written"
        usable = character(armature).takes if cls.gone else collection.entries(armature)
        return "" if usable else NO_TAKE

    @refusing
    def execute(self, context: Context) -> Status:
        """Find the take and do it."""
        operator: Any = self
        armature = chosen.chosen_armature(context)
        assert armature is not None  # poll looked
        entry = collection.find(armature, self.take, gone=self.gone)
        if entry is None:
            named = f"named '{self.take}'" if self.take else "chosen in the list"
            raise GestureError(f"'{armature.name}' has no take {named}: choose one.")
        if said := self.do(context, armature, entry):
            operator.report({"INFO"}, bpy.app.translations.pgettext_rpt(said))
        return {"FINISHED"}

    def do(self, context: Context, armature: Object, entry: Any) -> str:
        """Do it to the take of ENTRY; what to tell. Raises GestureError, with nothing changed."""
        raise NotImplementedError


class GESTURES_OT_take_show(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_show"
    bl_label = "Show the Take"
    bl_description = "Let the armature show this take, to look at it or to edit its keys"

    def do(self, context: Context, armature: Object, entry: Any) -> str:
        """Show it, and say when its strip plays it in another way."""
        as_played = not entry.accepted or nla.only_moved(armature, entry.action)
        collection.show(armature, entry)
        name = entry.action.name
        return "" if as_played else f"'{name}' is shown as keyed: its NLA strip has another speed."


class GESTURES_OT_take_accept(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_accept"
    bl_label = "Accept"
    bl_description = (
        "Let the take play as an NLA track of its own; it can still be shown, edited and moved"
    )

    def do(self, context: Context, armature: Object, entry: Any) -> str:
        """Hand it to its track."""
        collection.accept(armature, entry)
        return f"'{entry.action.name}' plays as an NLA track."


class GESTURES_OT_take_reject(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_reject"
    bl_label = "Reject"
    bl_description = "Remove the take; the armature shows again what it showed before"
    gone = True

    def do(self, context: Context, armature: Object, entry: Any) -> str:
        """Remove it."""
        what = f"'{entry.action.name}'" if entry.action is not None else "The line"
        collection.remove(armature, entry)
        return f"{what} was removed."


class GESTURES_OT_take_duplicate(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_duplicate"
    bl_label = "Duplicate the Take"
    bl_description = "Make a copy of the take and show it"

    def do(self, context: Context, armature: Object, entry: Any) -> str:
        """Copy it."""
        return f"Made '{collection.duplicate(armature, entry).action.name}'."


class GESTURES_OT_take_rename(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_rename"
    bl_label = "Rename the Take"
    bl_description = "Give the take another name"

    name: StringProperty(name="Name", description="The take's new name")

    def do(self, context: Context, armature: Object, entry: Any) -> str:
        """Rename action and track."""
        if not self.name.strip():
            raise GestureError("A take needs a name: type one.")
        collection.rename(armature, entry, self.name.strip())
        return ""


class GESTURES_OT_take_switch(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_switch"
    bl_label = "A/B"
    bl_description = "Show the take that was shown before this one, and back"

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs two takes."""
        armature = chosen.chosen_armature(context)
        if reason := super().why_not(context):
            return reason
        assert armature is not None
        return "" if collection.other(armature) else "Show another take first, to compare with"

    def do(self, context: Context, armature: Object, entry: Any) -> str:
        """Switch."""
        return f"'{collection.switch(armature).action.name}'"


class GESTURES_OT_take_settings(OnTake, bpy.types.Operator):
    bl_idname = "gestures.take_settings"
    bl_label = "Use These Settings"
    bl_description = (
        "Set the panel to the speech, picture, style and options the take was made with"
    )

    def do(self, context: Context, armature: Object, entry: Any) -> str:
        """Copy them."""
        recall.show_settings(context, armature, entry.action)
        return ""


CLASSES: Final = (
    GESTURES_OT_take_show,
    GESTURES_OT_take_accept,
    GESTURES_OT_take_reject,
    GESTURES_OT_take_duplicate,
    GESTURES_OT_take_rename,
    GESTURES_OT_take_switch,
    GESTURES_OT_take_settings,
)
