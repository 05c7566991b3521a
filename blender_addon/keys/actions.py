# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions and which of them are takes: current, unfinished, moved in time, named."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import compat
from ..errors import GestureError
from . import arrays
from .merging import Source

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object


TAKE_KEY: Final = "gestures_take"  # custom property of an action: its settings as JSON
UNFINISHED_KEY: Final = "gestures_unfinished"  # of an action that is being written in steps
LONGEST_STEM: Final = 48  # bytes of UTF-8; Blender up to 4.5 cuts names at 63


def source_in(action: Action, armature: Object) -> Source:
    """The take ACTION as what ARMATURE has now."""
    return Source.of(action, compat.slot_for(action, armature), take=True)


def keyed_bone(curve: FCurve) -> str:
    """The bone whose channel CURVE is; "" for other channels."""
    quoted = curve.data_path.partition('pose.bones["')[2].rpartition('"]')[0]
    return bpy.utils.unescape_identifier(quoted)


def new_unfinished(name: str, owner: Object) -> Action:
    """An empty action for OWNER that is to be written in steps."""
    return compat.new_action(name, owner, UNFINISHED_KEY)


def unfinished() -> Action:
    """The action that is being written. Raises GestureError if somebody removed it."""
    found = next(iter(_unfinished()), None)
    if found is None:
        raise GestureError("The take was removed while it was written: generate it again.")
    return found


def finish() -> Action:
    """The action that was being written, as one like any other."""
    action = unfinished()
    del action[UNFINISHED_KEY]
    return action


def drop_unfinished(uid: int | None = None) -> None:
    """Remove what was written of takes that will not be finished; UID: of this action alone."""
    for action in _unfinished():
        if uid in (None, action.session_uid):
            bpy.data.actions.remove(action)


def _unfinished() -> list[Action]:
    return [action for action in bpy.data.actions if action.get(UNFINISHED_KEY)]


def take_shift(action: Action) -> float:
    """How many frames the keys of a take were moved by since they were written."""
    return arrays.shift(compat.fcurves(action))


def check_writable(armature: Object) -> None:
    """Raise GestureError when a take could not be put on ARMATURE."""
    if armature.library is not None:
        raise GestureError(
            f"The armature '{armature.name}' is linked from another file: "
            "make a library override of it first (Object > Library Override > Make)."
        )
    if armature.animation_data and armature.animation_data.use_tweak_mode:
        raise GestureError(
            f"The armature '{armature.name}' is in the NLA editor's tweak mode: "
            "leave it first (Tab in the NLA editor)."
        )


def check_own(action: Action) -> None:
    """Raise GestureError if the take ACTION is another file's: a change would not be saved."""
    if action.library is not None:
        raise GestureError(
            f"'{action.name}' is linked from another file, where it stays as it is: duplicate the "
            "take and change the copy."
        )


def scene_fps(scene: bpy.types.Scene) -> float:
    """Frames a second the scene plays at, such as 23.976."""
    return float(scene.render.fps / scene.render.fps_base)


def keep_current_action(armature: Object) -> str:
    """Put ARMATURE's action where nothing of it is lost; the track it went to, or "".

    An earlier take stays in the file with a fake user. Anything else goes to an NLA track
    of its own, so that what the take does not key (legs, say) keeps moving as animated.
    """
    action = current_action(armature)
    if action is None:
        return ""
    if is_take(action):
        action.use_fake_user = True
        return ""
    return compat.push_down(armature)


def keep_sentence(armature: Object) -> str:
    """Where keep_current_action is going to put ARMATURE's action; "" if it has none."""
    action = current_action(armature)
    if action is None:
        return ""
    where = "in the file" if is_take(action) else "as an NLA track"
    return f"'{action.name}' is kept {where}."


def is_take(action: Action) -> bool:
    """Whether this add-on made ACTION."""
    return action.get(TAKE_KEY) is not None


def seen(armature: Object) -> list[Action]:
    """The actions that move ARMATURE: the active one, then those on tracks that are not muted."""
    data: Any = armature.animation_data
    if data is None:
        return []
    strips = [s.action for track in data.nla_tracks if not track.mute for s in track.strips]
    return [action for action in (data.action, *strips) if action is not None]


def current_action(armature: Object) -> Action | None:
    """The action ARMATURE shows, if any."""
    return armature.animation_data.action if armature.animation_data else None


def take_stem(name: str) -> str:
    """The speech's part of a take's NAME."""
    stem, word, number = name.rpartition(" take ")
    return stem if word and number.isdigit() else name


def unused_take_name(speech_name: str) -> str:
    """`jfk take 1`, or with the next number that no action has."""
    stem = speech_name.encode()[:LONGEST_STEM].decode(errors="ignore")
    numbers = itertools.count(1)
    names = (f"{stem} take {number}" for number in numbers)
    return next(name for name in names if name not in bpy.data.actions)
