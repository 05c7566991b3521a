# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion in a mood: how far arms go and where, how trunk, shoulders and head are held, what rests.

What a mood makes of the strokes themselves is decided before: see ``gestures.moods.acted``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import series
from ha2g_engine.body.poses import FACE, TRUNK, Poses, slerp_past
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, unit
from ha2g_engine.gestures import hand_shapes, moods
from ha2g_engine.gestures.moods import Mood
from ha2g_engine.gestures.plan import Stroke, smooth

from .at_home import OUTER, degrees, turned
from .finishing import exchanged, resized
from .landing import paced

Array = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]

LEFTWARD, FORWARD_UP, DOWN = np.eye(3)[0], np.eye(3)[2], np.eye(3)[1]  # axes of the engine's frame
PALMWARD: Final = np.array([0.3, 1.0, 0.0]) / np.hypot(0.3, 1.0)  # of a right palm: fingers bend so
AWAY: Final = 45.0  # degrees from home at which an arm is wholly in a gesture
SLOW: Final = 1.2  # s, sigma, of the head's way around which it moves
RESTING: Final = 1.0  # s in which somebody comes to rest, and wakes
BREATH: Final = 4.2  # s
INHALE, EXHALE = 0.36, 0.8  # of a breath, the ends of the way in and of the way out
BREATHING: Final = (-1.6, 1.2, 2.6)  # degrees: the chest opens, the head stays, shoulders rise


def mooded(
    motion: Array, rest: Array, ranges: Sequence[Mood], strokes: Sequence[Stroke], seed: int
) -> Array:
    """(T, 42, 3) in the moods of ``ranges``; frames out of them, and of their ease, bit for bit.

    rest: (42, 3) where the person is at home. strokes: that are made; frames around those in a
    mood change, too. seed: when they breathe. Motion of the smaller skeleton is left as it is.
    """
    if not ranges or motion.shape[1] != len(EXPRESSIVE.bones):
        return motion
    times = np.arange(len(motion)) / FPS
    result = motion = paced(motion, moods.tempos(ranges, strokes))
    share = moods.shares(ranges, times)
    if (there := share.any(axis=0)).any():
        slow = series.gaussian(motion[:, list(FACE)], SLOW * FPS)[there]
        result = result.copy()
        result[there] = _held(motion[there].astype(np.float64), slow, rest, ranges, share[:, there])
    share = moods.shares(ranges, times, RESTING)
    still = moods.values(ranges, share, "stillness")
    if not still.any():
        return result
    breath = moods.values(ranges, share, "breath") * _breath(times, seed)
    return exchanged(result, _breathing(rest, breath), still)


def _held(
    motion: Floats, slow: Floats, rest: Array, ranges: Sequence[Mood], share: Floats
) -> Array:
    """(T, 42, 3) as the moods hold and carry the body, but for stillness."""

    def value(name: str) -> Floats:
        return moods.values(ranges, share, name)

    larger = resized(motion.astype(np.float32), rest, value("amplitude")).astype(np.float64)
    for side, arm in enumerate(OUTER):
        motion[:, arm] = _placed(larger[:, arm], rest[arm], value("place"), value("spread"), side)
    motion = _fingered(motion, ranges, share)
    face = list(FACE)
    ahead = rest[face] + value("turns")[:, None, None] * (slow - rest[face])
    motion[:, face] = ahead + value("nods")[:, None, None] * (motion[:, face] - slow)
    return _postured(motion, *(value(n) for n in ("trunk", "head", "shoulders", "rounded")))


def _placed(arm: Floats, rest: Array, place: Floats, spread: Floats, side: int) -> Floats:
    """(T, 17, 3) an arm whose gestures are so many degrees higher, and further out."""
    limb = arm[:, :2]
    away = smooth(degrees(limb, unit(rest[:2])) / AWAY)
    by = np.repeat(away, (1, arm.shape[1] - 1), axis=1)
    outward = -1 if side == 0 else 1
    turns = (
        -np.radians(place)[:, None, None] * by[..., None] * LEFTWARD
        + outward * np.radians(spread)[:, None, None] * by[..., :1, None] * FORWARD_UP
    )
    return turned(arm, turns)


def _fingered(motion: Floats, ranges: Sequence[Mood], share: Floats) -> Floats:
    """(T, 42, 3) with fingers that are on their way to the shapes of the moods."""
    poses, fingers = None, np.zeros(0)
    for mood, part in zip(ranges, share, strict=True):
        manner = moods.table()[mood.mood]
        if not manner.fingers or not part.any():
            continue
        if poses is None:
            poses = Poses.of(motion)
            fingers = poses.fingers
        sides = []
        for own, name in zip(fingers, hand_shapes.SIDES, strict=True):
            shape = hand_shapes.of_side(manner.fingers, name)
            palm = PALMWARD * (hand_shapes.MIRROR if name == "left" else 1)
            target = np.broadcast_to(shape, own.shape)
            sides.append(slerp_past(own, target, manner.curl * part[:, None], palm))
        fingers = np.stack(sides)
    return (
        motion if poses is None else np.asarray(replace(poses, fingers=fingers).together(), float)
    )


def _postured(
    motion: Floats, trunk: Floats, head: Floats, shoulders: Floats, rounded: Floats
) -> Array:
    """(T, 42, 3) bent, and with shoulders raised and rounded, by so many degrees (T,)."""
    upper = [*TRUNK, *FACE]
    result = motion.copy()
    result[:, upper] = turned(motion[:, upper], _about(LEFTWARD, trunk))
    across = unit(result[:, 39] - result[:, 38]).astype(np.float64)  # from eye to eye
    face = list(FACE)
    result[:, face] = turned(result[:, face], np.radians(head)[:, None, None] * across[:, None])
    for collar, outward in zip(TRUNK[1:], (-1, 1), strict=True):
        raised = _about(FORWARD_UP, outward * shoulders) - _about(DOWN, outward * rounded)
        result[:, [collar]] = turned(result[:, [collar]], raised)
    return unit(result)


def _about(axis: Floats, angle: Floats) -> Floats:
    """(T, 1, 3) rotation vectors, rad, of (T,) degrees."""
    return np.asarray(np.radians(angle)[:, None, None] * axis)


def _breathing(rest: Array, breath: Floats) -> Array:
    """(T, 42, 3) at rest, lungs as full as ``breath`` (T,) says."""
    still = np.repeat(rest[None].astype(np.float64), len(breath), axis=0)
    chest, head, shoulders = (degree * breath for degree in BREATHING)
    return _postured(still, chest, head, shoulders, np.zeros(len(breath)))


def _breath(times: Floats, seed: int) -> Floats:
    """(T,) how full lungs are, 0 to 1: quickly in, slowly out, and a pause."""
    phase = (times / BREATH + np.random.default_rng(seed).random()) % 1
    rising = 0.5 - 0.5 * np.cos(np.pi * np.clip(phase / INHALE, 0, 1))
    falling = 0.5 + 0.5 * np.cos(np.pi * np.clip((phase - INHALE) / (EXHALE - INHALE), 0, 1))
    return np.asarray(np.where(phase < INHALE, rising, falling))
