# SPDX-License-Identifier: GPL-3.0-or-later
"""The gesture clips of SmartBody (USC ICT, LGPL 2.1) in one anatomy, stroke found.

Each body of that collection has its own collars, spine and face. Torso, collars and face are
therefore written as what moved since the body's own rest pose, applied to the skeleton's
neutral; arms and fingers stay the absolute directions that they are.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.poses import FACE, TRUNK
from ha2g_engine.body.skeleton import EXPRESSIVE, NEUTRAL, unit
from ha2g_engine.body.strokes import stroke
from ha2g_engine.errors import InputError

Array = NDArray[np.floating[Any]]
Row = dict[str, str]

MOTION: Final = "smartbody_gestures_15fps.npz"
TABLE: Final = "clips.csv"
STROKES: Final = (  # types of clip that accompany speech; adaptors and idling do not
    "beat", "chop", "deictic_place", "deictic_self", "deictic_other", "negation",
    "offer_receive", "discourse", "size_shape", "stop", "question",
)  # fmt: skip
MIN_PEAK: Final = 0.6  # m/s, slower wrists make no stroke


@dataclass(frozen=True)
class Clip:
    """One gesture.

    directions: (T, 42, 3) unit, canonical. peak, hold, last, speed: of its ``Stroke``.
    hand: LEFT, RIGHT or BOTH, whichever moves.
    """

    name: str
    kind: str
    hand: str
    directions: NDArray[np.float32]
    peak: int
    hold: int
    last: int
    speed: float


@dataclass(frozen=True)
class Posture:
    """A body's resting pose (42, 3) and the gestures that start from it."""

    rest: NDArray[np.float32]
    clips: tuple[Clip, ...]


def load_posture(folder: Path, body: str, posture: str) -> Posture:
    """All usable strokes of one body set and posture of ``smartbody_gestures``.

    Raises InputError as ``read`` does, and when the posture has no clip.
    """
    rows, motion, offsets = read(folder)
    chosen = [r for r in rows if r["set"] == body and r["posture"] == posture and _usable(r)]
    if not chosen:
        raise InputError(f"'{folder}' has no usable clip of {body}, {posture}.")
    raw = [motion[offsets[i] : offsets[i + 1]] for i in (int(r["index"]) for r in chosen)]
    rest = unit(np.median([clip[0] for clip in raw], axis=0))
    clips = (_clip(r, canonical(d, rest)) for r, d in zip(chosen, raw, strict=True))
    return Posture(canonical(rest[None], rest)[0], tuple(c for c in clips if c is not None))


def read(
    folder: Path, motion_file: str = MOTION
) -> tuple[list[Row], NDArray[np.float32], NDArray[np.int64]]:
    """The table's rows, all clips' directions (F, 42, 3) and each clip's first of them (N + 1,).

    Raises InputError when the folder lacks a file, or they list different clips.
    """
    try:
        with (folder / TABLE).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        with np.load(folder / motion_file, allow_pickle=False) as arrays:
            motion, offsets = arrays["directions"], arrays["offsets"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"'{folder}' does not hold a whole {motion_file} and {TABLE}: name their folder."
        ) from error
    if len(offsets) != len(rows) + 1 or offsets[-1] != len(motion):
        raise InputError(f"'{folder / TABLE}' and '{folder / motion_file}' list different clips.")
    return rows, motion, offsets


def _usable(row: Row) -> bool:
    return row["usable"] == "1" and row["has_fingers"] == "1" and row["left_thumb_ok"] == "1"


def canonical(directions: Array, rest: Array) -> NDArray[np.float32]:
    """(T, 42, 3) of a body whose rest is (42, 3) → the skeleton's own trunk and face."""
    moved = directions.astype(np.float64).copy()
    for bone in TRUNK:
        moved[:, bone] = arcs(rest[bone], directions[:, bone]).apply(NEUTRAL[bone])
    for frame, pose in enumerate(directions):
        turn, _ = Rotation.align_vectors(pose[list(FACE)], rest[list(FACE)])
        moved[frame, list(FACE)] = turn.apply(NEUTRAL[list(FACE)])
    return unit(moved.astype(np.float32))


def arcs(start: Array, ends: Array) -> Rotation:
    """The shortest rotations from (3,) to each of (T, 3)."""
    axis = np.cross(start, ends)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = np.arctan2(sine[:, 0], ends @ start)
    return Rotation.from_rotvec(axis / np.maximum(sine, 1e-9) * angle[:, None])


def _clip(row: Row, directions: NDArray[np.float32]) -> Clip | None:
    """The clip with its stroke found, or None where there is none."""
    if row["type"] not in STROKES:
        return None
    found = stroke(directions, float(row["emphasis"]))
    if found.speed < MIN_PEAK:
        return None
    hand = row["hand_moved"]
    return Clip(row["name"], row["type"], hand, directions, **vars(found))


def mirrored(directions: Array) -> NDArray[np.float32]:
    """Left and right exchanged: x changes sign and each bone takes its twin's place."""
    return np.asarray(directions[:, TWINS] * np.array([-1, 1, 1]), np.float32)


def _twins() -> list[int]:
    swap = {"left": "right", "right": "left"}
    names = EXPRESSIVE.bones

    def twin(joint: str) -> str:
        side, _, rest = joint.partition("_")
        return f"{swap[side]}_{rest}" if side in swap else joint

    return [names.index((twin(parent), twin(child))) for parent, child in names]


TWINS: Final = _twins()
