# SPDX-License-Identifier: GPL-3.0-or-later
"""Named hand shapes, and fingers that take them in place of a gesture's own.

The table is made from the gesture library by ``data.gestures.shape_table``; what becomes of it is
the motion of fingers in their palm, which arms and wrists carry as they did.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import HANDS, Poses, slerp
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS
from ha2g_engine.errors import InputError

from .held import EASE, Held
from .plan import LEAD, Stroke, smooth

Array = NDArray[np.floating[Any]]

TABLE: Final = Path(__file__).with_name("hand_shapes.json")
MIRROR: Final = np.array([1.0, -1.0, 1.0])  # index × pinky points out of a left hand's back
FORM: Final = 0.35  # s that fingers take to form a shape, and to leave it
FREE: Final = 0.5  # of the way into a gesture, where hands have left their shape of rest
SIDES: Final = ("left", "right")


@cache
def table() -> dict[str, NDArray[np.float64]]:
    """Name → (15, 3) unit fingers in the palm's frame of a right hand, by ``Poses``."""
    rows = json.loads(TABLE.read_text("utf-8"))
    return {name: _unit(np.array(row, np.float64)) for name, row in rows.items()}


def names() -> list[str]:
    """The shapes there are."""
    return list(table())


def check(shape: Any) -> None:
    """Raise InputError unless there is such a shape; "" is the gesture's own."""
    if shape != "" and (not isinstance(shape, str) or shape not in table()):
        raise InputError(f"There is no hand shape '{shape}': {', '.join(names())}.")


def of_side(shape: str, side: str) -> NDArray[np.float64]:
    """(15, 3) unit fingers in the palm's frame of the left or the right hand."""
    return table()[shape] * (MIRROR if side == "left" else 1)


def kept(
    directions: NDArray[np.float32], held: Sequence[Held], lifted: Array
) -> NDArray[np.float32]:
    """(T, 42, 3) with the shapes that hands have beside what gestures ask for.

    lifted: (2, T) how far the left and the right hand are in a gesture: shapes of rest are left
    before the stroke and taken again on the way home. Of several shapes the last one counts.
    Frames without any, and motion of the smaller skeleton, are left bit for bit. Raises InputError
    for a shape that there is not.
    """
    if directions.shape[1] != len(EXPRESSIVE.bones):
        return directions
    moved = directions
    for one in sorted(held, key=lambda one: one.span is not None):  # ranges count for more
        check(one.shape)
        shares = np.stack([_held_share(one, side, lifted) for side in range(len(SIDES))])
        changed = shares.max(axis=0) > 0
        if changed.any():
            moved = moved.copy()
            moved[changed] = _formed(moved[changed], one.shape, shares[:, changed])
    return moved


def _held_share(held: Held, side: int, lifted: Array) -> NDArray[np.float64]:
    """(T,) how far the hand of a SIDE has its shape; whole from its start to its end."""
    if held.hand not in (SIDES[side], "both"):
        return np.zeros(lifted.shape[1])
    if held.start is None or held.end is None:
        return smooth(1 - lifted[side] / FREE)
    times = np.arange(lifted.shape[1]) / FPS
    rise = smooth((times - (held.start - EASE)) / EASE)
    return np.asarray(rise * (1 - smooth((times - held.end) / EASE)))


def shaped(directions: NDArray[np.float32], strokes: Sequence[Stroke]) -> NDArray[np.float32]:
    """(T, 42, 3) with the hand shapes that the strokes ask for; other frames bit for bit.

    Fingers form a shape on the way to the stroke and leave it when hands go, or for the next one.
    Motion of the smaller skeleton, which has no fingers, is left as it is.
    """
    if directions.shape[1] != len(EXPRESSIVE.bones):
        return directions
    moved = directions
    for stroke, until in _wanted(strokes):
        share = _share(stroke.time, until, len(moved))
        changed = share > 0
        if changed.any():
            moved = moved.copy()
            asked = [stroke.shaped in (side, "both") for side in SIDES]
            shares = np.outer(asked, share[changed])
            moved[changed] = _formed(moved[changed], stroke.shape, shares)
    return moved


def _wanted(strokes: Sequence[Stroke]) -> list[tuple[Stroke, float]]:
    """The strokes with a shape of their own, and until when (s) they have it.

    Raises InputError for a shape that there is not.
    """
    for stroke in strokes:
        check(stroke.shape)
    made = [stroke for stroke in strokes if not stroke.muted]
    ends = [*(stroke.time - LEAD for stroke in made[1:]), np.inf]
    return [
        (stroke, min(end, np.inf if stroke.until is None else stroke.until))
        for stroke, end in zip(made, ends, strict=False)
        if stroke.shape
    ]


def _share(time: float, until: float, frames: int) -> NDArray[np.float64]:
    """(frames,) how far the shape is formed; whole from the stroke on."""
    times = np.arange(frames) / FPS
    forming = smooth((times - (time - FORM)) / FORM)
    return np.asarray(forming * (1 - smooth((times - max(until, time)) / FORM)))


def _formed(directions: Array, shape: str, shares: Array) -> NDArray[np.float32]:
    """(T, 42, 3) with hands of a SHAPE by SHARES (2, T); all else, bit for bit, as it was."""
    poses = Poses.of(directions.astype(np.float64))
    formed = np.array(directions, np.float32)
    for side, name in enumerate(SIDES):
        if len(frames := np.flatnonzero(shares[side])):
            some = poses.take(frames)
            fingers = some.fingers.copy()
            target = np.broadcast_to(of_side(shape, name), fingers[side].shape)
            fingers[side] = slerp(fingers[side], target, shares[side, frames, None])
            where = np.ix_(frames, np.array(HANDS[side]))
            formed[where] = replace(some, fingers=fingers).together()[:, HANDS[side]]
    return formed


def _unit(vectors: Array) -> NDArray[np.float64]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
