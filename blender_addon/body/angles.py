# SPDX-License-Identifier: GPL-3.0-or-later
"""42 directions -> anatomical joint angles -> joint frames, the same for every rig.

A direction says nothing about the turn around itself. The conventions that decide it:

- Elbow: a hinge, perpendicular to the plane of the arm. While the arm is almost straight the
  plane is unknown: the neighbouring frames decide, then the palm and the resting arm.
- Hand: its palm, from two knuckles. The forearm turns about itself as far as the palm needs.
- Knuckles bend and spread and never twist; finger joints are hinges towards the palm; the last
  phalanx is not predicted and follows the middle joint.

A joint frame (3, 3) has the bone's direction as first column, the hinge it bends about (right
hand rule) as third. `analyse` and `compose` are exact inverses as far as directions go.

Angles are radians, (T, k) each; positive is, in this order:
  torso, neck (3)  rotation vector: x bends forwards, y leans left, z turns left
  collar.S (3)     rotation vector in the torso's frame, mirrored for the right side
  shoulder.S (3)   flexion (forwards), abduction (sideways), internal rotation
  elbow.S (2)      flexion, sideways (only where the arm is almost straight)
  forearm.S (1)    pronation, 0 with the thumb up
  wrist.S (2)      flexion (to the palm), ulnar deviation (to the little finger)
  FINGER_1.S (2)   flexion, spread towards the little finger's side
  FINGER_2.S (2)   flexion, sideways (a real hinge has none)
  FINGER_3.S (1)   flexion
  thumb_1.S (3)    flexion (across the palm), opposition (in front of the palm), roll
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np

from . import rotations as rot
from .rotations import Floats
from .skeleton import COLLAR, FACE, FINGER, FINGERS, FOREARM, FPS, LENGTHS, SIGN, SPINE, UPPER_ARM
from .smoothing import gaussian

Angles: TypeAlias = dict[str, Floats]
Frames: TypeAlias = dict[str, Floats]
PalmPairs: TypeAlias = Mapping[str, tuple[str, str]]  # side -> two fingers, thumb's side first

PALM: Final[PalmPairs] = {"L": ("index", "pinky"), "R": ("index", "pinky")}
FACE_WEIGHTS: Final = np.array([0.5, 1.0, 1.0, 1.0, 1.0])  # neck-nose bends with the neck: less
STRAIGHT: Final = float(np.sin(np.radians(6.0)))  # an elbow bent less has no plane of its own
HYPEREXTENDED: Final = np.sin(np.radians((10.0, 20.0)))  # bent backwards: sure below, never above
STRAIGHT_MEMORY: Final = 0.2  # seconds over which neighbouring frames tell a straight arm's plane
REST_VOTE: Final = 0.003  # of the palm and the hanging arm, against the sine of the elbow's bend
COUPLING: Final = 2.0 / 3.0  # of the middle joint's flexion (J. Rijpkema, M. Girard, 1991)
THUMB_ROLL: Final = np.radians(30.0)  # most that the thumb's plane may roll its first bone
THUMB_DIRECTION: Final = (0.7, 0.28, -0.62)  # resting thumb in the left hand's frame
THUMB_HINGE: Final = (0.2, -0.95, -0.1)  # its joints bend across the palm
DOWN: Final = np.array([0.0, 0.0, -1.0])
HANGING: Final = rot.frame_xz(DOWN, np.array([-1.0, 0.0, 0.0]))  # an arm at rest, bending forwards


def analyse(directions: Floats, neutral: Floats, palm: PalmPairs, fps: float = FPS) -> Angles:
    """Joint angles of DIRECTIONS (T, 42, 3) in the body frame.

    neutral: (42, 3) body frame, the directions in which torso, head and collars have angle zero.
    """
    angles = _trunk_angles(directions, neutral)
    torso = rot.from_vectors(angles["torso"])
    local = rot.apply(rot.transposed(torso)[:, None], directions)
    for side in SIGN:
        _collar_angles(angles, side, local, neutral)
        hand = hand_frame(local, side, palm[side])
        _arm_angles(angles, side, local, hand, fps)
        _finger_angles(angles, side, local, hand)
    return angles


def compose(angles: Angles) -> Frames:
    """Joint frames (T, 3, 3) in the body frame, by forward kinematics.

    torso, head, collar.S are rotations from neutral; the forearm's frame carries no pronation
    (see `forearm_roll`), the hand's frame has all of it.
    """
    frames: Frames = {"torso": rot.from_vectors(angles["torso"])}
    frames["head"] = frames["torso"] @ rot.from_vectors(angles["neck"])
    for side in SIGN:
        _arm_frames(frames, angles, side)
        _finger_frames(frames, angles, side)
    return frames


# --- torso, head, collars ---------------------------------------------------------------


def torso_frame(directions: Floats) -> Floats:
    """Frames (..., 3, 3) with columns left, back, up of DIRECTIONS (..., 42, 3)."""
    up = rot.unit(directions[..., SPINE, :])
    left, right = COLLAR["L"], COLLAR["R"]
    line = directions[..., left, :] * LENGTHS[left] - directions[..., right, :] * LENGTHS[right]
    x = rot.unit(rot.across(line, up))
    return np.stack([x, np.cross(up, x), up], axis=-1)


def head_rotation(directions: Floats, neutral: Floats) -> Floats:
    """Rotations (T, 3, 3) that carry the NEUTRAL face (42, 3) to DIRECTIONS (T, 42, 3) best.

    Least squares over the five face directions (G. Wahba, SIAM Review 7(3), 1965; solved by
    F. L. Markley, "Attitude determination using vector observations and the SVD", 1988).
    """
    faces, base = directions[:, list(FACE)], neutral[list(FACE)]
    profile = np.einsum("k,tki,kj->tij", FACE_WEIGHTS, faces, base)
    u, _, vt = np.linalg.svd(profile)
    u[..., 2] *= np.linalg.det(u @ vt)[:, None]
    return np.asarray(u @ vt)


def _trunk_angles(directions: Floats, neutral: Floats) -> Angles:
    torso = torso_frame(directions) @ torso_frame(neutral).T
    neck = rot.transposed(torso) @ head_rotation(directions, neutral)
    return {"torso": rot.to_vectors(torso), "neck": rot.to_vectors(neck)}


def _collar_angles(angles: Angles, side: str, local: Floats, neutral: Floats) -> None:
    bone = COLLAR[side]
    angles[f"collar.{side}"] = rot.to_vectors(rot.between(neutral[bone], local[:, bone]))


# --- arms -----------------------------------------------------------------------------------


def hand_frame(local: Floats, side: str, pair: tuple[str, str]) -> Floats:
    """Frames (T, 3, 3) of the hand: along the fingers, to the palm's side, the hinge between."""
    first, second = (local[:, FINGER[side, finger][0]] for finger in pair)
    along = rot.unit(first + second)
    normal = np.cross(second, first) * SIGN[side]  # out of the palm
    # knuckles on one line: lean on a palm with the thumb up, so that the frame stays defined
    spare = rot.across(np.array([-SIGN[side], 0.0, 0.0]), along)
    weight = np.clip(1.0 - np.linalg.norm(normal, axis=-1, keepdims=True) / 0.15, 0.0, 1.0)
    palm = rot.unit(rot.across(normal + 0.15 * weight**2 * spare, along))
    return np.stack([along, palm, np.cross(along, palm)], axis=-1)


