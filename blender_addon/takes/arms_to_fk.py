# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes that key the arms' IK/FK switches to FK, where that was asked for.

The key is in the take like all others: when the take goes, the switch is back where it was. What
the animator keyed or drives stays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import compat
from ..errors import GestureError
from ..keys import actions, arrays
from ..rig import status, switches
from . import collection, nla, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpy.types import Action, Object

    from ..rig.switches import Switch


def key_if_asked(armature: Object, action: Action) -> str:
    """Key the arms of ARMATURE in the new take ACTION, if it asks for that.

    Returns a sentence if the take does not move them, else "".
    """
    arms = status.status(armature).switches
    standing = switches.on_ik(armature, arms)
    free = _free(armature, standing) if switches.to_be_keyed(armature) else ()
    _key(armature, action, arms, free)
    left = _unmoved(armature, action)
    if not left:
        return ""
    todo = "press Key Arms to FK" if _free(armature, left) else "change their keys or drivers"
    return f"The arms of '{armature.name}' stand on IK: {todo} to see the take."


def _unmoved(armature: Object, action: Action) -> tuple[Switch, ...]:
    """The switches of ARMATURE's arms that stand on IK and that the take ACTION does not key."""
    standing = switches.on_ik(armature, status.status(armature).switches)
    return tuple(s for s in standing if switches.curve_in(action, armature, s) is None)


def ask(armature: Object) -> str:
    """Let takes of ARMATURE key its arms to FK, the one that is seen at once; what to tell.

    Raises GestureError, with nothing changed, when there is nothing that they could key.
    """
    actions.check_writable(armature)
    arms = status.status(armature).switches
    standing = switches.on_ik(armature, arms)
    free = _free(armature, standing)
    if not free:
        raise GestureError(_why_nothing(armature, standing))
    allow(armature)
    entry = shown.entry(armature)
    if entry is None or entry.action.library is not None:  # another file's would not be saved
        return f"The next takes of '{armature.name}' key its arms to FK."
    before = {switch.path: switches.value(armature, switch) for switch in free}
    entry.before_pose = json.dumps(before | collection.pose_stored(entry))
    _key(armature, entry.action, arms, free)
    armature.update_tag()
    return f"'{entry.action.name}' keys the arms to FK, and so do the next takes."


def allow(armature: Object) -> None:
    """Let takes of ARMATURE key its arms to FK from now on."""
    fields: Any = armature
    fields.gestures_key_fk = True


def _why_nothing(armature: Object, standing: Sequence[Switch]) -> str:
    """Why no switch can be keyed when none of those STANDING on IK is free."""
    if not standing:
        return f"No IK/FK switch of '{armature.name}' stands on IK: there is nothing to key."
    return (
        f"The IK/FK switches of '{armature.name}' have keys or drivers of yours, which stay: "
        "set them to FK there."
    )


def _free(armature: Object, arms: Sequence[Switch]) -> tuple[Switch, ...]:
    return tuple(s for s in arms if not switches.is_animators(armature, s))


def _key(armature: Object, action: Action, arms: Sequence[Switch], new: Sequence[Switch]) -> None:
    """Key NEW ones of the ARMS' switches in the take ACTION; keys of ours go to where it begins."""
    start = nla.settle(action)
    for switch in arms:
        curve = switches.curve_in(action, armature, switch)
        if curve is None and switch in new:
            curve = compat.new_fcurve(action, switch.path, 0, switch.bone)
        if curve is not None and switches.is_ours(curve):
            arrays.write(curve, _held(start, switch.fk))


def _held(frame: float, value: float) -> arrays.Keys:
    """One generated key on FRAME that keeps VALUE until the next one."""
    keys = arrays.generated(np.array([frame]), np.array([value]))
    keys.columns["interpolation"][:] = arrays.number("interpolation", "CONSTANT")
    return keys
