# SPDX-License-Identifier: GPL-3.0-or-later
"""Gestures of the library laid over a speaker's rest, their strokes on the accents.

The stroke's greatest wrist speed falls on the stressed syllable and its apex follows (Leonard &
Cummins 2011); hands hold after the stroke and rest in pauses (Kendon 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import Poses, blend
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.data.gestures.library import Library, Motion
from ha2g_engine.gestures.plan import RISE, SINK, Stroke, smooth, sunk

Array = NDArray[np.floating[Any]]

HOLD_RATE: Final = 0.5  # of the gesture's own speed while holding
TIRING: Final = 0.12  # of its size a held gesture loses in a second and a half
BEFORE: Final = 0.5  # s before hands take a gesture up from which it is looked at
TRIES: Final = 2  # times a stroke is moved so that its peak falls on the accent
MOST: Final = 0.3  # s, it is moved at most


def performed(
    home: NDArray[np.float32], strokes: Sequence[Stroke], frames: int, library: Library
) -> tuple[Poses, Poses]:
    """``frames`` poses with all strokes, and as many at ``home`` (42, 3)."""
    rest = Poses.of(np.repeat(home[None].astype(np.float64), frames, axis=0))
    poses = rest
    for i, stroke in enumerate(strokes):
        following = strokes[i + 1].time if i + 1 < len(strokes) else np.inf
        over = following + 1.0 if stroke.until is None else stroke.until + SINK
        poses = _placed(poses, rest, stroke, _shown(stroke, library, home), over)
    return poses, rest


def _shown(stroke: Stroke, library: Library, home: NDArray[np.float32]) -> Motion:
    way = stroke.way
    return library.shown(
        library.named(way.name), way.hand, mirror=way.mirror,
        size=stroke.size, tempo=stroke.tempo, home=home,
    )  # fmt: skip


def _placed(poses: Poses, rest: Poses, stroke: Stroke, motion: Motion, over: float) -> Poses:
    """``poses`` with the stroke on its accent, moved until its peak is really there."""
    gesture = Poses.of(motion.directions.astype(np.float64))
    peak = _peak(motion)
    shift = 0.0
    result = _overlaid(poses, rest, stroke, (gesture, motion, peak), over, shift)
    for _ in range(TRIES):
        error = _peak_time(result, stroke.time) - stroke.time
        if abs(error) < 0.5 / FPS:
            break
        shift = float(np.clip(shift - 0.7 * error, -MOST, MOST))
        result = _overlaid(poses, rest, stroke, (gesture, motion, peak), over, shift)
    return result


def _peak(motion: Motion) -> int:
    """The frame of the greatest wrist speed between start and apex."""
    speed = wrist_speed(motion.directions).max(axis=1)
    return motion.start + int(speed[motion.start : motion.apex + 1].argmax())


def _overlaid(
    poses: Poses,
    rest: Poses,
    stroke: Stroke,
    gesture: tuple[Poses, Motion, int],
    over: float,
    shift: float,
) -> Poses:
    """The gesture over ``poses`` until ``over`` s, its peak ``shift`` s from the accent."""
    frames = len(poses)
    first = max(0, int((stroke.time - RISE[0] - BEFORE) * FPS))
    stop = int(min(frames, over * FPS + 2))
    if first >= stop:
        return poses
    span = np.arange(first, stop)
    times = span / FPS
    shown, motion, peak = gesture
    played = shown.at(_frames_shown(motion, peak, (times - stroke.time - shift) * FPS))
    tired = 1 - TIRING * smooth((times - stroke.time - 0.4) / 1.5)
    still = rest.take(span)
    rise = smooth((times - (stroke.time + shift - RISE[0])) / sum(RISE))
    taken = blend(poses.take(span), blend(still, played, tired), rise)
    if stroke.until is not None:
        taken = blend(taken, still, sunk(stroke.until, times))
    after = rest.take(np.arange(stop, frames))  # what earlier gestures held is over too
    return poses.put(stop, after).put(first, taken)


def _frames_shown(motion: Motion, peak: int, since: Array) -> Array:
    """Which (fractional) frame of the gesture plays ``since`` frames after the stroke's peak."""
    arrived = motion.apex - peak
    last = max(motion.end, motion.apex)
    held = motion.apex + np.maximum(since - arrived, 0) * HOLD_RATE
    return np.where(since < arrived, peak + since, np.minimum(held, last))


def _peak_time(poses: Poses, time: float) -> float:
    """Time (s) of the greatest wrist speed within 0.4 s of ``time``."""
    first = max(0, int((time - 0.4) * FPS))
    stop = min(len(poses), int((time + 0.4) * FPS) + 2)
    window = poses.take(np.arange(max(0, first - 3), min(len(poses), stop + 3))).together()
    speed = wrist_speed(window).max(axis=1)
    lead = first - max(0, first - 3)
    return float((first + speed[lead : lead + stop - first].argmax()) / FPS)