def _arm_angles(angles: Angles, side: str, local: Floats, hand: Floats, fps: float) -> None:
    upper, fore = local[:, UPPER_ARM[side]], local[:, FOREARM[side]]
    hinge = elbow_hinge(upper, fore, hand[..., 1], side, fps)
    upper_frame = rot.frame_xz(upper, hinge)
    angles[f"shoulder.{side}"] = _shoulder_angles(upper, upper_frame, side)
    angles[f"elbow.{side}"] = bend_angles(upper_frame, fore, SIGN[side])
    fore_frame = upper_frame @ _bend(angles[f"elbow.{side}"], SIGN[side])
    angles[f"forearm.{side}"], angles[f"wrist.{side}"] = _hand_angles(fore_frame, hand, side)


def _hand_angles(fore_frame: Floats, hand: Floats, side: str) -> tuple[Floats, Floats]:
    """Pronation (T, 1) and the wrist's angles (T, 2) that bring the forearm's frame to HAND."""
    turned = _thumb_up(side).T @ rot.transposed(fore_frame) @ hand
    twist, swing = rot.twist_and_swing(turned)
    bend, sign = rot.to_vectors(swing), SIGN[side]
    return sign * twist[:, None], np.stack([bend[:, 2], -sign * bend[:, 1]], axis=-1)


