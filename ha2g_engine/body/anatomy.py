# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint angles that directions alone show, and how far they go in people.

A direction has no twist, so this is less than a rig has: pronation of the forearm and the roll
of bones are not measured, and an elbow's bend has no sign; what bends the wrong way at the
elbow shows as an impossible rotation of the upper arm instead. Angles are degrees.

Ranges of healthy adults: AAOS, "Joint Motion: Method of Measuring and Recording", 1965;
I. A. Kapandji, "The Physiology of the Joints", vol. 1 and 3; D. Boone, S. Azen, JBJS 1979.
Where both differ the wider one is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from .skeleton import Skeleton

Array = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]

SIGN: Final = {"left": 1.0, "right": -1.0}
UP: Final = np.array([0.0, -1.0, 0.0])
FINGERS: Final = ("index", "middle", "ring", "pinky")
FACE: Final = ("neck>nose", "nose>right_eye", "nose>left_eye", "right_eye>right_ear",
               "left_eye>left_ear")  # fmt: skip
BENT: Final = 20.0  # degrees an elbow must bend before it shows how the upper arm is turned
OVERHEAD: Final = 150.0  # degrees from hanging beyond which an arm's turn has no zero


@dataclass(frozen=True)
class Range:
    """Degrees from low to high that people reach, and who says so."""

    low: float
    high: float
    source: str


RANGES: Final = {
    "torso bend": Range(-25, 80, "AAOS: extension 20-30, flexion 80"),
    "torso lean": Range(-35, 35, "AAOS"),
    "neck bend": Range(-45, 45, "AAOS"),
    "neck lean": Range(-45, 45, "AAOS"),
    "neck turn": Range(-80, 80, "Kapandji 80-90"),
    "elbow bend": Range(0, 150, "AAOS; has no sign here"),
    "upper arm turn": Range(-90, 110, "AAOS: external 90, internal 70; 40 more, as the scapula "
                            "is not measured"),
    "wrist bend": Range(-85, 85, "Kapandji"),
    "wrist deviation": Range(-30, 45, "Kapandji: radial 15, ulnar 45; 15 more radially, the "
                             "hand's axis lies between index and pinky"),
    "knuckle bend": Range(-45, 100, "AAOS: extension 45, flexion 90; Kapandji: over 90"),
    "knuckle spread": Range(-30, 30, "Kapandji"),
    "finger bend": Range(-10, 110, "AAOS 0 to 100; Kapandji: over 90"),
    "finger sideways": Range(-20, 20, "a hinge; what the knuckle's missing twist leaves over"),
    "thumb bend": Range(0, 60, "AAOS 50, Kapandji 60-70; has no sign here"),
}  # fmt: skip


def angles(directions: Floats, skeleton: Skeleton) -> dict[str, Array]:
    """What can be measured of (T, bones, 3): {"left elbow bend": (T,) degrees, …}.

    NaN where a joint is in a position that does not show the angle. The Gesture skeleton has
    torso and arms only. Positive: forwards, to the left; inwards for the upper arm; to the
    palm, to the little finger.
    """
    bone = _Bones(np.asarray(directions, np.float64), skeleton)
    found = dict(_trunk(bone))
    for side in SIGN:
        found.update({f"{side} {name}": value for name, value in _arm(bone, side)})
        if f"{side}_wrist>{side}_index_1" in bone:
            found.update({f"{side} {name}": value for name, value in _hand(bone, side)})
    return found


def violations(directions: Floats, skeleton: Skeleton) -> dict[str, float]:
    """For each measured angle of (T, bones, 3) the share of frames beyond its range."""
    shares = {}
    for name, values in angles(directions, skeleton).items():
        limits = RANGES[next(kind for kind in RANGES if name.endswith(kind))]
        shares[name] = float(((values < limits.low) | (values > limits.high)).mean())
    return shares


class _Bones:
    """Directions by ``parent>child``, and of the neutral pose."""

    def __init__(self, directions: Array, skeleton: Skeleton) -> None:
        self._directions, self._names = directions, skeleton.bone_names
        self.neutral = np.asarray(skeleton.neutral, np.float64)[None]

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Array:
        return self._directions[:, self._names.index(name)]

    def at_rest(self) -> _Bones:
        bones = object.__new__(_Bones)
        bones._directions, bones._names, bones.neutral = self.neutral, self._names, self.neutral
        return bones


