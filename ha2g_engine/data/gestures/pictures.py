# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures of gestures: the apex from the front and from the side, and the leading hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ha2g_engine.body.skeleton import EXPRESSIVE, joint_positions
from ha2g_engine.body.stick_figure import INK, PAPER

from .gesture import Gesture

Array = NDArray[np.floating[Any]]

TILE: Final = (252, 138)  # pixels
COLUMNS: Final = 6
FINE: Final = 3  # times finer drawn, then reduced
BODY: Final = 74.0  # pixels a metre
HAND: Final = 240.0
FRONT, SIDE, CLOSE = (64, 46), (160, 46), (216, 66)  # pixels of neck, neck and the hand's middle
CAPTION: Final = (3, 124)
INDEX: Final = {name: i for i, name in enumerate(EXPRESSIVE.joints)}


def tile(gesture: Gesture, directions: Array, caption: str) -> Image.Image:
    """One gesture's apex, a pose (42, 3). The person's left is on the right, blue."""
    points = joint_positions(np.asarray(directions, np.float32)[None], EXPRESSIVE)[0]
    picture = Image.new("RGB", (TILE[0] * FINE, TILE[1] * FINE), PAPER)
    pen = ImageDraw.Draw(picture)
    body = points - points[INDEX["neck"]]
    _draw(pen, body[:, :2] * BODY + FRONT, EXPRESSIVE.bones, 1.0)
    _draw(pen, body[:, [2, 1]] * BODY + SIDE, EXPRESSIVE.bones, 1.0)
    side = gesture.leading
    hand = [(a, b) for a, b in EXPRESSIVE.bones if a.startswith(side) and b[-1].isdigit()]
    joints = [INDEX[b] for _, b in hand]
    middle = (points[joints].min(axis=0) + points[joints].max(axis=0)) / 2
    _draw(pen, (points - middle)[:, :2] * HAND + CLOSE, hand, 1.6)
    small = picture.reduce(FINE)
    ImageDraw.Draw(small).text(
        CAPTION, caption, fill=INK["middle"], font=ImageFont.load_default(10)
    )
    return small


def _draw(
    pen: ImageDraw.ImageDraw, points: Array, bones: Sequence[tuple[str, str]], width: float
) -> None:
    for parent, child in bones:
        line = [tuple(FINE * points[INDEX[joint]]) for joint in (parent, child)]
        finger = child[-1].isdigit() and not parent.endswith("wrist")
        thick = 1.5 if finger else 0.8 if child[-1].isdigit() else 2.4
        side = child.split("_")[0]
        pen.line(line, fill=INK.get(side, INK["middle"]), width=round(FINE * thick * width))


def sheet(tiles: Sequence[Image.Image]) -> Image.Image:
    """Tiles in rows of COLUMNS."""
    rows = -(-len(tiles) // COLUMNS)
    picture = Image.new("RGB", (TILE[0] * COLUMNS, TILE[1] * rows), PAPER)
    for i, one in enumerate(tiles):
        picture.paste(one, (i % COLUMNS * TILE[0], i // COLUMNS * TILE[1]))
    return picture
