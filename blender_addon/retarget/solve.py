# SPDX-License-Identifier: GPL-3.0-or-later
"""Directions -> rotations of a rig's bones: the whole path of a take.

Every rig bone turns from its rest as the body's joint frame turns from the frame that the
rig's own rest pose has: turn = frame(t) @ frame(rest)ᵀ. Torso, head and collars turn as they
do from the neutral pose, for their anatomy differs from rig to rig.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.angles import Angles, Frames, analyse, compose
from ..body.limits import LimitReport, checked_mode, limited
from ..body.rotations import Floats
from ..body.skeleton import FINGER, FPS, LENGTHS, NEUTRAL, SIGN, checked, to_body
from . import offsets
from .contacts import corrected, depths, overlaps
from .rest import Calibration, Drive

MOST_TWIST: Final = np.radians(110.0)  # more no forearm turns: what is beyond stays in the wrist
MOST_SHARED: Final = np.radians(90.0)  # a torso turned further turns more and more at its top
TURNED_AROUND: Final = np.radians(150.0)  # from here to half a turn the shared part fades out


@dataclass(frozen=True)
class PoseTrack:
    """Rotations of a rig's bones over time.

    bones: B names; quaternions: (T, B, 4) wxyz, the rotations of pose_bone.matrix_basis, signs
    continuous in time; fps: frames a second, the first at time 0. touches: frames in which a
    hand was led out of the body, or out of the other hand.
    """

    bones: tuple[str, ...]
    quaternions: Floats
    fps: float
    violations: LimitReport
    touches: tuple[int, ...] = ()


def retarget(
    directions: Floats,
    calibration: Calibration,
    *,
    limits: str = "off",
    neutral: Floats = NEUTRAL,
    fps: float = FPS,
    contacts: bool = False,
) -> PoseTrack:
    """DIRECTIONS (T, 42, 3), engine frame, as rotations of the calibrated rig's bones.

    limits: "off" (directions of arms and fingers are exact), "warn" (the same, and counted) or
    "enforce". neutral: (42, 3) engine frame, the pose that torso, head and collars rest in.
    fps: of DIRECTIONS. contacts: whether hands are kept out of body and each other (contacts.py).
    Raises GestureError when the motion is not (T, 42, 3) or not finite.
    """
    mode = checked_mode(limits)
    motion = _for_single_bones(to_body(checked(directions)), calibration)
    rest = to_body(checked(np.asarray(neutral)[None]))[0]
    turned = None
    if calibration.offsets is not None:
        plain = bone_turns(analyse(motion, rest, calibration.palm, fps), calibration)
        turned = offsets.added(plain, calibration)
        motion = offsets.directions(motion, plain, turned, calibration)
    freed, touches = _freed(motion, rest, calibration, fps) if contacts else (motion, ())
    angles, report = limited(analyse(freed, rest, calibration.palm, fps), mode)
    turns = bone_turns(angles, calibration) if turned is None else turned
    if turned is not None and (touches or mode == "enforce"):
        found = compose(analyse(motion, rest, calibration.palm, fps))
        turns = offsets.led_back(turned, found, compose(angles), calibration)
    quaternions = rot.continuous(rot.to_quaternions(_local(turns, calibration)))
    return PoseTrack(calibration.bones, quaternions, fps, report, touches)


def _freed(
    motion: Floats, rest: Floats, calibration: Calibration, fps: float
) -> tuple[Floats, tuple[int, ...]]:
    """MOTION with the hands out of body and each other, and the frames in which they were not."""
    inside = depths(motion, rest, calibration.shape).max(axis=-1) > 0.0
    inside |= overlaps(motion, rest, calibration.shape) > 0.0
    freed = corrected(motion, rest, calibration.shape, fps)
    return freed, tuple(np.flatnonzero(inside).tolist())


def bone_turns(angles: Angles, calibration: Calibration) -> Floats:
    """How every driven bone turns from rest (T, N, 3, 3), body frame, whole (not relative)."""
    frames = compose(angles)
    drives = calibration.drives
    turns = np.stack([_turn(drive, angles, frames, calibration) for drive in drives], axis=1)
    for limb in calibration.limbs:
        members = list(limb.drives)
        if len(members) > 1:  # twisted apart, a crooked chain of bones misses its direction
            reach = np.einsum("tkij,kj->ti", turns[:, list(limb.carriers)], limb.offsets)
            correction = rot.between(rot.unit(reach), frames[limb.frame][..., 0])
            turns[:, members] = correction[:, None] @ turns[:, members]
    return turns


def _for_single_bones(motion: Floats, calibration: Calibration) -> Floats:
    """MOTION where a finger of one bone points along the sum of both its phalanges."""
    if not calibration.single:
        return motion
    motion = motion.copy()
    for side, finger in calibration.single:
        phalanges = list(FINGER[side, finger][1:])
        whole = np.einsum("tki,k->ti", motion[:, phalanges], LENGTHS[phalanges])
        motion[:, phalanges] = rot.unit(whole)[:, None]
    return motion


def _turn(drive: Drive, angles: Angles, frames: Frames, calibration: Calibration) -> Floats:
    """One bone's turn from rest (T, 3, 3) in the body frame."""
    if drive.kind == "spine":
        return rot.from_vectors(shared_turn(angles["torso"], drive.share))
    if drive.kind == "neck":
        return frames["torso"] @ rot.from_vectors(shared_turn(angles["neck"], drive.share))
    rest = calibration.rest_frames[drive.frame]
    if drive.kind == "forearm":
        return _forearm_turn(drive, angles, frames[drive.frame], calibration)
    turn = frames[drive.frame] @ rest.T
    if drive.kind == "upper_arm" and drive.share < 1.0:
        return turn @ _upper_arm_untwist(drive, turn, frames, rest)
    return turn


