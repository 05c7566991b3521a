# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks → the 42 directions in the skeleton's frame, and which of them were seen.

The camera's turn around a person and its tilt are taken out: the person faces -z and stands
upright, as in the data. What was not seen is filled from a pose of rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import HANDS
from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, unit
from ha2g_engine.gestures.homes import HANGING, homes

from .landmarks import (
    ANKLES,
    ELBOWS,
    HIPS,
    INDICES,
    NOSE,
    PINKIES,
    SEEN,
    SHOULDERS,
    WRISTS,
    Landmarks,
)

Array = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

JOINTS: Final = {name: place for place, name in enumerate(EXPRESSIVE.joints)}
FACE_POINTS: Final = {"nose": NOSE, "right_eye": 5, "left_eye": 2, "right_ear": 8, "left_ear": 7}
FINGERS: Final = {"index": 5, "middle": 9, "pinky": 17, "ring": 13, "thumb": 1}  # first knuckles
SIDES: Final = ("left", "right")
SPINE: Final = 0.55  # of the way from the hips' middle to the neck
NECK: Final = 0.28  # of half the shoulders' width: how far the neck is above them
FACE: Final = (37, 38, 39, 40, 41)
UP: Final = np.array([0.0, -1.0, 0.0])
MOST_TILT: Final = np.radians(30.0)  # of a camera; what somebody leans beyond is theirs


@dataclass(frozen=True)
class Posed:
    """directions: (42, 3) unit. joints: (43,) which were seen. bones: (42,) by both their ends."""

    directions: Array
    joints: Mask

    @property
    def bones(self) -> Mask:
        """(42,) whose direction was seen; others are those of rest."""
        ends = [(JOINTS[parent], JOINTS[child]) for parent, child in EXPRESSIVE.bones]
        return np.asarray(self.joints[np.array(ends)].all(axis=1))

    def sees_arm(self, side: int) -> bool:
        """Whether shoulder, elbow and wrist of the left (0) or right (1) arm were seen."""
        names = (f"{SIDES[side]}_{joint}" for joint in ("shoulder", "elbow", "wrist"))
        return all(self.joints[JOINTS[name]] for name in names)

    def sees_hand(self, side: int) -> bool:
        """Whether the left (0) or right (1) hand was seen."""
        return bool(self.joints[JOINTS[f"{SIDES[side]}_index_1"]])


def posed(found: Landmarks, level: Floats | None = None) -> Posed:
    """One person as a pose. level: (3, 3) that takes the camera out; None: of this picture."""
    turned = camera(found) if level is None else level
    places, joints = _joints(found, turned)
    directions = _directions(places)
    bones = Posed(directions, joints).bones
    directions[list(FACE)] = _face(found, turned)
    rest = homes().poses[HANGING]
    filled = np.where(bones[:, None], directions, rest).astype(np.float32)
    for side in (0, 1):
        if not found.sees_hand(side):
            filled[list(HANDS[side])] = _resting_hand(found, filled, turned, side)
    return Posed(unit(filled), joints)


def camera(found: Landmarks) -> Floats:
    """(3, 3) that turns what the camera saw so that the person stands upright and faces -z.

    Upright by the way from the feet to the shoulders, which balance puts above them; by the trunk
    alone where no feet are seen; not at all where no hips are. Facing by shoulders and hips.
    """
    shoulders = found.body[list(SHOULDERS)].astype(np.float64)
    hips = found.body[list(HIPS)].astype(np.float64)
    across = shoulders[0] - shoulders[1]
    if not found.sees(*HIPS):
        return _facing(across)
    feet = found.body[list(ANKLES)].astype(np.float64)
    base = feet if found.sees(*ANKLES) else hips
    upright = _upright(shoulders.mean(axis=0) - base.mean(axis=0))
    return np.asarray(_leaning() @ _facing(upright @ (across + hips[0] - hips[1])) @ upright)


@cache
def _leaning() -> Floats:
    """(3, 3) from upright to how people stand in the data: their trunk leads a little."""
    return _rotation(np.array([1.0, 0.0, 0.0]), float(np.arctan2(-NEUTRAL[0, 2], -NEUTRAL[0, 1])))


def _facing(across: Floats) -> Floats:
    """(3, 3) about the vertical that puts ``across`` (3,), to the left, into the picture."""
    angle = np.arctan2(across[2], across[0])
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])


def _upright(axis: Floats) -> Floats:
    """(3, 3) the shortest turn, MOST_TILT at most, of ``axis`` (3,) towards up."""
    axis = axis / max(float(np.linalg.norm(axis)), 1e-9)
    about = np.cross(axis, UP)
    sine = float(np.linalg.norm(about))
    angle = min(float(np.arctan2(sine, axis @ UP)), MOST_TILT)
    return _rotation(about / max(sine, 1e-9), angle)


