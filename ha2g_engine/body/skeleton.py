# SPDX-License-Identifier: GPL-3.0-or-later
"""The two skeletons HA2G works on, read from one table (``skeleton.json``).

Frame: x = the subject's left, y = down, z = away from the camera; the subject faces -z
(TED-Expressive). A direction is the unit vector from a bone's parent joint to its child.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.errors import InputError

Array = NDArray[np.float32]

FPS: Final = 15.0  # poses a second, both data sets

TABLE: Final = Path(__file__).with_name("skeleton.json")


@dataclass(frozen=True)
class Skeleton:
    """Joints, bones and levels of one data set.

    bones: (parent joint, child joint) names. levels: bone indices of each level, coarse to
    fine, each containing the one before (paper Fig. 1). mean_direction: (bones, 3), the mean
    of unit directions, so shorter than 1. bone_length: (bones,) metres.
    angle_pairs: (angles, 2) bones whose angle has statistics, over π: angle_mean,
    angle_variance, and angle_speed (mean absolute change a frame). palms: pairs of bones
    whose normals stand as further bones after the skeleton's own.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...]
    levels: tuple[tuple[int, ...], ...]
    mean_direction: Array
    bone_length: Array
    angle_pairs: NDArray[np.int64]
    angle_mean: NDArray[np.float64]
    angle_variance: NDArray[np.float64]
    angle_speed: NDArray[np.float64]
    palms: tuple[tuple[int, int], ...]

    @property
    def pose_dim(self) -> int:
        """Numbers a frame: three a bone."""
        return 3 * len(self.bones)

    @property
    def neutral(self) -> Array:
        """(bones, 3) unit directions of the neutral pose: the mean, normalised."""
        return unit(self.mean_direction)

    @property
    def bone_names(self) -> list[str]:
        """``parent>child`` for each bone, the order of every direction array."""
        return [f"{parent}>{child}" for parent, child in self.bones]

    @property
    def wrists(self) -> list[int]:
        """Joint indices of the left and the right wrist."""
        return [self.joints.index(f"{side}_wrist") for side in ("left", "right")]

    def directions(self, poses: Array) -> Array:
        """Poses (…, D), direction minus mean → unit directions (…, bones, 3)."""
        return unit(poses.reshape(*poses.shape[:-1], len(self.bones), 3) + self.mean_direction)

    def poses(self, directions: Array) -> Array:
        """Directions (…, bones, 3) → direction minus mean, (…, D)."""
        return (directions - self.mean_direction).reshape(*directions.shape[:-2], self.pose_dim)


def unit(vectors: Array) -> Array:
    """Vectors (…, 3) scaled to length 1; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-8), np.float32)


@cache
def skeleton(name: str) -> Skeleton:
    """The skeleton called ``expressive`` (42 bones) or ``gesture`` (9 bones)."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    if name not in table:
        raise InputError(f"There is no skeleton '{name}': choose one of {', '.join(table)}.")
    entry: dict[str, Any] = table[name]
    joints = tuple(entry["joints"])
    return Skeleton(
        name=name,
        joints=joints,
        bones=tuple(
            (_joint(joints, b["parent"]), _joint(joints, b["child"])) for b in entry["bones"]
        ),
        levels=tuple(tuple(level["bones"]) for level in entry["levels"]),
        mean_direction=np.asarray(entry["mean_direction"], np.float32),
        bone_length=np.asarray([b["mean_length_m"] for b in entry["bones"]], np.float32),
        angle_pairs=np.asarray([a["bones"] for a in entry["angles"]], np.int64),
        angle_mean=_column(entry, "mean_over_pi"),
        angle_variance=_column(entry, "variance_over_pi2"),
        angle_speed=_column(entry, "mean_abs_change_over_pi_per_frame"),
        palms=tuple(tuple(palm) for palm in entry.get("palms", ())),
    )


def _column(entry: dict[str, Any], key: str) -> NDArray[np.float64]:
    return np.asarray([angle[key] for angle in entry["angles"]], np.float64)


def _joint(joints: tuple[str, ...], key: str | int) -> str:
    return joints[key] if isinstance(key, int) else key


def joint_positions(directions: Array, skeleton: Skeleton) -> Array:
    """Directions (T, bones, 3) → joint positions (T, joints, 3), metres, root at the origin.

    Uses the table's mean bone lengths; for pictures and distances, not for retargeting.
    """
    index = {name: i for i, name in enumerate(skeleton.joints)}
    positions = np.zeros((len(directions), len(skeleton.joints), 3), np.float32)
    for bone, (parent, child) in enumerate(skeleton.bones):
        step = directions[:, bone] * skeleton.bone_length[bone]
        positions[:, index[child]] = positions[:, index[parent]] + step
    return positions


EXPRESSIVE: Final = skeleton("expressive")
BONES: Final = EXPRESSIVE.bones
LEVELS: Final = EXPRESSIVE.levels
NEUTRAL: Final = EXPRESSIVE.neutral
