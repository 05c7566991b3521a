# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands between gestures: in the posture that is asked for, and never quite still.

The network brings hands back to the home of the people it learned from. While the plan has a hand
at home its arm is put into the posture, moved a little as the network moves it; while it gestures,
it is the network's. Which it is follows from plan and style alone, so that no level's style moves
the bones of a coarser one.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import ARMS, FORWARD, PALM_WAYS, Poses, slerp, slerp_past
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, unit
from ha2g_engine.gestures.homes import HANGING, homes
from ha2g_engine.gestures.plan import smooth

from .finishing import ALL

Array = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]

LIMBS: Final = [bone for upper, fore, _ in ARMS for bone in (upper, fore)]
OUTER: Final = [[upper, fore, *hand] for upper, fore, hand in ARMS]  # all of an arm's bones
LIKE: Final = 35.0  # degrees from hanging arms, within which a home is a hanging one
STIRRED: Final = 0.35  # of what the network does with an arm, that one in a posture does
MEANT: Final = 0.2  # of a level's style from which on strokes, high, are wholly shown
ENDING: Final = 0.8  # s before the end, in which hands come home whatever is planned


def _turning_with() -> NDArray[np.int64]:
    """(42,) the bone that each turns with: hands are moved as wholes, with their forearms."""
    found = np.arange(len(EXPRESSIVE.bones))
    for _, fore, hand in ARMS:
        found[list(hand)] = fore
    return found


WITH: Final = _turning_with()


def posture(own: Array, name: str) -> Array:
    """(42, 3) the home whose arms a take rests in, under the trunk that the model rests in.

    own: (42, 3) as the model rests. name: of a home; "" is the model's own, and where that hangs,
    as people's arms hang. Raises InputError for a name that there is not.
    """
    hangs = bool((degrees(own, homes().poses[HANGING])[LIMBS] < LIKE).all())
    if not name and not hangs:
        return own
    wanted, chosen = own.copy(), homes().pose(name or HANGING)
    for arm in OUTER:
        wanted[arm] = chosen[arm]
    return wanted


def idling(home: Array, frames: int, seed: int, span: slice = ALL) -> Array:
    """The ``span`` of (frames, 42, 3) at ``home`` (42, 3) as somebody is who waits."""
    return unit(turned(home, homes().idled(frames, seed)[span, WITH]))


def waiting(
    motion: Array, own: Array, home: Array, up: Floats, style: Array, free: Floats, seed: int,
    span: slice,
) -> tuple[Array, Array]:  # fmt: skip
    """``at_home`` of somebody who idles at ``home`` (42, 3), and those poses (N, 42, 3).

    motion, up: of the ``span`` of the T frames that ``free`` (T,) has.
    """
    still = idling(home, len(free), seed, span)
    first = idling(home, 1, seed)[0]
    return at_home(motion, own, still, up, style, free[span], first), still


def at_home(
    motion: Array, own: Array, still: Array, up: Floats, style: Array, free: Floats, first: Array
) -> Array:
    """(T, 42, 3) with arms that are at home in the posture ``still`` (T, 42, 3).

    own: (42, 3) where the model has them then. up: (2, T) how far the plan has the left and the
    right hand in a gesture, 0 at home. style: (3, 6): what has no share of high strokes not.
    free: (T,) how far arms may be away from home, whatever is planned. first: (42, 3) the take's
    first of ``still``.
    """
    strokes = smooth(style[2, :3] / MEANT)  # of a model of fewer levels the last one's
    upper, outer = strokes[:2][-1], strokes[1:].max(initial=strokes[0])
    seen = np.array([upper, *[outer] * (len(OUTER[0]) - 1)])  # of its strokes, by an arm's bones
    leave = 1 - (1 - free[:, None]) * seen
    shares, rest = np.ones(motion.shape[:2]), still.copy()
    for arm, raised in zip(OUTER, up * free, strict=True):
        shares[:, arm] = raised[:, None] * seen
        rest[:, arm] = _stirred(motion, own, still, arm, leave[..., None], first)
    ours, theirs = (Poses.of(d.astype(np.float64)) for d in (rest, motion))
    palms = np.stack([shares[:, fore] for _, fore, _ in ARMS])[:, :, None]
    mixed = Poses(
        slerp_past(ours.directions, theirs.directions, shares, FORWARD),
        slerp_past(ours.palms, theirs.palms, palms, PALM_WAYS),
        slerp(ours.fingers, theirs.fingers, palms),
    ).together()
    result = motion.copy()
    for arm in OUTER:
        result[:, arm] = mixed[:, arm]
    return result


def homeward(frames: int) -> Floats:
    """(T,) 1, and 0 at the end, where a take has its hands at home."""
    left = np.minimum(np.arange(frames)[::-1] / (ENDING * FPS), 1)
    return np.asarray(left**2 * (3 - 2 * left))


def _stirred(
    motion: Array, own: Array, still: Array, arm: list[int], leave: Floats, first: Array
) -> Array:
    """(T, 17, 3) an arm of ``still``, turned somewhat as MOTION's is from ``own``.

    One that hangs as the model's does turns as far as the model's. leave: (T, 17, 1) how far.
    """
    limb = arm[:2]
    hangs = degrees(own[limb], first[limb]).max() < LIKE
    share = leave if hangs else STIRRED * leave
    by = WITH[arm]
    moved = _carried(own[by], motion[:, by], still[:, arm])
    return unit(still[:, arm] * (1 - share) + moved * share)


def _carried(starts: Array, ends: Array, vectors: Array) -> Floats:
    """(T, B, 3) vectors, each turned by the shortest rotation from (B, 3) to (T, B, 3)."""
    axis = np.cross(starts, ends)
    cosine = (ends * starts).sum(axis=-1, keepdims=True)
    along = (axis * vectors).sum(axis=-1, keepdims=True) / np.maximum(1 + cosine, 1e-3)
    return np.asarray(vectors * cosine + np.cross(axis, vectors) + axis * along)


def turned(vectors: Floats, turns: Floats) -> Floats:
    """(B, 3) or (T, B, 3) turned by rotation vectors (T, B, 3), rad (Rodrigues)."""
    angle = np.linalg.norm(turns, axis=-1, keepdims=True)
    axis = turns / np.maximum(angle, 1e-9)
    along = (axis * vectors).sum(axis=-1, keepdims=True) * axis
    across = np.cross(axis, vectors)
    return np.asarray(
        vectors * np.cos(angle) + across * np.sin(angle) + along * (1 - np.cos(angle))
    )


def degrees(first: Floats, second: Floats) -> Floats:
    """(…) between unit vectors (…, 3)."""
    return np.asarray(np.degrees(np.arccos(np.clip((first * second).sum(axis=-1), -1, 1))))
