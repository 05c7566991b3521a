# SPDX-License-Identifier: GPL-3.0-or-later
"""How far joints bend: one table of published ranges, a report, a smooth enforcement.

Sources (passive or active range of healthy adults, degrees):
  AAOS      American Academy of Orthopaedic Surgeons, "Joint Motion: Method of Measuring and
            Recording", 1965; tabulated in C. Norkin, D. White, "Measurement of Joint Motion".
  Kapandji  I. A. Kapandji, "The Physiology of the Joints", vol. 1 (upper limb) and 3 (trunk).
  Boone     D. Boone, S. Azen, "Normal range of motion of joints in male subjects", JBJS 1979.
  own       no published figure fits the angle as this package measures it; the reason follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import GestureError
from . import runs
from .angles import COUPLING, Angles, swivelled
from .rotations import Floats
from .skeleton import FINGERS, SIDES

Mode: TypeAlias = Literal["off", "warn", "enforce"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
KNEE: Final = 5.0  # degrees before a limit in which motion slows down towards it
TURNED_AROUND: Final = 140.0  # degrees from the middle at which a turn starts to fade out
MOST_SWIVEL: Final = 35.0  # degrees an elbow swings out at most for a hand turned too far


@dataclass(frozen=True)
class Range:
    """Degrees from LOW to HIGH that AXIS (index into the joint's angles) of JOINT may take."""

    joint: str
    axis: int
    motion: str
    low: float
    high: float
    source: str


_FINGER_RANGES: Final = tuple(
    one
    for finger in FINGERS[1:]
    for one in (
        Range(f"{finger}_1", 0, "knuckle extension, flexion", -45, 100,
              "AAOS 45 and 90; Kapandji: flexion grows to the little finger, over 90"),
        Range(f"{finger}_1", 1, "knuckle spread", -30, 30, "Kapandji 30 to each side"),
        Range(f"{finger}_2", 0, "middle joint extension, flexion", -10, 110,
              "AAOS 0 and 100; Kapandji: flexion over 90, to 135 for the little finger"),
        Range(f"{finger}_2", 1, "middle joint sideways", -20, 20,
              "own: a hinge; what the knuckle's missing twist leaves over"),
        Range(f"{finger}_3", 0, "end joint extension, flexion", -10, 90, "AAOS 0 and 90"),
    )
)  # fmt: skip

RANGES: Final = (
    Range("torso", 0, "extension, flexion", -25, 80, "AAOS, thoracolumbar spine 20-30 and 80"),
    Range("torso", 1, "leaning", -35, 35, "AAOS 35"),
    Range("torso", 2, "turning", -45, 45, "AAOS 45"),
    Range("neck", 0, "extension, flexion", -45, 45, "AAOS, cervical spine 45 and 45"),
    Range("neck", 1, "leaning", -45, 45, "AAOS 45"),
    Range("neck", 2, "turning", -80, 80, "Kapandji 80-90 (AAOS 60)"),
    Range("shoulder", 0, "extension, flexion", -60, 180, "AAOS 60 and 180"),
    Range("shoulder", 1, "adduction, abduction", -75, 180, "AAOS 75 and 180"),
    Range("shoulder", 2, "external, internal rotation", -90, 110,
          "AAOS 90 and 70; own: +40 inwards, for measured against the torso, not the scapula"),
    Range("elbow", 0, "hyperextension, flexion", -10, 150, "AAOS 10 and 150"),
    Range("forearm", 0, "supination, pronation", -90, 90, "Kapandji 90 and 85 (AAOS 80 and 80)"),
    Range("wrist", 0, "extension, flexion", -85, 85, "Kapandji 85 and 85 (AAOS 70 and 80)"),
    Range("wrist", 1, "radial, ulnar deviation", -30, 45,
          "Kapandji 15 and 45; own: +15 radially, the hand's axis lies between index and pinky"),
    *_FINGER_RANGES,
    Range("thumb_1", 0, "extension, flexion", -75, 60,
          "own: from the resting thumb, motion capture stays inside (AAOS: 20 and 15 of the base)"),
    Range("thumb_1", 1, "retroposition, opposition", -45, 75,
          "AAOS, abduction 70; own: from the resting thumb"),
    Range("thumb_2", 0, "knuckle extension, flexion", -10, 60, "AAOS 50, Boone; Kapandji 60-70"),
    Range("thumb_2", 1, "knuckle sideways", -25, 25, "Kapandji: some 20 of play"),
    Range("thumb_3", 0, "end joint extension, flexion", -20, 80, "AAOS 20 and 80"),
)  # fmt: skip

MIDDLE: Final = ("torso", "neck")


@dataclass(frozen=True)
class Overrun:
    """Frames FIRST to LAST, in which JOINT was beyond the range of MOTION, by WORST degrees."""

    joint: str
    motion: str
    first: int
    last: int
    worst: float


@dataclass(frozen=True)
class LimitReport:
    """What went beyond its range, before any enforcement.

    joints: per column, such as "index_1.L"; ranges: per column; excess: (T, J) degrees beyond,
    0 inside (no columns when limits are off).
    """

    mode: Mode
    joints: tuple[str, ...]
    ranges: tuple[Range, ...]
    excess: Floats

    @property
    def counts(self) -> dict[str, int]:
        """Frames beyond the range, per joint that has any: {"wrist.L": 12}."""
        over: dict[str, NDArray[np.bool_]] = {}
        for column, joint in enumerate(self.joints):
            over[joint] = over.get(joint, np.zeros(1, bool)) | (self.excess[:, column] > 0.0)
        return {joint: int(frames.sum()) for joint, frames in over.items() if frames.any()}

    @property
    def share(self) -> float:
        """Part of all joint-frames (a joint's axis in a frame) beyond their range, 0 to 1."""
        return float(np.mean(self.excess > 0.0)) if self.excess.size else 0.0

    @property
    def overruns(self) -> tuple[Overrun, ...]:
        """Every run of consecutive frames beyond a range, by joint, then in time."""
        return tuple(
            Overrun(joint, limits.motion, first, last, float(column[first : last + 1].max()))
            for joint, limits, column in zip(self.joints, self.ranges, self.excess.T, strict=True)
            for first, last in runs.of_flags(column > 0.0)
        )

    def frames(self, joint: str) -> list[int]:
        """The frames in which JOINT is beyond its range."""
        columns = [column for column, name in enumerate(self.joints) if name == joint]
        return [int(frame) for frame in np.flatnonzero((self.excess[:, columns] > 0.0).any(1))]


def checked_mode(mode: str) -> Mode:
    """MODE as one of off, warn, enforce.

    Raises GestureError when it is none of them.
    """
    for known in MODES:
        if mode == known:
            return known
    raise GestureError(f"Joint limits can be {', '.join(MODES)}, not '{mode}'.")


def limited(angles: Angles, mode: Mode) -> tuple[Angles, LimitReport]:
    """ANGLES within the ranges (when MODE is enforce) and what was beyond them."""
    if mode == "off":
        frames = len(angles["torso"])
        return angles, LimitReport(mode, (), (), np.zeros((frames, 0)))
    rows = list(_each(angles))
    report = LimitReport(
        mode,
        tuple(joint for joint, _ in rows),
        tuple(limits for _, limits in rows),
        np.stack([_excess(angles[joint], limits) for joint, limits in rows], axis=-1),
    )
    return (_enforced(angles, rows) if mode == "enforce" else angles), report


def soft_clamp(values: Floats, low: float, high: float, knee: float = KNEE) -> Floats:
    """VALUES unchanged inside LOW + KNEE .. HIGH - KNEE, bent smoothly so as never to leave.

    Slope 1 at the knee, falling to 0: nothing pops and nothing gets faster.
    """
    knee = min(knee, 0.25 * (high - low))
    top, bottom = high - knee, low + knee
    above, below = np.maximum(values - top, 0.0), np.maximum(bottom - values, 0.0)
    inside = np.clip(values, bottom, top)
    return np.asarray(inside + knee * (np.tanh(above / knee) - np.tanh(below / knee)))


def _each(angles: Angles) -> Iterator[tuple[str, Range]]:
    for limits in RANGES:
        sides = [""] if limits.joint in MIDDLE else [f".{side}" for side in SIDES]
        for side in sides:
            if limits.joint + side in angles:
                yield limits.joint + side, limits


def _excess(angle: Floats, limits: Range) -> Floats:
    degrees = np.degrees(angle[:, limits.axis])
    return np.asarray(np.maximum(np.maximum(degrees - limits.high, limits.low - degrees), 0.0))


def _enforced(angles: Angles, rows: list[tuple[str, Range]]) -> Angles:
    angles = _twist_pushed_up(angles)
    inside = {joint: angle.copy() for joint, angle in angles.items()}
    for joint, limits in rows:
        degrees = np.degrees(angles[joint][:, limits.axis])
        clamped = soft_clamp(degrees, limits.low, limits.high)
        middle = 0.5 * (limits.low + limits.high)
        fade = _fade(degrees - middle)
        wide = limits.high - limits.low > 200.0
        inside[joint][:, limits.axis] = np.radians(
            clamped if wide else middle + (clamped - middle) * fade
        )
    for side in SIDES:
        for finger in FINGERS:
            inside[f"{finger}_3.{side}"] = COUPLING * inside[f"{finger}_2.{side}"][:, :1]
    return inside


def _fade(degrees: Floats) -> Floats:
    """1, falling to 0 at half a turn: what is turned right around could go either way."""
    return np.asarray(np.clip((180.0 - np.abs(degrees)) / (180.0 - TURNED_AROUND), 0.0, 1.0))


def _twist_pushed_up(angles: Angles) -> Angles:
    """ANGLES in which elbows swing out for hands turned further than a forearm pronates.

    So the hand keeps its place and its turn; MOST_SWIVEL is what the elbow gives at most.
    """
    pushed = dict(angles)
    limits = next(one for one in RANGES if one.joint == "forearm")
    for side in SIDES:
        degrees = np.degrees(angles[f"forearm.{side}"][:, 0])
        excess = degrees - soft_clamp(degrees, limits.low, limits.high)
        turn = soft_clamp(excess, -MOST_SWIVEL, MOST_SWIVEL) * _fade(degrees)
        touched = np.abs(turn) > 0.0
        if touched.any():
            some = {joint: angle[touched] for joint, angle in angles.items()}
            for joint, angle in swivelled(some, side, np.radians(turn[touched])).items():
                pushed[joint] = pushed[joint].copy()
                pushed[joint][touched] = angle
    return pushed
