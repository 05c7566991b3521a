# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose track -> one new action, each bone keyed in its own rotation mode."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Quaternion

from . import compat
from .errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object
    from numpy.typing import NDArray

    from .retarget.solve import PoseTrack

    Floats = NDArray[np.float64]

TAKE_KEY: Final = "gestures_take"  # custom property of an action: its settings as JSON
SMALLEST_SINE: Final = 1e-5  # below it (0.001 degrees) a rotation has no axis
LONGEST_STEM: Final = 48  # bytes of UTF-8; Blender up to 4.5 cuts names at 63


@dataclass(frozen=True)
class Channel:
    """One F-curve to be: the value of DATA_PATH[INDEX] on each frame, values (frames,)."""

    bone: str
    data_path: str
    index: int
    values: Floats


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
    channels = take_channels(armature, resampled(track, fps))
    action = compat.new_action(name, armature)
    for channel in channels:
        curve = compat.new_fcurve(action, channel.data_path, channel.index, channel.bone)
        write_curve(curve, start_frame, channel.values)
    keep_current_action(armature)
    compat.assign_action(armature, action)
    return action


def rewrite_take(
    armature: Object, action: Action, track: PoseTrack, *, start_frame: float, fps: float
) -> None:
    """Give the take ACTION the keys of TRACK, in place; no other action is touched.

    Keys on the same frames only change their values.
    """
    curves = {(curve.data_path, curve.array_index): curve for curve in compat.fcurves(action)}
    for channel in take_channels(armature, resampled(track, fps)):
        curve = curves.get((channel.data_path, channel.index))
        if curve is None:
            curve = compat.new_fcurve(action, channel.data_path, channel.index, channel.bone)
        rewrite_curve(curve, start_frame, channel.values)


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


# --- rotation modes -------------------------------------------------------------------


def take_channels(armature: Object, track: PoseTrack) -> list[Channel]:
    """The channels of all of TRACK's bones that ARMATURE has."""
    pose: Any = armature.pose
    bones = pose.bones
    return [
        channel
        for column, name in enumerate(track.bones)
        if name in bones
        for channel in bone_channels(name, bones[name].rotation_mode, track.quaternions[:, column])
    ]


def bone_channels(name: str, mode: str, quaternions: Floats) -> list[Channel]:
    """QUATERNIONS (frames, 4) wxyz as the channels that rotation MODE reads."""
    prop, values = rotation_values(mode, np.asarray(quaternions, dtype=np.float64))
    path = f'pose.bones["{bpy.utils.escape_identifier(name)}"].{prop}'
    return [Channel(name, path, index, values[:, index]) for index in range(values.shape[1])]


def rotation_values(mode: str, quaternions: Floats) -> tuple[str, Floats]:
    """The property MODE reads and its value on each frame, without jumps.

    quaternions: (frames, 4) wxyz, unit. Returns the property's name and (frames, 3 or 4):
    Euler angles in radians, or wxyz, or angle (radians) and axis.
    """
    if mode == "QUATERNION":
        return "rotation_quaternion", same_hemisphere(quaternions)
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", axis_angles(quaternions)
    return "rotation_euler", eulers(quaternions, mode)


def same_hemisphere(quaternions: Floats) -> Floats:
    """Flip signs so that neighbours along the frames never point apart."""
    steps = np.sum(quaternions[1:] * quaternions[:-1], axis=-1)
    signs = np.cumprod(np.where(steps < 0.0, -1.0, 1.0))
    return np.concatenate([quaternions[:1], quaternions[1:] * signs[:, None]])


def eulers(quaternions: Floats, order: Any) -> Floats:
    """Euler angles (frames, 3) in radians, each the one nearest to the frame before."""
    angles: list[Any] = []
    for quaternion in quaternions:
        previous = angles[-1:]
        angles.append(Quaternion(quaternion).to_euler(order, *previous))
    return np.array([tuple(euler) for euler in angles], dtype=np.float64).reshape(-1, 3)


def axis_angles(quaternions: Floats) -> Floats:
    """Angle and axis (frames, 4), the axis kept on one side and the angle unwound.

    A frame without rotation has no axis: it takes that of its neighbours.
    """
    unit = same_hemisphere(quaternions)
    sines = np.linalg.norm(unit[:, 1:], axis=1)
    axes = _filled(unit[:, 1:], sines)
    steps = np.sum(axes[1:] * axes[:-1], axis=1)
    signs = np.concatenate([[1.0], np.cumprod(np.where(steps < 0.0, -1.0, 1.0))])[: len(axes)]
    angles = np.unwrap(2.0 * np.arctan2(signs * sines, unit[:, 0]))
    return np.column_stack([angles, axes * signs[:, None]])


def _filled(vectors: Floats, lengths: Floats) -> Floats:
    """VECTORS (frames, 3) at unit length; where too short, the last good one, or else y."""
    good = lengths > SMALLEST_SINE
    if not good.any():
        return np.tile([0.0, 1.0, 0.0], (len(vectors), 1))
    last_good = np.maximum.accumulate(np.where(good, np.arange(len(good)), -1))
    source = np.where(last_good < 0, np.argmax(good), last_good)
    return np.asarray(vectors[source] / lengths[source, None])


# --- writing --------------------------------------------------------------------------


def write_curve(curve: FCurve, start_frame: float, values: Floats) -> None:
    """Key VALUES (frames,) on whole frames from START_FRAME on, all at once."""
    keys = curve.keyframe_points
    keys.add(len(values))
    frames = start_frame + np.arange(len(values))
    keys.foreach_set("co", np.column_stack([frames, values]).ravel().astype(np.float32))
    properties: Any = bpy.types.Keyframe.bl_rna.properties
    for prop, item in (
        ("interpolation", "LINEAR"),
        ("handle_left_type", "AUTO_CLAMPED"),
        ("handle_right_type", "AUTO_CLAMPED"),
    ):
        number = properties[prop].enum_items[item].value
        keys.foreach_set(prop, np.full(len(values), number, dtype=np.int32))
    curve.update()


def rewrite_curve(curve: FCurve, start_frame: float, values: Floats) -> None:
    """Make VALUES (frames,), from START_FRAME on, the keys of CURVE."""
    keys = curve.keyframe_points
    points = np.empty(2 * len(keys), np.float32)
    keys.foreach_get("co", points)
    frames = (start_frame + np.arange(len(values))).astype(np.float32)
    if not np.array_equal(points[::2], frames):
        keys.clear()
        write_curve(curve, start_frame, values)
        return
    points[1::2] = values
    keys.foreach_set("co", points)
    curve.update()


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