def swivelled(angles: Angles, side: str, turn: Floats) -> Angles:
    """ANGLES of an arm whose elbow has swung about the line from shoulder to wrist.

    turn: (T,) radians by which the hand's pronation is to shrink, at least to first order. Hand,
    wrist and elbow's bend stay where they are; shoulder, pronation and wrist angles follow.
    """
    frames: Frames = {"torso": np.broadcast_to(np.eye(3), (len(turn), 3, 3))}
    _arm_frames(frames, angles, side)
    upper, fore, hand = (frames[f"{part}.{side}"] for part in ("upper_arm", "forearm", "hand"))
    lengths = LENGTHS[UPPER_ARM[side]], LENGTHS[FOREARM[side]]
    axis = rot.unit(lengths[0] * upper[..., 0] + lengths[1] * fore[..., 0])
    share = np.maximum(rot.dot(axis, fore[..., 0]), 0.5)
    swing = rot.from_vectors((SIGN[side] * turn / share)[:, None] * axis)
    moved = swing @ upper
    twist, wrist = _hand_angles(swing @ fore, hand, side)
    shoulder = _shoulder_angles(moved[..., 0], moved, side)
    return {f"shoulder.{side}": shoulder, f"forearm.{side}": twist, f"wrist.{side}": wrist}


def elbow_hinge(upper: Floats, fore: Floats, palm: Floats, side: str, fps: float) -> Floats:
    """Unit axes (T, 3) the elbow bends about, without jumps where the arm is straight.

    upper, fore, palm: (T, 3) unit, in the torso's frame; palm points out of the palm.
    Sure of the plane: its normal. Unsure: what the frames around it (STRAIGHT_MEMORY) say,
    with a small vote for the palm and for the arm hanging down and bending forwards.
    """
    guess = rot.apply(rot.between(DOWN, upper), HANGING[:, 2])
    guess = rot.unit(rot.across(0.5 * guess + SIGN[side] * palm, upper))
    third = np.cross(upper, guess)
    normal = np.cross(upper, fore)
    plane = rot.dot(normal, guess) + 1j * rot.dot(normal, third)  # |plane| = sin(elbow's bend)
    sigmas = (STRAIGHT_MEMORY * fps, 5.0 * STRAIGHT_MEMORY * fps)
    memory = sum(gaussian(plane, sigma, ends="edge") for sigma in sigmas) + REST_VOTE
    memory /= np.maximum(np.abs(memory), rot.TINY)
    # an elbow stretched a little too far bends backwards, it does not spin half around
    backwards = np.minimum(0.0, (plane * memory.conj()).real)
    low, high = HYPEREXTENDED
    backwards *= np.clip((high - np.abs(plane)) / (high - low), 0.0, 1.0)
    mixed = plane + (STRAIGHT - backwards) * memory
    return rot.unit(mixed.real[:, None] * guess + mixed.imag[:, None] * third)


def _shoulder_angles(upper: Floats, upper_frame: Floats, side: str) -> Floats:
    """Flexion, abduction, internal rotation (T, 3): swing from hanging, then turn."""
    swing = rot.between(DOWN, upper)
    vector = rot.to_vectors(swing)
    turn = rot.transposed(swing @ HANGING) @ upper_frame
    roll = np.arctan2(turn[:, 2, 1], turn[:, 1, 1])
    sign = SIGN[side]
    return np.stack([-vector[:, 0], -sign * vector[:, 1], sign * roll], axis=-1)


def _arm_frames(frames: Frames, angles: Angles, side: str) -> None:
    torso, sign = frames["torso"], SIGN[side]
    frames[f"collar.{side}"] = torso @ rot.from_vectors(angles[f"collar.{side}"])
    flexion, abduction, turn = np.moveaxis(angles[f"shoulder.{side}"], -1, 0)
    swing = rot.from_vectors(np.stack([-flexion, -sign * abduction, 0.0 * turn], axis=-1))
    upper = torso @ swing @ HANGING @ rot.about_x(sign * turn)
    fore = upper @ _bend(angles[f"elbow.{side}"], sign)
    flexion, deviation = np.moveaxis(angles[f"wrist.{side}"], -1, 0)
    wrist = rot.from_vectors(np.stack([0.0 * flexion, -sign * deviation, flexion], axis=-1))
    pronated = fore @ _thumb_up(side) @ rot.about_x(sign * angles[f"forearm.{side}"][:, 0])
    frames[f"upper_arm.{side}"] = upper
    frames[f"forearm.{side}"] = fore
    frames[f"hand.{side}"] = pronated @ wrist


