# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose track -> the keys of an action, each bone in its own rotation mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .. import compat
from ..retarget.tracks import resample
from . import arrays, channels
from .merging import BoneMerge, Source
from .protection import Protection

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object

    from ..body.rotations import Floats
    from ..retarget.solve import PoseTrack
    from .arrays import Keys
    from .spacing import Thinned

NOTHING: Final = Source()
UNPROTECTED: Final = Protection()


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
    now, of which all stays that protection says. thinned: which frames bones have keys on, by
    name; nearly every one if it is empty.
    """

    start_frame: float
    fps: float
    source: Source = NOTHING
    protection: Protection = UNPROTECTED
    thinned: Mapping[str, Thinned] = field(default_factory=dict)


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
    thinned = keying.thinned.get(name)
    found = merge.keys(bone_quaternions(track, column, fps), frames, fps, thinned)
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


def take_back(action: Action, plans: Sequence[ChannelPlan], source: Source) -> None:
    """Undo what was carried out of PLANS in ACTION; SOURCE: as it was before."""
    there = {(one.data_path, one.array_index): one for one in compat.fcurves(action)}
    for plan in plans:
        curve = source.curves.get((plan.path, plan.index))
        if curve is not None:
            arrays.write(curve, plan.had)
        elif (new := there.get((plan.path, plan.index))) is not None:
            compat.remove_fcurve(action, new)


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


def bone_quaternions(track: PoseTrack, column: int, fps: float) -> Floats:
    """The rotations (frames, 4) of one bone of TRACK at FPS."""
    if abs(track.fps - fps) < 1e-6:
        return track.quaternions[:, column]
    one = replace(track, quaternions=track.quaternions[:, column : column + 1])
    return resample(one, fps).quaternions[:, 0]


def frames_at(track: PoseTrack, fps: float) -> int:
    """How many frames TRACK has at FPS."""
    return int(np.floor((len(track.quaternions) - 1) * fps / track.fps + 1e-6)) + 1
