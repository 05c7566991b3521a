# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures for the add-on's lists: ``python -m ha2g_engine.data.gestures.thumbnails``.

Writes ``blender_addon/strokes/pictures.npz``: of each gesture the apex from the front, with the
way that the wrists took to it, and of each hand shape a right hand that shows its palm. The same
library gives the same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ha2g_engine.body.skeleton import EXPRESSIVE, joint_positions
from ha2g_engine.files import replacing
from ha2g_engine.gestures import hand_shapes

from .gesture import Gesture
from .library import Library, load

Array = NDArray[np.floating[Any]]

PACKED: Final = Path(__file__).parents[3] / "blender_addon/strokes/pictures.npz"
SIDE: Final = 64  # pixels
FINE: Final = 4  # times finer drawn, then reduced
LEVELS: Final = 5  # between paper and each ink: what soft edges need
PAPER: Final = (41, 41, 43)
INKS: Final = {"": (217, 217, 217), "left": (115, 173, 242), "right": (250, 158, 92)}
FAINT: Final = 0.45  # of a wrist's ink: the way that it took
SHADE: Final = tuple(round(0.55 * part) for part in INKS["right"])  # of a palm, between fingers
METRE: Final = 56.0  # pixels of a body
NECK: Final = (32.0, 23.0)  # its pixel
HEAD: Final = 5.5  # pixels, half a head
TRUNK: Final = 0.5  # m from the neck down
INDEX: Final = {name: i for i, name in enumerate(EXPRESSIVE.joints)}
HAND: Final = 262.0  # pixels a metre of a hand
TURNED: Final = np.radians((38.0, 14.0))  # a hand, so that one sees how far fingers bend
FINGERS: Final = tuple(
    (parent.removeprefix("right_"), child.removeprefix("right_"))
    for parent, child in EXPRESSIVE.bones
    if child.startswith("right_") and child[-1].isdigit()
)


def packed(library: Library) -> dict[str, NDArray[Any]]:
    """The arrays of the file.

    gestures, shapes: names (N,), (M,). pictures: (N + M, SIDE, SIDE) uint8, rows from the bottom,
    numbers of the colours in palette (K, 3) uint8. leading: (N,) which hands a picture shows.
    """
    colours = palette()
    drawn = [gesture_picture(g, library.directions(g)) for g in library.gestures]
    drawn += [hand_picture(fingers) for fingers in hand_shapes.table().values()]
    return {
        "gestures": np.array([g.name for g in library.gestures]),
        "leading": np.array([g.hands for g in library.gestures]),
        "shapes": np.array(hand_shapes.names()),
        "palette": colours,
        "pictures": np.stack([numbered(one, colours) for one in drawn]),
    }


def palette() -> NDArray[np.uint8]:
    """(K, 3) the colours: paper, and each ink in LEVELS."""
    shares = np.arange(1, LEVELS + 1)[:, None] / LEVELS
    mixed = [np.array(PAPER) * (1 - shares) + np.array(ink) * shares for ink in INKS.values()]
    return np.asarray(np.concatenate([[PAPER], *mixed]).round(), np.uint8)


