# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan and a speech → motion of one speaker that obeys a style matrix.

Low, mid and high mean something because the motion is their sum, level by level: low beats as
deep as the voice is loud, mid a slow lift and sway with the phrase, high the strokes with their
hand shapes and the turns of head and torso (see ``rhythm``, ``liveliness``, ``placing``).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import ARMS, FORWARD, PALM_WAYS, Poses, slerp, slerp_past
from ha2g_engine.body.skeleton import FPS, unit
from ha2g_engine.data.gestures.library import Library
from ha2g_engine.data.gestures.limits import held
from ha2g_engine.gestures.plan import RISE, Plan, smooth, sunk, turned

from . import placing
from .heard import Heard
from .liveliness import alive
from .rhythm import moved

Array = NDArray[np.floating[Any]]

SHARES: Final = (0.0, 1 / 3, 1.0)  # of a style's column …
LOW: Final = (0.0, 0.42, 1.6)  # … and how strong beats are there,
MID: Final = (0.0, 1.0, 2.2)  # lift and sway,
TURN: Final = (0.0, 1.05, 1.3)  # strokes of trunks, and turns,
UPPER: Final = (0.0, 2.0, 2.0)  # of upper arms, which speakers move more than actors do,
FORE: Final = (0.0, 1.7, 1.8)
TRUNK_SHARE: Final = 0.6  # of what trunk and head do in a gesture, who turn by themselves too
HAND: Final = (0.0, 1.05, 1.1)  # and what hands and fingers do in them
FURTHEST: Final = 115.0  # degrees from home: an arm that goes so far is taken no further
STROKES: Final = (TURN, UPPER, FORE, HAND, HAND, HAND)


def perform(
    home: NDArray[np.float32],
    plan: Plan,
    heard: Heard,
    style: NDArray[np.float32],
    library: Library,
    leading: float = 0.0,
) -> NDArray[np.float32]:
    """(frames, 42, 3) unit directions at 15 fps.

    home: (42, 3) where the hands are in pauses. style: (3, 6) rows low, mid, high. leading: how
    much more the right arm does than the left, -1 to 1.
    """
    low, mid = np.interp(style[0], SHARES, LOW), np.interp(style[1], SHARES, MID)
    high = np.array([np.interp(c, SHARES, s) for c, s in zip(style[2], STROKES, strict=True)])
    poses, rest = placing.performed(home, plan.strokes, heard.frames, library)
    motion = _sized(poses, rest, high).together().astype(np.float64)
    gesture = poses.together().astype(np.float64)
    times = np.arange(heard.frames) / FPS
    busy = _gesturing(plan, times)[:, None] * np.minimum(high, 1)
    motion = moved(motion, gesture, (heard.beat, heard.phrase), low, mid, busy, leading)
    motion = alive(motion, turned(plan.turns, times), heard.beat, heard.phrase, (low, mid, high))
    return held(unit(motion.astype(np.float32)))


def _gesturing(plan: Plan, times: Array) -> Array:
    """(T,) how far the hands are in any gesture, 0 at home."""
    up = np.zeros(len(times))
    for stroke in plan.strokes:
        up += (1 - up) * smooth((times - (stroke.time - RISE[0])) / sum(RISE))
        if stroke.until is not None:
            up *= 1 - sunk(stroke.until, times)
    return up


def _less_of_large(shares: Array, rest: Array, poses: Array) -> Array:
    """(T, B) from ``shares`` (B,): what enlarges a small gesture leaves a large one as it is."""
    away = np.arccos(np.clip((rest * poses).sum(axis=-1), -1, 1))
    room = np.clip(1 - np.degrees(away) / FURTHEST, 0, 1)
    return np.asarray(np.minimum(shares, 1) + np.maximum(shares - 1, 0) * room)


def _sized(poses: Poses, rest: Poses, high: Array) -> Poses:
    """The strokes as large as ``high`` (6,) says for each level."""
    bones = np.full(poses.directions.shape[1], TRUNK_SHARE * high[0])  # hands are turned as wholes
    for upper, fore, _ in ARMS:
        bones[upper], bones[fore] = high[1], high[2]
    shares = _less_of_large(bones, rest.directions, poses.directions)
    fingers = np.tile(high[3:], 5)  # a knuckle, a proximal and a middle phalanx each
    return Poses(
        slerp_past(rest.directions, poses.directions, shares, FORWARD),
        slerp_past(rest.palms, poses.palms, np.full((1, 1, 1), high[3]), PALM_WAYS),
        slerp(rest.fingers, poses.fingers, fingers[None, None]),
    )