def _rotation(axis: Floats, angle: float) -> Floats:
    """(3, 3) about a unit axis (Rodrigues)."""
    x, y, z = axis
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k)


def _joints(found: Landmarks, level: Floats) -> tuple[Floats, Mask]:
    """(43, 3) m where joints are, and (43,) which of them were seen."""
    body = found.body @ level.T
    places, seen = np.zeros((len(JOINTS), 3)), np.zeros(len(JOINTS), bool)

    def put(name: str, place: Floats, known: bool) -> None:
        places[JOINTS[name]], seen[JOINTS[name]] = place, known

    left, right = (body[point] for point in SHOULDERS)
    shoulders, hips = (left + right) / 2, body[list(HIPS)].mean(axis=0)
    trunk = unit((shoulders - hips).astype(np.float32))
    neck = shoulders + NECK * trunk * np.linalg.norm(left - right) / 2
    put("neck", neck, found.sees(*SHOULDERS))
    put("spine", hips + SPINE * (neck - hips), found.sees(*HIPS))
    for name, point in FACE_POINTS.items():
        put(name, body[point], found.sees(point))
    for side, word in enumerate(SIDES):
        for joint, points in (("shoulder", SHOULDERS), ("elbow", ELBOWS), ("wrist", WRISTS)):
            put(f"{word}_{joint}", body[points[side]], found.sees(points[side]))
        hand = (found.hands[side] - found.hands[side][0]) @ level.T + body[WRISTS[side]]
        for finger, first in FINGERS.items():
            for place in range(3):
                known = found.sees_hand(side) and found.sees(WRISTS[side])
                put(f"{word}_{finger}_{place + 1}", hand[first + place], known)
    return places, seen


def _directions(places: Floats) -> Array:
    ends = np.array([(JOINTS[parent], JOINTS[child]) for parent, child in EXPRESSIVE.bones])
    return unit((places[ends[:, 1]] - places[ends[:, 0]]).astype(np.float32))


def _face(found: Landmarks, level: Floats) -> Array:
    """(5, 3) of the face: the neutral ones, turned as the head is (Kabsch 1976)."""
    here = found.body[list(FACE_POINTS.values())].astype(np.float64) @ level.T
    rest = _neutral_face()
    u, _, vt = np.linalg.svd((here - here.mean(axis=0)).T @ (rest - rest.mean(axis=0)))
    turn = u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt
    return np.asarray(NEUTRAL[list(FACE)] @ turn.T, np.float32)


@cache
def _neutral_face() -> Floats:
    """(5, 3) m where MediaPipe has the points of a face that looks at the camera."""
    return np.array(
        [[0, 0, 0], [-0.035, -0.04, 0.01], [0.035, -0.04, 0.01], [-0.08, -0.03, 0.11],
         [0.08, -0.03, 0.11]]
    )  # fmt: skip


def _resting_hand(found: Landmarks, directions: Array, level: Floats, side: int) -> Array:
    """(15, 3) a hand at rest: at the forearm, its palm where the body's points have it."""
    fore = HANDS[side][0] - 1
    rest = homes().poses[HANGING]
    hand = rest[list(HANDS[side])].astype(np.float64)
    points = [WRISTS[side], INDICES[side], PINKIES[side]]
    if found.seen[points].min() < SEEN:
        return np.asarray(hand @ _shortest(rest[fore], directions[fore]).T, np.float32)
    wrist, index, pinky = found.body[points].astype(np.float64) @ level.T
    theirs = _frame((index + pinky) / 2 - wrist, index - pinky)
    own = _frame((hand[0] + hand[6]) / 2, hand[0] - hand[6])
    return np.asarray(hand @ (theirs @ own.T).T, np.float32)


def _frame(along: Floats, across: Floats) -> Floats:
    """(3, 3) columns: along, across made square to it, and what is square to both."""
    first = along / max(float(np.linalg.norm(along)), 1e-9)
    second = across - first * (first @ across)
    second = second / max(float(np.linalg.norm(second)), 1e-9)
    return np.stack([first, second, np.cross(first, second)], axis=1)


def _shortest(start: Floats, end: Floats) -> Floats:
    about = np.cross(start, end).astype(np.float64)
    sine = float(np.linalg.norm(about))
    if sine < 1e-6:
        return np.eye(3)
    return _rotation(about / sine, float(np.arctan2(sine, float(start @ end))))