def numbered(picture: Image.Image, colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(SIDE, SIDE), rows from the bottom: which colour is nearest to each pixel's."""
    pixels = np.asarray(picture, np.int32)[::-1]
    apart = np.square(pixels[:, :, None] - colours.astype(np.int32)).sum(axis=-1)
    return np.asarray(apart.argmin(axis=-1), np.uint8)


def gesture_picture(gesture: Gesture, directions: Array) -> Image.Image:
    """The apex of a gesture (T, 42, 3), seen from the front: the person's left is on the right."""
    points = joint_positions(np.asarray(directions, np.float32), EXPRESSIVE)
    flat = (points - points[:, [INDEX["neck"]]])[..., :2] * METRE + NECK
    pen = _Pen()
    for side in ("left", "right"):
        if gesture.hands in (side, "both"):
            way = flat[gesture.start : gesture.apex + 1, INDEX[f"{side}_wrist"]]
            faint = np.array(PAPER) * (1 - FAINT) + np.array(INKS[side]) * FAINT
            pen.line(way, tuple(faint.astype(int)), 2.4)
    _draw_body(pen, flat[gesture.apex])
    return pen.finished()


def _draw_body(pen: _Pen, joints: Array) -> None:
    neck, nose = joints[INDEX["neck"]], joints[INDEX["nose"]]
    pen.line([neck, neck + np.array([0.0, TRUNK * METRE])], INKS[""], 3.0)
    pen.dot((neck + nose) / 2 - np.array([0.0, 0.8 * HEAD]), HEAD, INKS[""])
    for parent, child in EXPRESSIVE.bones:
        side = child.split("_")[0]
        if side in INKS and "eye" not in child and "ear" not in child:
            wide = 1.7 if child[-1].isdigit() else 3.0
            ink = INKS["" if child.endswith("shoulder") else side]
            pen.line([joints[INDEX[parent]], joints[INDEX[child]]], ink, wide)


def hand_picture(fingers: Array) -> Image.Image:
    """A hand (15, 3) in the palm's frame of a right one; the nearest finger drawn last."""
    lengths = np.array([_length(child) for _, child in FINGERS])
    places = {"wrist": np.zeros(3)}
    for (parent, child), way, length in zip(FINGERS, fingers, lengths, strict=True):
        places[child] = places[parent] + way * length
    seen = {name: _seen(place) for name, place in places.items()}
    corners = np.array(list(seen.values()))[:, :2]
    shift = SIDE / 2 - (corners.min(axis=0) + corners.max(axis=0)) / 2
    pen = _Pen()
    palm = [name for _, name in FINGERS if name.endswith("1") and "thumb" not in name]
    outline = ["wrist", *sorted(palm, key=lambda name: float(seen[name][0]))]
    pen.patch([seen[name][:2] + shift for name in outline], SHADE, 9.0)
    for parent, child in sorted(FINGERS, key=lambda bone: float(seen[bone[1]][2])):
        if parent != "wrist" or "thumb" in child:
            bone = [seen[name][:2] + shift for name in (parent, child)]
            pen.line(bone, SHADE, 7.6)
            pen.line(bone, INKS["right"], 5.6)
    return pen.finished()


def _length(child: str) -> float:
    names = [name for _, name in EXPRESSIVE.bones]
    return float(EXPRESSIVE.bone_length[names.index(f"right_{child}")])


def _seen(place: Array) -> NDArray[np.float64]:
    """Across, down and towards the eye, in pixels, of a PLACE in the palm's frame (m)."""
    up, out, across = place * HAND
    (sin, lean), (cos, upright) = np.sin(TURNED), np.cos(TURNED)
    across, out = across * cos + out * sin, out * cos - across * sin
    return np.array([across, -(up * upright - out * lean), out * upright + up * lean])


class _Pen:
    """Draws FINE times finer, in pixels of the small picture."""

    def __init__(self) -> None:
        self._picture = Image.new("RGB", (SIDE * FINE, SIDE * FINE), PAPER)
        self._draw = ImageDraw.Draw(self._picture)

    def line(self, points: Sequence[Array] | Array, ink: tuple[int, ...], wide: float) -> None:
        """A line with round ends."""
        places = [tuple(map(float, np.asarray(p) * FINE)) for p in points]
        self._draw.line(places, fill=ink, width=round(wide * FINE))
        for point in points:
            self.dot(point, wide / 2, ink)

    def dot(self, middle: Array, half: float, ink: tuple[int, ...]) -> None:
        """A filled circle."""
        x, y = np.asarray(middle) * FINE
        self._draw.ellipse(
            (x - half * FINE, y - half * FINE, x + half * FINE, y + half * FINE), fill=ink
        )

    def patch(self, points: Sequence[Array], ink: tuple[int, ...], wide: float) -> None:
        """A filled outline with round corners."""
        self._draw.polygon([tuple(map(float, np.asarray(p) * FINE)) for p in points], fill=ink)
        self.line([*points, points[0]], ink, wide)

    def finished(self) -> Image.Image:
        """The small picture."""
        return self._picture.reduce(FINE)


def main() -> None:
    """Write the file."""
    arrays = packed(load())
    with replacing(PACKED) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)


if __name__ == "__main__":
    main()
