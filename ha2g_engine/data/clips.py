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
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks
from scipy.spatial.transform import Rotation

from ha2g_engine.body.poses import FACE, TRUNK
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, NEUTRAL, Skeleton, joint_positions, unit
from ha2g_engine.errors import InputError

Array = NDArray[np.floating[Any]]

MOTION: Final = "smartbody_gestures_15fps.npz"
TABLE: Final = "clips.csv"
STROKES: Final = (  # types of clip that accompany speech; adaptors and idling do not
    "beat", "chop", "deictic_place", "deictic_self", "deictic_other", "negation",
    "offer_receive", "discourse", "size_shape", "stop", "question",
)  # fmt: skip
MIN_PEAK: Final = 0.6  # m/s, slower wrists make no stroke
WRISTS: Final = tuple(EXPRESSIVE.joints.index(f"{side}_wrist") for side in ("left", "right"))


@dataclass(frozen=True)
class Clip:
    """One gesture.

    directions: (T, 42, 3) unit, canonical. peak: frame of the stroke's greatest wrist speed;
    hold: frame where the hand has arrived; last: last frame before it returns. speed: m/s at
    the peak. hand: LEFT, RIGHT or BOTH, whichever moves.
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

    Raises InputError when the folder lacks the files or the posture has no clip.
    """
    rows, motion, offsets = _read(folder)
    chosen = [r for r in rows if r["set"] == body and r["posture"] == posture and _usable(r)]
    if not chosen:
        raise InputError(f"'{folder}' has no usable clip of {body}, {posture}.")
    raw = [motion[offsets[i] : offsets[i + 1]] for i in (int(r["index"]) for r in chosen)]
    rest = unit(np.median([clip[0] for clip in raw], axis=0))
    clips = (_clip(r, canonical(d, rest)) for r, d in zip(chosen, raw, strict=True))
    return Posture(canonical(rest[None], rest)[0], tuple(c for c in clips if c is not None))


def _read(folder: Path) -> tuple[list[dict[str, str]], NDArray[np.float32], Any]:
    if not (folder / MOTION).is_file() or not (folder / TABLE).is_file():
        raise InputError(f"'{folder}' does not hold {MOTION} and {TABLE}: name their folder.")
    with (folder / TABLE).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with np.load(folder / MOTION, allow_pickle=False) as arrays:
        return rows, arrays["directions"], arrays["offsets"]


def _usable(row: dict[str, str]) -> bool:
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


def wrist_speed(directions: Array, skeleton: Skeleton = EXPRESSIVE) -> NDArray[np.float64]:
    """(T, bones, 3) → (T, 2) speeds of the left and right wrist in m/s, lightly smoothed."""
    joints = [skeleton.joints.index(f"{side}_wrist") for side in ("left", "right")]
    wrists = joint_positions(np.asarray(directions, np.float32), skeleton)[:, joints]
    speed = np.linalg.norm(np.gradient(wrists.astype(np.float64), 1 / FPS, axis=0), axis=-1)
    return np.asarray(gaussian_filter1d(speed, 0.7, axis=0))


def _clip(row: dict[str, str], directions: NDArray[np.float32]) -> Clip | None:
    """The clip with its stroke found, or None where there is none."""
    if row["type"] not in STROKES:
        return None
    speed = wrist_speed(directions).max(axis=1)
    peak = _stroke_peak(speed, float(row["emphasis"]) * FPS)
    if speed[peak] < MIN_PEAK:
        return None
    hold = _arrival(speed, peak)
    last = _departure(directions, speed, hold)
    hand = row["hand_moved"]
    return Clip(row["name"], row["type"], hand, directions, peak, hold, last, float(speed[peak]))


def _stroke_peak(speed: Array, emphasis: float) -> int:
    """The first wrist-speed peak above 0.55 of the clip's greatest in its first two thirds.

    Peaks up to 0.9 s before the emphasis label count as preparation and are passed over.
    """
    found, _ = find_peaks(speed, height=0.55 * speed.max())
    early = [int(f) for f in found if f < 0.66 * len(speed)]
    labelled = [f for f in early if -0.9 * FPS <= f - emphasis <= 0.1 * FPS]
    return (labelled or early or [int(speed.argmax())])[0]


def _arrival(speed: Array, peak: int) -> int:
    """First frame after the peak where the wrist has slowed to 0.3 of it or turns faster."""
    for frame in range(peak + 1, len(speed) - 1):
        if speed[frame] < 0.3 * speed[peak] or speed[frame + 1] > speed[frame]:
            return frame
    return len(speed) - 1


def _departure(directions: Array, speed: Array, hold: int) -> int:
    """Last frame of the slow part that begins at ``hold``, at most 1 s long."""
    limit = min(len(directions) - 1, hold + int(FPS))
    for frame in range(hold + 1, limit):
        if speed[frame] > 0.35:  # m/s
            return frame - 1
    return limit


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
