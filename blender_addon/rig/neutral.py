# SPDX-License-Identifier: GPL-3.0-or-later
"""The skeleton's neutral pose on a rig: what the calibration makes of it, to see and to adjust."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from mathutils import Matrix, Quaternion

from ..body.skeleton import NEUTRAL
from ..errors import GestureError
from ..keys import actions, channels
from ..retarget.solve import PoseTrack, retarget
from . import choices, editing, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bpy.types import Object

    from ..retarget.rest import Calibration
    from .choices import Euler

SAME: Final = 0.05  # degrees: less than that, a bone has not been posed


def show(armature: Object) -> None:
    """Put the neutral pose, offsets on top, on ARMATURE's mapped bones; keys are not touched.

    Raises GestureError when the armature cannot be posed or has no arms.
    """
    actions.check_writable(armature)
    track = _pose(reading.calibration(armature))
    for column, bone in enumerate(track.bones):
        _turn(armature, bone, Quaternion(track.quaternions[0, column]))


def take_offsets(armature: Object, bones: Iterable[str] | None, *, mirror: bool) -> list[str]:
    """Keep what BONES (None: all that differ) are turned from the neutral pose as offsets.

    Returns the bones that now have another offset. Raises GestureError when none of them is
    moved by gestures, or nothing can be kept with the armature.
    """
    track = _pose(replace(reading.calibration(armature), offsets=None))
    asked = None if bones is None else set(bones)
    wanted = {
        bone: choices.degrees(turn.to_matrix())
        for column, bone in enumerate(track.bones)
        if asked is None or bone in asked
        if _differs(
            turn := _from_neutral(armature, bone, track.quaternions[0, column]),
            choices.rotation(editing.offset_of(armature, bone)),
        )
    }
    if asked is not None and not asked & set(track.bones):
        raise GestureError(
            "None of the selected bones is moved by gestures: select mapped bones and try again."
        )
    editing.set_offsets(armature, wanted, mirror=mirror)
    return list(wanted)


def adjust(armature: Object, wanted: Mapping[str, Euler], *, mirror: bool) -> None:
    """Give bones the offsets WANTED (degrees) and turn them in the pose that is shown, too.

    Raises GestureError as `rig_choices.set_offsets` does.
    """
    before = editing.offsets_of(armature)
    editing.set_offsets(armature, wanted, mirror=mirror)
    _follow(armature, before)


def clear(armature: Object, bones: Iterable[str] | None = None) -> None:
    """Take away the offsets of BONES, or all, in the pose that is shown, too.

    Raises GestureError when nothing can be kept with the armature.
    """
    before = editing.offsets_of(armature)
    editing.clear_offsets(armature, bones)
    _follow(armature, before)


def _follow(armature: Object, before: Mapping[str, Matrix]) -> None:
    after = editing.offsets_of(armature)
    for bone in {*before, *after}:
        if armature.pose is not None and bone in armature.pose.bones:
            old, new = (one.get(bone, Matrix.Identity(3)) for one in (before, after))
            change = old.transposed() @ new
            _turn(armature, bone, _shown(armature, bone) @ change.to_quaternion())


def _pose(calibration: Calibration) -> PoseTrack:
    return retarget(NEUTRAL[None], calibration)


def _shown(armature: Object, bone: str) -> Quaternion:
    pose: Any = armature.pose
    posed = pose.bones[bone]
    values = getattr(posed, channels.rotation_property(posed.rotation_mode))
    return Quaternion(channels.rotation_quaternions(posed.rotation_mode, np.array([values]))[0])


def _from_neutral(armature: Object, bone: str, neutral: Any) -> Quaternion:
    """How far BONE is turned from NEUTRAL, about its own axes."""
    return Quaternion(neutral).inverted() @ _shown(armature, bone)


def _differs(turn: Quaternion, offset: Matrix) -> bool:
    return bool(np.degrees(turn.rotation_difference(offset.to_quaternion()).angle) > SAME)


def _turn(armature: Object, bone: str, quaternion: Quaternion) -> None:
    """Set BONE's rotation in its own rotation mode."""
    pose: Any = armature.pose
    posed = pose.bones[bone]
    values = channels.rotation_values(posed.rotation_mode, np.array([quaternion]))
    setattr(posed, channels.rotation_property(posed.rotation_mode), values[0])
