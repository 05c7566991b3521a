# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to predicted motion so that it looks better; each step can be left out."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import series
from ha2g_engine.body.poses import Poses, blend
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, unit
from ha2g_engine.body.windows import PUBLISHED, Windows
from ha2g_engine.speech.activity import spoken

Array = NDArray[np.float32]

LEAD_SECONDS: Final = 0.5  # hands leave the rest pose this long before speech
HOLD_SECONDS: Final = 0.8  # and stay in the gesture this long after it
EASE_SECONDS: Final = 1.0  # length of the way to and from the rest pose
CALM_FRAMES: Final = 0.7  # standard deviation; strokes lose a twentieth of their speed
ENERGY_SECONDS: Final = 0.7  # over which loudness is averaged: about a phrase's stressed part
ENERGY_DB: Final = 6.0  # above or below the mean level of the speech: the full effect
ENERGY_GAIN: Final = 0.3  # of the size of gestures, at most, at energy 1
ALL: Final = slice(None)  # frames
CONTEXT: Final = 75  # frames around those that are looked at: a mood's head looks 72 far


def joined(windows: Array, lead: bool = True, cut: Windows = PUBLISHED) -> Array:
    """Windows (W, 34, D), stride 30 → (4 + 30·W, D), each leading on from the one before.

    What the later window differs by where it begins, in place and in speed, fades out within the
    frames that the two share (inertialization: Bollo, GDC 2018). lead: else these frames are
    cross-faded as in the published synthesis, which leaves a jump in speed.
    """
    count, _, width = windows.shape
    result = np.zeros((cut.overlap + cut.stride * count, width), np.float32)
    result[: cut.frames] = windows[0]
    for w in range(1, count):
        first, later = cut.stride * w, windows[w]
        if lead:
            gap, speed = result[first] - later[0], result[first] - result[first - 1]
            later = later + _fading(gap, speed - (later[1] - later[0]), cut)
        else:
            later = _cross_faded(result[first : first + cut.overlap], later)
        result[first : first + cut.frames] = later
    return result


def _cross_faded(before: Array, later: Array) -> Array:
    """LATER (34, D) whose first frames come out of BEFORE (4, D), a fifth more in each."""
    count = len(before)
    share = np.arange(1, count + 1, dtype=np.float32)[:, None] / (count + 1)
    shared = before * (1 - share) + later[:count] * share
    return np.concatenate([shared, later[count:]])


def _fading(gap: Array, speed: Array, cut: Windows) -> Array:
    """(34, D): the cubic that begins at GAP (D,) with SPEED a frame and comes to rest at 0."""
    t, frames = np.arange(cut.frames, dtype=np.float32)[:, None], cut.given + 1
    falling = np.square(np.clip(1 - t / frames, 0, 1))
    return np.asarray((gap + (speed + 2 / frames * gap) * t) * falling, np.float32)


def calmed(directions: Array) -> Array:
    """(T, bones, 3) without what changes from frame to frame: no hand shakes at 7 Hz.

    Each bone on its own, from the frames within a third of a second.
    """
    smooth = series.gaussian(directions, CALM_FRAMES, "nearest", truncate=3.0)
    return unit(np.asarray(smooth, np.float32))


def speech_activity(loudness: Array) -> Array:
    """Loudness (T,) dB → (T,) in [0, 1]: 1 around speech, 0 in silence, eased between."""
    talking = spoken(loudness).astype(np.float32)
    lead, hold = (round(s * FPS) for s in (LEAD_SECONDS, HOLD_SECONDS))
    around = series.maximum(talking, hold, lead)
    eased = series.mean(around, round(EASE_SECONDS * FPS) | 1)
    return np.asarray(eased * eased * (3 - 2 * eased), np.float32)


def settle(directions: Array, activity: Array, rest: Array) -> Array:
    """(T, bones, 3) on the way to ``rest``, one pose or T, where ``activity`` (T,) is below 1.

    Hands turn as wholes; those of the smaller skeleton have no palms, and its bones go straight.
    """
    still = activity < 1
    resting = np.broadcast_to(rest, directions.shape)[still]
    weight, moving = activity[still], directions[still]
    result = directions.copy()
    if rest.shape[-2] == len(EXPRESSIVE.bones):
        result[still] = resized(moving, resting, weight)
    else:
        straight = moving * weight[:, None, None] + resting * (1 - weight)[:, None, None]
        result[still] = unit(np.asarray(straight, np.float32))
    return result


def around(share: NDArray[np.floating[Any]]) -> slice:
    """From the first to the last frame whose ``share`` (T,) is not 0; there is one."""
    there = np.flatnonzero(share)
    return slice(int(there[0]), int(there[-1]) + 1)


def finished(near: slice | None) -> slice:
    """The frames that are finished where only those ``near`` are looked at; None: all."""
    return ALL if near is None else slice(max(0, near.start - CONTEXT), near.stop + CONTEXT)


def exchanged(directions: Array, other: Array, share: NDArray[np.floating[Any]]) -> Array:
    """(T, 42, 3) with ``other`` in its place by ``share`` (T,); where that is 0, bit for bit it."""
    result = directions.copy()
    result[share >= 1] = other[share >= 1]
    between = (share > 0) & (share < 1)
    if between.any():
        ours, theirs = (Poses.of(d[between].astype(np.float64)) for d in (directions, other))
        result[between] = blend(ours, theirs, share[between]).together()
    return result


def energise(
    directions: Array, rest: Array, loudness: Array, energy: float, span: slice = ALL
) -> Array:
    """Gestures larger where speech is loud and smaller where it is soft.

    directions: (N, 42, 3). rest: (42, 3), from where the size of a pose is counted. loudness:
    (T,) dB. energy: 0 leaves the motion as it is, 1 changes its size by up to 30 %. span: which N
    of the T frames the directions are of. Motion of the smaller skeleton, whose palms are
    unknown, is left as it is.
    """
    if not energy or len(rest) != len(EXPRESSIVE.bones):
        return directions
    power = series.gaussian(10 ** (loudness.astype(np.float64) / 10), ENERGY_SECONDS * FPS / 2)
    level = 10 * np.log10(np.maximum(power, 1e-12))
    talking = spoken(loudness)
    middle = level[talking].mean() if talking.any() else 0.0
    share = np.clip((level - middle) / ENERGY_DB, -1, 1)
    return resized(directions, rest, 1 + energy * ENERGY_GAIN * share[span])


def resized(directions: Array, rest: Array, size: NDArray[np.floating[Any]]) -> Array:
    """(T, 42, 3) moved away from ``rest``, one pose or T, by a factor ``size`` (T,).

    Hands turn as wholes.
    """
    resting = np.broadcast_to(rest, directions.shape)
    still, moving = (Poses.of(poses.astype(np.float64)) for poses in (resting, directions))
    return blend(still, moving, size).together()
