# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands between gestures: in the posture that is asked for, and never quite still.

The network brings hands back to the home of the people it learned from. While the plan has a hand
at home its arm is put into the posture, moved a little as the network moves it; while it gestures,
it is the network's. Which it is follows from plan and style alone, so that no level's style moves
the bones of a coarser one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import FACE, FORWARD, PALM_WAYS, TRUNK, Poses, slerp, slerp_past
from ha2g_engine.body.skeleton import FPS, unit
from ha2g_engine.gestures.homes import HANGING, homes
from ha2g_engine.gestures.plan import smooth

Array = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]

ARMS: Final = ((3, 4, tuple(range(5, 20))), (20, 21, tuple(range(22, 37))))  # upper, fore, hand
LIKE: Final = 35.0  # degrees from hanging arms, within which a home is a hanging one
STIRRED: Final = 0.35  # of what the network does with an arm, that one in a posture does
MEANT: Final = 0.2  # of a level's style from which on strokes, high, are wholly shown
ENDING: Final = 0.8  # s before the end, in which hands come home whatever is planned


def posture(own: Array, name: str) -> Array:
    """(42, 3) the home whose arms a take rests in, under the trunk that the model rests in.

    own: (42, 3) as the model rests. name: of a home; "" is the model's own, and where that hangs,
    as people's arms hang. Raises InputError for a name that there is not.
    """
    hanging = homes().poses[HANGING]
    arms = [bone for upper, fore, _ in ARMS for bone in (upper, fore)]
    hangs = bool((_degrees(own, hanging)[arms] < LIKE).all())
    if not name and not hangs:
        return own
    wanted = own.copy()
    chosen = homes().pose(name or HANGING)
    for upper, fore, hand in ARMS:
        bones = [upper, fore, *hand]
        wanted[bones] = chosen[bones]
    return wanted


def idling(home: Array, frames: int, seed: int) -> Array:
    """(frames, 42, 3) at ``home`` (42, 3) as somebody is who waits; hands are moved as wholes."""
    turned = homes().idled(frames, seed)
    result = np.repeat(home[None], frames, axis=0)
    for bone in (*TRUNK, *FACE, *(b for upper, fore, _ in ARMS for b in (upper, fore))):
        result[:, bone] = _turned(home[bone], turned[:, bone])
    for _, fore, hand in ARMS:
        for bone in hand:
            result[:, bone] = _turned(home[bone], turned[:, fore])
    return unit(result)


def at_home(
    motion: Array, own: Array, still: Array, up: Floats, style: Array, free: Floats
) -> Array:
    """(T, 42, 3) with arms that are at home in the posture ``still`` (T, 42, 3).

    own: (42, 3) where the model has them then. up: (2, T) how far the plan has the left and the
    right hand in a gesture, 0 at home. style: (3, 6): what has no share of high strokes not.
    free: (T,) how far arms may be away from home, whatever is planned.
    """
    strokes = smooth(style[2, :3] / MEANT)  # of a model of fewer levels the last one's
    shown = strokes[:2][-1], strokes[1:].max(initial=strokes[0])  # by upper arms, by forearms
    shares, palms = _shares(motion.shape[:2], up * free, shown)
    rest = _stirred(motion, own, still, [1 - (1 - free) * share for share in shown])
    ours, theirs = (Poses.of(d.astype(np.float64)) for d in (rest, motion))
    mixed = Poses(
        slerp_past(ours.directions, theirs.directions, shares, FORWARD),
        slerp_past(ours.palms, theirs.palms, palms[:, :, None], PALM_WAYS),
        slerp(ours.fingers, theirs.fingers, palms[:, :, None]),
    ).together()
    result = motion.copy()
    for upper, fore, hand in ARMS:
        bones = [upper, fore, *hand]
        result[:, bones] = mixed[:, bones]
    return result


def homeward(frames: int) -> Floats:
    """(T,) 1, and 0 at the end, where a take has its hands at home."""
    left = np.minimum(np.arange(frames)[::-1] / (ENDING * FPS), 1)
    return np.asarray(left**2 * (3 - 2 * left))


def _shares(
    shape: tuple[int, ...], up: Floats, shown: tuple[float, float]
) -> tuple[Floats, Floats]:
    """How much each bone is the network's, (T, 42), and each palm, (2, T)."""
    shares = np.ones(shape)
    for (upper, fore, _), raised in zip(ARMS, up, strict=True):
        shares[:, upper], shares[:, fore] = raised * shown[0], raised * shown[1]
    return shares, up * shown[1]


def _stirred(motion: Array, own: Array, still: Array, free: Sequence[Floats]) -> Array:
    """``still``, each arm turned somewhat as MOTION's is from ``own``; hands go with forearms.

    Arms that hang as the model's do turn as far as the model's. free: how far, of upper arms and
    of forearms, (T,) each.
    """
    result = still.copy()
    for upper, fore, hand in ARMS:
        hangs = _degrees(own[[upper, fore]], still[0, [upper, fore]]).max() < LIKE
        for bone in (upper, fore, *hand):
            by, leave = (upper, free[0]) if bone == upper else (fore, free[1])
            share = (leave if hangs else STIRRED * leave)[:, None]
            moved = _carried(own[by], motion[:, by], still[:, bone])
            result[:, bone] = still[:, bone] * (1 - share) + moved * share
    return unit(result)


def _carried(start: Array, ends: Array, vectors: Array) -> Array:
    """(T, 3) vectors, each turned by the shortest rotation from ``start`` (3,) to ``ends``."""
    axis = np.cross(start, ends)
    cosine = (ends * start).sum(axis=-1, keepdims=True)
    along = (axis * vectors).sum(axis=-1, keepdims=True) / np.maximum(1 + cosine, 1e-3)
    return np.asarray(vectors * cosine + np.cross(axis, vectors) + axis * along, np.float32)


def _turned(vector: Array, turns: Array) -> Array:
    """``vector`` (3,) turned by rotation vectors (T, 3), rad (Rodrigues)."""
    angle = np.linalg.norm(turns, axis=-1, keepdims=True)
    axis = turns / np.maximum(angle, 1e-9)
    along = (axis @ vector)[:, None] * axis
    across = np.cross(axis, vector)
    return np.asarray(
        vector * np.cos(angle) + across * np.sin(angle) + along * (1 - np.cos(angle)), np.float32
    )


def _degrees(first: Array, second: Array) -> Floats:
    return np.asarray(np.degrees(np.arccos(np.clip((first * second).sum(axis=-1), -1, 1))))
