# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose track -> the keys of an action, each bone in its own rotation mode."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from . import channels, compat, key_arrays
from .errors import GestureError
from .merging import BoneMerge, Source
from .protection import Protection

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object, PoseBone

    from .key_arrays import Keys
    from .retarget.solve import PoseTrack

TAKE_KEY: Final = "gestures_take"  # custom property of an action: its settings as JSON
LONGEST_STEM: Final = 48  # bytes of UTF-8; Blender up to 4.5 cuts names at 63
NOTHING: Final = Source()
UNPROTECTED: Final = Protection()


def write_take(
    armature: Object, track: PoseTrack, *, name: str, start_frame: float, fps: float
) -> Action:
    """Write TRACK as a new action of ARMATURE and make it the active one.

    track: rotations of pose_bone.matrix_basis. It is resampled to FPS (scene frames a
    second) and keyed on start_frame, start_frame + 1, ... with straight lines between.
    The action that was there is never edited: keep_current_action says where it goes.
    Raises GestureError, before anything is written, when ARMATURE cannot be keyed.
    """
    check_writable(armature)
    action = compat.new_action(name, armature)
    for _ in write_bones(armature, action, track, start_frame=start_frame, fps=fps):
        pass
    keep_current_action(armature)
    compat.assign_action(armature, action)
    return action


def write_bones(
    armature: Object,
    action: Action,
    track: PoseTrack,
    *,
    start_frame: float,
    fps: float,
    source: Source = NOTHING,
    protection: Protection = UNPROTECTED,
) -> Iterator[float]:
    """Key TRACK on ACTION bone by bone; yields the part done, 0..1, after each.

    source: what ARMATURE has now, of which everything stays that PROTECTION says; may be of
    ACTION itself, which is then edited in place.
    """
    resampled_track = resampled(track, fps)
    frames = start_frame + np.arange(len(resampled_track.quaternions), dtype=np.float64)
    in_place = source.action == action
    span = (-np.inf, np.inf) if in_place else (frames[0], frames[-1])
    target = source if in_place else Source.of(action, take=True)
    bones: Any = armature.pose.bones  # type: ignore[union-attr]
    for column, name in enumerate(track.bones):
        if name in bones and not protection.covers(name):
            merge = BoneMerge(bones[name], source, protection, span)
            keys = merge.keys(resampled_track.quaternions[:, column], frames, fps)
            write_bone(action, target, bones[name], keys)
        yield (column + 1) / len(track.bones)


def write_bone(action: Action, target: Source, bone: PoseBone, keys: Sequence[Keys]) -> None:
    """Let the rotation channels of BONE in ACTION, whose curves TARGET knows, have KEYS."""
    path = channels.rotation_path(bone)
    for index, of_channel in enumerate(keys):
        curve = target.curves.get((path, index))
        if curve is None:
            curve = compat.new_fcurve(action, path, index, bone.name)
        key_arrays.write(curve, of_channel)


def copy_curves(action: Action, source: Source, wanted: Callable[[FCurve], bool]) -> None:
    """Add to ACTION copies of SOURCE's curves that are WANTED, seen at the same frames."""
    for (path, index), curve in source.curves.items():
        if wanted(curve):
            group = curve.group.name if curve.group else ""
            copy = compat.new_fcurve(action, path, index, group)
            copy.extrapolation = curve.extrapolation
            key_arrays.write(copy, key_arrays.read(curve).moved(source.moved))


def keyed_bone(curve: FCurve) -> str:
    """The bone whose channel CURVE is; "" for other channels."""
    quoted = curve.data_path.partition('pose.bones["')[2].rpartition('"]')[0]
    return bpy.utils.unescape_identifier(quoted)


def rewrite_take(
    armature: Object,
    action: Action,
    track: PoseTrack,
    *,
    start_frame: float,
    fps: float,
    protection: Protection = UNPROTECTED,
) -> None:
    """Give the take ACTION the keys of TRACK, in place; no other action is touched.

    Keys that PROTECTION covers and those that the animator set stay as they are.
    """
    source = Source.of(action, compat.slot_for(action, armature), take=True)
    where = {"start_frame": start_frame, "fps": fps}
    for _ in write_bones(armature, action, track, **where, source=source, protection=protection):
        pass


def take_shift(action: Action) -> float:
    """How many frames the keys of a take were moved by since they were written."""
    return next((key_arrays.shift(key_arrays.read(c)) for c in compat.fcurves(action)), 0.0)


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


def resampled(track: PoseTrack, fps: float) -> PoseTrack:
    """TRACK at FPS; as it is when that is its rate already."""
    if abs(track.fps - fps) < 1e-6:
        return track
    from .retarget.motion import resample

    return resample(track, fps)


def scene_fps(scene: bpy.types.Scene) -> float:
    """Frames a second the scene plays at, such as 23.976."""
    return float(scene.render.fps / scene.render.fps_base)


# --- actions that were there ----------------------------------------------------------


def keep_current_action(armature: Object) -> None:
    """Put ARMATURE's action where nothing of it is lost.

    An earlier take stays in the file with a fake user. Anything else goes to an NLA track
    of its own, so that what the take does not key (legs, say) keeps moving as animated.
    """
    action = current_action(armature)
    if action is not None and is_take(action):
        action.use_fake_user = True
    elif action is not None:
        compat.push_down(armature)


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


def current_action(armature: Object) -> Action | None:
    """The action ARMATURE shows, if any."""
    return armature.animation_data.action if armature.animation_data else None


def unused_take_name(speech_name: str) -> str:
    """`jfk take 1`, or with the next number that no action has."""
    stem = speech_name.encode()[:LONGEST_STEM].decode(errors="ignore")
    numbers = itertools.count(1)
    names = (f"{stem} take {number}" for number in numbers)
    return next(name for name in names if name not in bpy.data.actions)


def store_settings(action: Action, settings: dict[str, Any]) -> None:
    """Keep a take's settings with it, so that it can be made again."""
    action[TAKE_KEY] = json.dumps(settings, ensure_ascii=False)


def stored_settings(action: Action | None) -> dict[str, Any] | None:
    """The settings of a take; None for any other action."""
    text = action.get(TAKE_KEY) if action else None
    return dict(json.loads(text)) if isinstance(text, str) else None