def _thumb_up(side: str) -> Floats:
    """The forearm's turn (3, 3) from palm up (elbow's hinge in the palm) to thumb up."""
    return rot.about_x(np.asarray(SIGN[side] * np.pi / 2.0))


# --- fingers --------------------------------------------------------------------------------


def bend_angles(frame: Floats, direction: Floats, sign: float) -> Floats:
    """Flexion about FRAME's third axis, then sideways times SIGN (T, 2), that give DIRECTION."""
    x, y, z = np.moveaxis(rot.apply(rot.transposed(frame), direction), -1, 0)
    flexion = np.arctan2(y, x)
    # joints bend -50..130 degrees: put the wrap opposite the middle of that
    flexion = (flexion + np.radians(140.0)) % (2.0 * np.pi) - np.radians(140.0)
    return np.stack([flexion, sign * np.arcsin(np.clip(z, -1.0, 1.0))], axis=-1)


def _bend(angles: Floats, sign: float) -> Floats:
    """The rotations (T, 3, 3) of `bend_angles` (T, 2)."""
    return rot.about_z(angles[:, 0]) @ rot.about_y(-sign * angles[:, 1])


def thumb_base(side: str) -> Floats:
    """The frame (3, 3) in the hand's frame from which the thumb's first bone swings."""
    x, y, z = THUMB_DIRECTION
    hx, hy, hz = THUMB_HINGE
    sign = SIGN[side]
    # mirrored: directions flip z; hinges are axial vectors and flip x and y
    return rot.frame_xz(np.array([x, y, sign * z]), np.array([sign * hx, sign * hy, hz]))


def _finger_angles(angles: Angles, side: str, local: Floats, hand: Floats) -> None:
    for finger in FINGERS:
        _, first, second = (local[:, bone] for bone in FINGER[side, finger])
        if finger == "thumb":
            angles[f"thumb_1.{side}"] = _thumb_angles(side, hand, first, second)
            frame = hand @ _thumb_swing(side, angles[f"thumb_1.{side}"])
        else:
            angles[f"{finger}_1.{side}"] = bend_angles(hand, first, SIGN[side])
            frame = hand @ _bend(angles[f"{finger}_1.{side}"], SIGN[side])
        angles[f"{finger}_2.{side}"] = bend_angles(frame, second, SIGN[side])
        angles[f"{finger}_3.{side}"] = COUPLING * angles[f"{finger}_2.{side}"][:, :1]


def _thumb_angles(side: str, hand: Floats, first: Floats, second: Floats) -> Floats:
    base = hand @ thumb_base(side)
    swing = rot.between(base[..., 0], first)
    vector = rot.apply(rot.transposed(base), rot.to_vectors(swing))
    hinge = rot.apply(swing, base[..., 2])
    normal = np.cross(first, second)
    plane = rot.dot(normal, hinge) + 1j * rot.dot(normal, np.cross(first, hinge))
    # lean towards the bent thumb's own plane, never further than THUMB_ROLL
    roll = THUMB_ROLL * np.sin(np.angle(plane)) * np.clip((np.abs(plane) - 0.2) / 0.4, 0.0, 1.0)
    return np.stack([vector[:, 2], SIGN[side] * vector[:, 1], SIGN[side] * roll], axis=-1)


def _thumb_swing(side: str, angles: Floats) -> Floats:
    sign = SIGN[side]
    flexion, opposition, roll = np.moveaxis(angles, -1, 0)
    vector = np.stack([0.0 * roll, sign * opposition, flexion], axis=-1)
    return thumb_base(side) @ rot.from_vectors(vector) @ rot.about_x(sign * roll)


def _finger_frames(frames: Frames, angles: Angles, side: str) -> None:
    for finger in FINGERS:
        first, second, third = (angles[f"{finger}_{i}.{side}"] for i in (1, 2, 3))
        if finger == "thumb":
            base = frames[f"hand.{side}"] @ _thumb_swing(side, first)
        else:
            base = frames[f"hand.{side}"] @ _bend(first, SIGN[side])
        middle = base @ _bend(second, SIGN[side])
        frames[f"{finger}_1.{side}"] = base
        frames[f"{finger}_2.{side}"] = middle
        frames[f"{finger}_3.{side}"] = middle @ rot.about_z(third[:, 0])