def _trunk(bone: _Bones) -> Iterator[tuple[str, Array]]:
    spine = bone["spine>neck"]
    left = _unit(_across(bone["neck>left_shoulder"] - bone["neck>right_shoulder"], UP))
    forward = np.cross(left, UP)
    yield "torso bend", _degrees(_dot(spine, forward), _dot(spine, UP))
    yield "torso lean", _slope(_dot(spine, left))
    if FACE[-1] not in bone:
        return
    turned = _torso(bone) @ _torso(bone.at_rest()).transpose(0, 2, 1)
    face = turned.transpose(0, 2, 1) @ _face(bone)
    nod, turn, lean = np.degrees(Rotation.from_matrix(face).as_rotvec()).T
    yield "neck bend", nod
    yield "neck turn", -turn  # the second axis points down
    yield "neck lean", lean


def _torso(bone: _Bones) -> Array:
    """(T, 3, 3) with columns left, down, back."""
    up = bone["spine>neck"]
    left = _unit(_across(bone["neck>left_shoulder"] - bone["neck>right_shoulder"], up))
    return np.stack([left, -up, np.cross(up, left)], axis=-1)


def _face(bone: _Bones) -> Array:
    """(T, 3, 3) that carry the neutral face to this one best (Kabsch 1976)."""
    here, rest = (np.stack([b[name] for name in FACE], axis=1) for b in (bone, bone.at_rest()))
    u, _, vt = np.linalg.svd(here.transpose(0, 2, 1) @ rest)
    u[..., 2] *= np.linalg.det(u @ vt)[:, None]
    return np.asarray(u @ vt)


def _arm(bone: _Bones, side: str) -> Iterator[tuple[str, Array]]:
    upper, fore = bone[f"{side}_shoulder>{side}_elbow"], bone[f"{side}_elbow>{side}_wrist"]
    bend = _between(upper, fore)
    yield "elbow bend", bend
    torso = _torso(bone)
    down, forward = torso[..., 1], -torso[..., 2]
    reach = 1 + _dot(down, upper)  # forward, carried along by the shortest swing down → upper
    mid = down + upper
    ahead = forward - mid * (_dot(forward, mid) / np.maximum(reach, 1e-9))[:, None]
    inwards = SIGN[side] * np.cross(upper, ahead)
    turn = _degrees(_dot(fore, inwards), _dot(fore, ahead))
    shown = (bend > BENT) & (_between(down, upper) < OVERHEAD)
    yield "upper arm turn", np.where(shown, turn, np.nan)


def _hand(bone: _Bones, side: str) -> Iterator[tuple[str, Array]]:
    index, pinky = (bone[f"{side}_wrist>{side}_{finger}_1"] for finger in ("index", "pinky"))
    along = _unit(index + pinky)
    palm = _unit(SIGN[side] * np.cross(pinky, index))
    outer = SIGN[side] * np.cross(along, palm)  # to the little finger
    fore = bone[f"{side}_elbow>{side}_wrist"]
    yield "wrist bend", _degrees(-_dot(fore, palm), _dot(fore, along))
    yield "wrist deviation", _slope(-_dot(fore, outer))
    for finger in FINGERS:
        yield from _finger(bone, f"{side}_{finger}", palm, SIGN[side])
    thumb = f"{side}_thumb"
    yield "thumb bend", _between(bone[f"{thumb}_1>{thumb}_2"], bone[f"{thumb}_2>{thumb}_3"])


def _finger(bone: _Bones, finger: str, palm: Array, sign: float) -> Iterator[tuple[str, Array]]:
    side, name = finger.split("_")
    first = bone[f"{side}_wrist>{finger}_1"]
    second, third = bone[f"{finger}_1>{finger}_2"], bone[f"{finger}_2>{finger}_3"]
    inner = _unit(_across(palm, first))
    outer = sign * np.cross(first, inner)
    yield f"{name} knuckle bend", _degrees(_dot(second, inner), _dot(second, first))
    yield f"{name} knuckle spread", _slope(_dot(second, outer))
    outer = _unit(_across(outer, second))
    inner = sign * np.cross(outer, second)
    yield f"{name} finger bend", _degrees(_dot(third, inner), _dot(third, second))
    yield f"{name} finger sideways", _slope(_dot(third, outer))


def _dot(first: Array, second: Array) -> Array:
    return np.asarray((first * second).sum(axis=-1))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _across(vectors: Array, axis: Array) -> Array:
    """The part perpendicular to a unit axis."""
    return vectors - _dot(vectors, axis)[..., None] * axis


def _degrees(sine: Array, cosine: Array) -> Array:
    return np.asarray(np.degrees(np.arctan2(sine, cosine)))


def _slope(sine: Array) -> Array:
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1, 1))))


def _between(first: Array, second: Array) -> Array:
    return np.asarray(np.degrees(np.arccos(np.clip(_dot(first, second), -1, 1))))
