# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in the scene a take plays: as keyed, or where its NLA strip was moved to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import GestureError
from ..keys import intensity, writing
from . import nla

if TYPE_CHECKING:
    from bpy.types import Action, Object

AS_KEYED: Final = {"scale": 1.0, "repeat": 1.0, "use_reverse": False, "use_animated_time": False}


def moved(armature: Object, action: Action) -> float:
    """Frames by which ACTION is seen later than it is keyed; 0 for the active action."""
    strips = nla.playing(armature, action)
    if writing.current_action(armature) == action or not strips:
        return 0.0
    return round(float(strips[0].frame_start - strips[0].action_frame_start), 3)


def begins(armature: Object, action: Action) -> float:
    """The scene's frame on which the take ACTION is seen to begin."""
    return writing.begins(action) + moved(armature, action)


def only_moved(armature: Object, action: Action) -> bool:
    """Whether ACTION is seen as it is keyed, or only moved in time."""
    strips = nla.playing(armature, action)
    if writing.current_action(armature) == action or not strips:
        return True
    return all(abs(getattr(strips[0], name) - value) < 1e-4 for name, value in AS_KEYED.items())


def check(armature: Object, action: Action) -> None:
    """Raise GestureError unless ACTION is seen as it is keyed, or only moved in time."""
    if not only_moved(armature, action):
        raise GestureError(
            f"The NLA strip of '{action.name}' is scaled, repeated or reversed: set its playback "
            "scale and repeat to 1 and switch the rest of its time settings off first."
        )


def bring_keys(armature: Object, action: Action) -> None:
    """Move the keys of ACTION to where its strip plays them; all its strips play as before.

    So a take that is shown stays with the sound that its strip was moved with. A strip that
    does more than play the keys elsewhere is left alone.
    """
    by, style = moved(armature, action), action.gestures_style  # type: ignore[attr-defined]
    if not by or not only_moved(armature, action):
        return
    shows_keys = style.intensity_keys == intensity.fingerprint(action)
    writing.move(action, by)
    if shows_keys:
        style.intensity_keys = intensity.fingerprint(action)
    ends = ("action_frame_start", "action_frame_end")
    for strip in nla.playing(armature, action):
        for name in ends if by < 0.0 else reversed(ends):  # the start is never behind the end
            setattr(strip, name, getattr(strip, name) + by)
