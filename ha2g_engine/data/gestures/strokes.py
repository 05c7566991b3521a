# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the stroke of a recorded gesture is: by the speed of the wrists and how far they are out.

Phases after Kendon (2004): the stroke goes from ``start`` to ``apex``, where the hands have
arrived; they hold until ``end``; at ``relax`` they begin their way home.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, joint_positions
from ha2g_engine.body.wrists import wrist_speed

Array = NDArray[np.floating[Any]]

SIDES: Final = ("left", "right")
WRISTS: Final = tuple(EXPRESSIVE.joints.index(f"{side}_wrist") for side in SIDES)
SHOULDERS: Final = [EXPRESSIVE.joints.index(f"{side}_shoulder") for side in SIDES]
KNUCKLES: Final = [EXPRESSIVE.joints.index(f"{side}_index_1") for side in SIDES]
NOSE: Final = EXPRESSIVE.bone_names.index("neck>nose")
FAST: Final = 0.55  # of the greatest speed: slower peaks are not the stroke
ARRIVED: Final = 0.3  # of the stroke's speed: slower, and the hand has arrived
HELD: Final = 0.35  # m/s, slower is a hold
MOVES: Final = 0.08  # m from where it was: a hand that gestures
SHARE: Final = 0.4  # of the other hand's way: less, and it only goes along
OUT: Final = 0.6  # of the furthest way from home, where an apex is looked for
APART: Final = 0.4  # s between two strokes of running speech
STROKE: Final = (0.3, 0.12)  # m/s: least speed of a stroke in running speech, and above its sides
HANGING: Final = 0.38  # m below the spine joint: wrists there rest


@dataclass(frozen=True)
class Stroke:
    """Frames of one stroke, and the greatest wrist speed on its way, m/s."""

    start: int
    apex: int
    end: int
    relax: int
    speed: float


def wrists(directions: Array) -> NDArray[np.float64]:
    """(T, 42, 3) → (T, 2, 3) m of the left and right wrist from the spine joint."""
    points = joint_positions(np.asarray(directions, np.float32), EXPRESSIVE)
    return points[:, list(WRISTS)].astype(np.float64)


def away(directions: Array, home: Array) -> NDArray[np.float64]:
    """(T, 2) m between each wrist and where it is in the pose ``home`` (42, 3)."""
    return np.asarray(np.linalg.norm(wrists(directions) - wrists(home[None]), axis=-1))


def gesturing(directions: Array, home: Array, first: int, last: int) -> str:
    """Which hands move in the frames from ``first`` to ``last``: left, right, both or none."""
    out = away(directions, home)[first : last + 1]
    travelled = np.ptp(wrists(directions)[first : last + 1], axis=0).max(axis=-1)
    way = np.maximum(out.max(axis=0), travelled)
    moving = (way > MOVES) & (way > SHARE * way.max())
    if moving.all():
        return "both"
    return SIDES[int(moving.argmax())] if moving.any() else "none"


def find_stroke(directions: Array, home: Array) -> Stroke:
    """The stroke of a clip (T, 42, 3) that begins and ends near ``home`` (42, 3)."""
    speed = wrist_speed(directions).max(axis=1)
    out = away(directions, home).max(axis=1)
    relax = int(np.flatnonzero(out >= 0.75 * out.max())[-1])
    peak = _peak(speed, relax)
    apex = _arrival(speed, peak, max(relax, peak + 1))
    if not far_enough(out, apex):
        apex = int(np.flatnonzero(out >= 0.9 * out.max())[0])
    end = _departure(speed, apex, max(relax, apex))
    return Stroke(_onset(speed, peak), apex, end, max(relax, end), float(speed[peak]))


def far_enough(out: Array, frame: int, share: float = OUT) -> bool:
    """Whether the hands, ``out`` (T,) m from home, are on their gesture and not on the way."""
    return bool(out[frame] >= share * out.max())


def _peak(speed: Array, relax: int) -> int:
    """The first fast peak of wrist speed before the way home."""
    found, _ = find_peaks(speed[: relax + 1], height=FAST * speed[: relax + 1].max())
    return int(found[0]) if len(found) else int(speed[: relax + 1].argmax())


def _arrival(speed: Array, peak: int, limit: int) -> int:
    """First frame after the peak where the wrist is slow or gets faster again."""
    for frame in range(peak + 1, min(limit, len(speed) - 1)):
        if speed[frame] < ARRIVED * speed[peak] or speed[frame + 1] > speed[frame]:
            return frame
    return min(limit, len(speed) - 1)


def _departure(speed: Array, apex: int, limit: int) -> int:
    """Last slow frame from ``apex`` on, at most a second later."""
    for frame in range(apex + 1, min(limit, apex + int(FPS), len(speed) - 1) + 1):
        if speed[frame] > HELD:
            return frame - 1
    return min(limit, apex + int(FPS), len(speed) - 1)


def _onset(speed: Array, peak: int) -> int:
    """Last frame before the peak where the wrist is still slow or slows down."""
    for frame in range(peak - 1, 0, -1):
        if speed[frame] < ARRIVED * speed[peak] or speed[frame - 1] > speed[frame]:
            return frame
    return 0


def running_strokes(directions: Array) -> list[Stroke]:
    """The strokes of somebody who talks on, (T, 42, 3), each relaxing where the next begins.

    What brings both hands to rest is none.
    """
    speed = wrist_speed(directions).max(axis=1)
    peaks, _ = find_peaks(
        speed, height=STROKE[0], distance=int(APART * FPS), prominence=STROKE[1]
    )  # fmt: skip
    starts = [_onset(speed, int(peak)) for peak in peaks]
    follows = [*starts[1:], len(speed) - 1]
    found = [
        _running(speed, int(peak), start, following)
        for peak, start, following in zip(peaks, starts, follows, strict=True)
    ]
    low = wrists(directions)[..., 1].min(axis=1) > HANGING
    return [stroke for stroke in found if not low[stroke.apex]]


def _running(speed: Array, peak: int, start: int, following: int) -> Stroke:
    apex = _arrival(speed, peak, max(following, peak + 1))
    end = _departure(speed, apex, max(following, apex))
    return Stroke(start, apex, end, max(following, end), float(speed[peak]))


def nearest_chest(directions: Array, stroke: Stroke) -> Stroke:
    """The stroke with its apex where a hand is nearest to the chest: who means me."""
    points = joint_positions(np.asarray(directions, np.float32), EXPRESSIVE)
    chest = (points[:, SHOULDERS].mean(axis=1) + points[:, 0]) / 2
    away = np.linalg.norm(points[:, KNUCKLES] - chest[:, None], axis=-1).min(axis=1)
    first = min(stroke.start, stroke.apex)
    apex = first + int(away[first : stroke.relax + 1].argmin())
    return replace(stroke, start=min(first, apex), apex=apex, end=max(apex, stroke.end))


def widest(directions: Array, home: Array) -> Stroke:
    """For a clip of no one stroke: its apex where arms, or else the head, are furthest out."""
    out = gaussian_filter1d(away(directions, home).max(axis=1), 1.0)
    if out.max() < MOVES:
        out = 1 - directions[:, NOSE].astype(np.float64) @ home[NOSE].astype(np.float64)
    apex, last = int(out.argmax()), len(directions) - 1
    speed = float(wrist_speed(directions).max())
    return Stroke(0, apex, apex, last, speed)
