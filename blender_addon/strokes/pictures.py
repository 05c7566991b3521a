# SPDX-License-Identifier: GPL-3.0-or-later
"""Gestures and hand shapes as small pictures, read when the first one is shown.

The file is made by the engine's ``data.gestures.thumbnails``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy.utils.previews
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKED: Final = Path(__file__).with_name("pictures.npz")
ONE_HAND: Final = ("left", "right")

_previews: Any = None  # Blender's collection


@dataclass(frozen=True)
class _Pack:
    """places: (kind, name) → number. hands: which one a gesture's picture shows.

    pictures: (N, S, S) numbers of colours, rows from the bottom. colours: (K, 4) RGBA 0..1, as
    drawn and with left and right exchanged.
    """

    places: dict[tuple[str, str], int]
    hands: dict[str, str]
    pictures: NDArray[np.uint8]
    colours: tuple[NDArray[np.float32], NDArray[np.float32]]


def of_gesture(name: str, hand: str = "") -> int:
    """The number of the icon of a gesture as HAND makes it; 0 for one that has no picture."""
    drawn = _pack().hands.get(name, "")
    mirrored = hand in ONE_HAND and drawn in ONE_HAND and hand != drawn
    return _icon("gesture", name, mirrored)


def of_shape(name: str, hand: str = "right") -> int:
    """The number of the icon of a hand shape; 0 for one that has no picture."""
    return _icon("shape", name, hand == "left")


def shapes() -> list[str]:
    """The hand shapes that have a picture."""
    return [name for kind, name in _pack().places if kind == "shape"]


def forget() -> None:
    """Drop what Blender holds of them."""
    global _previews
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
        _previews = None
    _pack.cache_clear()


@cache
def _pack() -> _Pack:
    with np.load(PACKED) as file:
        gestures, shapes = ([str(n) for n in file[kind]] for kind in ("gestures", "shapes"))
        listed = [*(("gesture", name) for name in gestures), *(("shape", name) for name in shapes)]
        leading = [str(hands) for hands in file["leading"]]
        palette = np.concatenate([file["palette"] / 255, np.ones((len(file["palette"]), 1))], 1)
        pictures = file["pictures"]
    colours = palette.astype(np.float32)
    inks = (len(colours) - 1) // 3  # paper, then body, left and right
    other = np.concatenate(
        [colours[: 1 + inks], colours[1 + 2 * inks :], colours[1 + inks : 1 + 2 * inks]]
    )
    places = {key: number for number, key in enumerate(listed)}
    return _Pack(places, dict(zip(gestures, leading, strict=True)), pictures, (colours, other))


def _icon(kind: str, name: str, mirrored: bool) -> int:
    global _previews
    number = _pack().places.get((kind, name))
    if number is None:
        return 0
    if _previews is None:
        _previews = bpy.utils.previews.new()
    key = f"{kind} {name} {mirrored}"
    if key not in _previews:
        _draw(_previews.new(key), _pixels(number, mirrored))
    return int(_previews[key].icon_id)


def _pixels(number: int, mirrored: bool) -> NDArray[np.float32]:
    """(S, S, 4) RGBA 0..1."""
    pack = _pack()
    picture = pack.pictures[number]
    return np.asarray(pack.colours[mirrored][picture[:, ::-1] if mirrored else picture])


def _draw(preview: Any, pixels: NDArray[np.float32]) -> None:
    """As a picture, and half as large as an icon."""
    side = len(pixels) // 2
    halves = pixels.reshape(side, 2, side, 2, 4).mean(axis=(1, 3))
    preview.image_size = pixels.shape[1::-1]
    preview.image_pixels_float.foreach_set(pixels.ravel())
    preview.icon_size = (side, side)
    preview.icon_pixels_float.foreach_set(halves.ravel())