def _forearm_turn(drive: Drive, angles: Angles, frame: Floats, calibration: Calibration) -> Floats:
    """The elbow's bend and a share of the turn that the palm needs (T, 3, 3)."""
    side = drive.frame[-1]
    joint = f"forearm.{side}"
    twist = SIGN[side] * drive.share * shared_twist(angles[joint][:, 0])
    rest_twist = SIGN[side] * drive.share * shared_twist(calibration.rest_angles[joint][0])
    rest = calibration.rest_frames[joint] @ rot.about_x(rest_twist)
    return frame @ rot.about_x(twist) @ rest.T


def _upper_arm_untwist(drive: Drive, turn: Floats, frames: Frames, rest: Floats) -> Floats:
    """What takes the rest of the shoulder's turn away from a bone with twist bones below it."""
    collar = frames[f"collar.{drive.frame[-1]}"]
    twist, _ = rot.twist_and_swing(rest.T @ rot.transposed(collar) @ turn @ rest)
    return rest @ rot.about_x((drive.share - 1.0) * shared_twist(twist)) @ rest.T


def shared_twist(angles: Floats) -> Floats:
    """ANGLES (radians) as they may be shared: up to MOST_TWIST, and 0 at half a turn.

    Half of +179 and of -179 degrees are far apart, so a share of the angle itself would pop.
    """
    size = np.abs(angles)
    fade = np.clip((np.pi - size) / (np.pi - TURNED_AROUND), 0.0, 1.0)
    return np.asarray(np.sign(angles) * np.minimum(size, MOST_TWIST) * fade)


def shared_turn(vectors: Floats, share: float) -> Floats:
    """The part SHARE of rotation VECTORS (T, 3) for one of several bones, 0 at half a turn.

    A turn of +179 degrees and one of -179 are the same but for two degrees: so are these parts.
    """
    if share >= 1.0:
        return vectors
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    fade = np.clip((np.pi - size) / (np.pi - MOST_SHARED), 0.0, 1.0)
    return np.asarray(share * fade * vectors)


def _local(turns: Floats, calibration: Calibration) -> Floats:
    """TURNS relative to the bone above and seen from the bone itself (T, N, 3, 3)."""
    relative = turns.copy()
    for i, (above, share) in enumerate(zip(calibration.parents, calibration.follows, strict=True)):
        if above >= 0:
            carried = offsets.carried(turns[:, above], share)
            relative[:, i] = rot.transposed(carried) @ turns[:, i]
    to_bone = calibration.to_bone
    return np.asarray(to_bone @ relative @ rot.transposed(to_bone))
