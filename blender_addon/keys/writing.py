# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose track -> the keys of an action, each bone in its own rotation mode."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from .. import compat
from ..errors import GestureError
from . import arrays, channels
from .merging import BoneMerge, Source
from .protection import Protection

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object

    from ..body.rotations import Floats
    from ..retarget.solve import PoseTrack
    from .arrays import Keys

TAKE_KEY: Final = "gestures_take"  # custom property of an action: its settings as JSON
UNFINISHED_KEY: Final = "gestures_unfinished"  # of an action that is being written in steps
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
    for column in range(len(track.bones)):
        write_bone(armature, action, track, column, Keying(start_frame, fps))
    keep_current_action(armature)
    compat.assign_action(armature, action)
    return action


def source_in(action: Action, armature: Object) -> Source:
    """The take ACTION as what ARMATURE has now."""
    return Source.of(action, compat.slot_for(action, armature), take=True)


@dataclass(frozen=True)
class ChannelPlan:
    """One channel of a bone: the curve's path and index, the keys it has and those for it."""

    path: str
    index: int
    had: Keys
    gets: Keys


@dataclass(frozen=True)
class Keying:
    """When the poses of a track are keyed, and what stays.

    start_frame: of the first pose. fps: scene frames a second. source: what the armature has
    now, of which all stays that protection says.
    """

    start_frame: float
    fps: float
    source: Source = NOTHING
    protection: Protection = UNPROTECTED


def write_bone(
    armature: Object, action: Action, track: PoseTrack, column: int, keying: Keying
) -> None:
    """Key the bone COLUMN of TRACK on ACTION, if ARMATURE has it and it may change.

    When ACTION is the keying's source, it is edited in place, otherwise it has no keys of the
    bone yet.
    """
    plans = plan_bone(armature, action, track, column, keying)
    there = keying.source if action == keying.source.action else NOTHING
    carry_out(action, track.bones[column], plans, there)


def plan_bone(
    armature: Object, action: Action, track: PoseTrack, column: int, keying: Keying
) -> list[ChannelPlan]:
    """What write_bone is to write, and nothing of it written."""
    name, fps, source = track.bones[column], keying.fps, keying.source
    bones: Any = armature.pose.bones  # type: ignore[union-attr]
    if name not in bones or keying.protection.covers(name):
        return []
    bone = bones[name]
    frames = keying.start_frame + np.arange(frames_at(track, fps), dtype=np.float64)
    span = (-np.inf, np.inf) if action == source.action else (frames[0], frames[-1])
    merge = BoneMerge(bone, source, keying.protection, span)
    path = channels.rotation_path(bone)
    found = merge.keys(bone_quaternions(track, column, fps), frames, fps)
    pairs = zip(merge.old, found, strict=True)
    return [ChannelPlan(path, index, *keys) for index, keys in enumerate(pairs)]


def carry_out(action: Action, bone: str, plans: Sequence[ChannelPlan], source: Source) -> None:
    """Write PLANS for BONE into ACTION, in place where SOURCE has the curve."""
    for plan in plans:
        curve = source.curves.get((plan.path, plan.index))
        if curve is None:
            new = compat.new_fcurve(action, plan.path, plan.index, bone)
            arrays.write(new, plan.gets)
        else:
            arrays.write(curve, plan.gets, plan.had)


def still_holds(plans: Sequence[ChannelPlan], source: Source) -> bool:
    """Whether the curves of SOURCE are as PLANS were made for."""
    curves = [source.curves.get((plan.path, plan.index)) for plan in plans]
    return all(
        arrays.are_at(curve, plan.had) if curve else not len(plan.had)
        for curve, plan in zip(curves, plans, strict=True)
    )


def copy_curve(action: Action, curve: FCurve, source: Source) -> None:
    """Add to ACTION a copy of CURVE, one of SOURCE, with its keys where they are seen."""
    group = curve.group.name if curve.group else ""
    copy = compat.new_fcurve(action, curve.data_path, curve.array_index, group)
    copy.extrapolation = curve.extrapolation
    arrays.write(copy, source.keys(curve))


def keyed_bone(curve: FCurve) -> str:
    """The bone whose channel CURVE is; "" for other channels."""
    quoted = curve.data_path.partition('pose.bones["')[2].rpartition('"]')[0]
    return bpy.utils.unescape_identifier(quoted)


def new_unfinished(name: str, owner: Object) -> Action:
    """An empty action for OWNER that is to be written in steps."""
    action = compat.new_action(name, owner)
    action[UNFINISHED_KEY] = True
    return action


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


def bone_quaternions(track: PoseTrack, column: int, fps: float) -> Floats:
    """The rotations (frames, 4) of one bone of TRACK at FPS."""
    if abs(track.fps - fps) < 1e-6:
        return track.quaternions[:, column]
    from ..body.smoothing import resample

    one = replace(track, quaternions=track.quaternions[:, column : column + 1])
    return resample(one, fps).quaternions[:, 0]


def frames_at(track: PoseTrack, fps: float) -> int:
    """How many frames TRACK has at FPS."""
    return int(np.floor((len(track.quaternions) - 1) * fps / track.fps + 1e-6)) + 1


def take_shift(action: Action) -> float:
    """How many frames the keys of a take were moved by since they were written."""
    return arrays.shift(compat.fcurves(action))


def begins(action: Action) -> float:
    """The frame on which a take begins, wherever its keys were moved to."""
    return _written_at(action) + take_shift(action)


def _written_at(action: Action) -> float:
    stored = stored_settings(action) or {}
    return float(stored.get("start_frame", action.frame_range[0]))


def settle(action: Action) -> float:
    """Let all keys of a take count as written where they are now; the frame on which it begins.

    So keys that are written anew and those that stay have one history.
    """
    shift = take_shift(action)
    start = _written_at(action) + shift
    for curve in compat.fcurves(action) if shift else ():
        keys = arrays.read(curve)
        arrays.write(curve, keys.rebased(shift), keys)
    if shift:
        store_settings(action, {**(stored_settings(action) or {}), "start_frame": start})
    return start


def move(action: Action, by: float) -> None:
    """Let all keys of a take be BY frames later, as if it had been made there."""
    for curve in compat.fcurves(action):
        keys = arrays.read(curve)
        arrays.write(curve, keys.moved(by), keys)
    stored = stored_settings(action) or {}
    if "start_frame" in stored:
        store_settings(action, {**stored, "start_frame": stored["start_frame"] + by})


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


def scene_fps(scene: bpy.types.Scene) -> float:
    """Frames a second the scene plays at, such as 23.976."""
    return float(scene.render.fps / scene.render.fps_base)


# --- actions that were there ----------------------------------------------------------


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


def store_settings(action: Action, settings: dict[str, Any]) -> None:
    """Keep a take's settings with it, so that it can be made again."""
    action[TAKE_KEY] = json.dumps(settings, ensure_ascii=False)


def stored_settings(action: Action | None) -> dict[str, Any] | None:
    """The settings of a take; None for any other action."""
    text = action.get(TAKE_KEY) if action else None
    return dict(json.loads(text)) if isinstance(text, str) else None
