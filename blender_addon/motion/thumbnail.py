# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion as small pictures: stick figures at its most telling moments, or at any. No bpy here."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..body.skeleton import COLLAR, FACE, FINGER, FOREARM, LENGTHS, SIDES, SPINE, UPPER_ARM, to_body
from . import strokes

Floats = NDArray[np.floating[Any]]
Pixels = NDArray[np.float32]

FIGURES: Final = 4  # in two rows of two
SIDE: Final = 128  # pixels of one figure's square
WIDTH: Final = 1.4  # metres of it
ORIGIN: Final = np.array([0.5, 0.64])  # where in it the neck is
BAR: Final = 4  # pixels: how high the line is that tells how far a moving figure has come
PAPER: Final = (0.16, 0.16, 0.17)
INK: Final = {"L": (0.45, 0.68, 0.95), "R": (0.98, 0.62, 0.36), "": (0.85, 0.85, 0.85)}
TRUNK: Final = 1.8  # times the skeleton's spine, which ends at the waist
THICK, THIN = 0.028, 0.014  # metres: half the width of limbs, of fingers


def picture(directions: Floats) -> Pixels:
    """(T, 42, 3) → (2 SIDE, 2 SIDE, 4) RGBA 0..1, rows from the bottom; time runs as one reads."""
    tiles = [figure(directions[frame]) for frame in moments(directions)]
    upper, lower = (np.concatenate(tiles[i : i + 2], axis=1) for i in (0, 2))
    return np.concatenate([lower, upper], axis=0)


def moment(pose: Floats, share: float) -> Pixels:
    """(42, 3) → a picture as large of one figure; below it, in SHARE of the width, a line."""
    pixels = figure(pose, 2 * SIDE)
    pixels[:BAR, : round(2 * SIDE * share), :3] = INK[""]
    return pixels


def moments(directions: Floats) -> list[int]:
    """FIGURES frames: the one in each quarter whose wrists are farthest from hanging down."""
    away = np.linalg.norm(strokes.wrists(directions) - _hanging(directions), axis=-1).max(axis=1)
    borders = np.linspace(0, len(away), FIGURES + 1).astype(int)
    return [
        int(first + away[first : max(last, first + 1)].argmax()) if first < len(away) else 0
        for first, last in itertools.pairwise(borders)
    ]


def _hanging(directions: Floats) -> Floats:
    """(T, 2, 3) where the wrists are when the arms hang straight down; y is down."""
    shoulders = np.stack(
        [LENGTHS[COLLAR[side]] * np.asarray(directions)[:, COLLAR[side]] for side in SIDES], axis=1
    )
    reach = [LENGTHS[UPPER_ARM[side]] + LENGTHS[FOREARM[side]] for side in SIDES]
    return np.asarray(shoulders + np.array(reach)[:, None] * np.array([0.0, 1.0, 0.0]))


def figure(pose: Floats, size: int = SIDE) -> Pixels:
    """(42, 3) → (size, size, 4) seen from the front: the subject's left is on the right."""
    canvas = np.ones((size, size, 4), np.float32)
    canvas[..., :3] = PAPER
    scale, origin = size / WIDTH, ORIGIN * size  # pixels a metre
    for start, end, half, side in _segments(pose):
        ends = start * scale + origin, end * scale + origin
        line(canvas, *ends, half * scale, INK[side])
    return canvas


def line(
    canvas: Pixels, start: Floats, end: Floats, half: float, ink: tuple[float, float, float]
) -> None:
    """A line of HALF its width between two points in pixels, with soft edges and round ends."""
    size = canvas.shape[1::-1]
    low = np.clip(np.floor(np.minimum(start, end) - half - 1), 0, size).astype(int)
    high = np.clip(np.ceil(np.maximum(start, end) + half + 1), 0, size).astype(int)
    x = np.arange(low[0], high[0], dtype=np.float32) + 0.5
    y = np.arange(low[1], high[1], dtype=np.float32)[:, None] + 0.5
    cover = np.clip(half + 0.5 - _distance(x, y, start, end), 0.0, 1.0)[..., None]
    part = canvas[low[1] : high[1], low[0] : high[0], :3]
    part += cover * (np.array(ink, np.float32) - part)


def _segments(pose: Floats) -> list[tuple[Floats, Floats, float, str]]:
    """(start, end, half width, side) of all limbs in the picture's plane, metres from the neck."""
    flat = LENGTHS[:, None] * to_body(np.asarray(pose, np.float64))[:, [0, 2]]
    neck = np.zeros(2)
    head = flat[FACE[0]]
    found = [(-flat[SPINE] * TRUNK, neck, THICK, ""), (neck, head, THICK, "")]
    found.append((head, head + 1e-6, 4 * THICK, ""))
    for side in SIDES:
        shoulder = flat[COLLAR[side]]
        elbow = shoulder + flat[UPPER_ARM[side]]
        wrist = elbow + flat[FOREARM[side]]
        found += [(neck, shoulder, THICK, ""), (shoulder, elbow, THICK, side)]
        found.append((elbow, wrist, THICK, side))
        for (of, _), bones in FINGER.items():
            if of == side:
                joints = wrist + np.cumsum([np.zeros(2), *flat[list(bones)]], axis=0)
                found += [(a, b, THIN, side) for a, b in itertools.pairwise(joints)]
    return found


def _distance(x: Floats, y: Floats, start: Floats, end: Floats) -> Floats:
    """(H, W) from the pixels in columns X (W,) and rows Y (H, 1) to the segment."""
    along = end - start
    per = along / max(float(along @ along), 1e-12)
    across, up = x - np.float32(start[0]), y - np.float32(start[1])
    share = np.clip(across * np.float32(per[0]) + up * np.float32(per[1]), 0.0, 1.0)
    aside = across - share * np.float32(along[0])
    above = up - share * np.float32(along[1])
    return np.asarray(np.sqrt(aside * aside + above * above))
