# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind a sitter and what a camera does to the picture; numbers only.

Colours are sRGB from 0 to 1. Ranges follow the engine's drawn portraits, with more clutter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from blender_addon.headless.pixels import Pixels

    Mask = NDArray[np.float64]

SIZE: Final = 224  # pixels, the reference frames of HA2G
MOST_SHAPES: Final = 9
LARGEST_BLUR: Final = 1.2  # pixels, a Gaussian's sigma


def backdrop(random: Generator) -> Pixels:
    """A wall with patches, shapes and grain, (SIZE, SIZE, 3)."""
    wall = random.uniform(0.1, 0.95) + random.normal(0.0, 0.07, 3)
    picture: Any = wall + _patches(random)
    for _ in range(int(random.integers(0, MOST_SHAPES))):
        mask = _shape(random)[..., None] * random.uniform(0.4, 1.0)
        picture = picture * (1.0 - mask) + colour(random) * mask
    if random.random() < 0.15:
        picture = picture + _stripes(random)[..., None] * random.normal(0.0, 0.15, 3)
    return np.asarray(np.clip(picture, 0.0, 1.0), np.float32)


def colour(random: Generator) -> NDArray[np.float64]:
    """Any colour (3,): a third are near grey, as most walls and clothes are."""
    vivid = random.uniform(0.0, 0.12) if random.random() < 0.35 else random.uniform(0.15, 1.0)
    hue = np.clip(np.abs((random.random() * 6.0 + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    value = random.uniform(0.06, 1.0)
    return np.asarray(value * (1.0 - vivid + vivid * hue))


def finished(picture: Pixels, random: Generator) -> Pixels:
    """PICTURE (SIZE, SIZE, 3) as a camera sees it: exposure, tint, a shade, blur and noise."""
    if random.random() < 0.4:
        picture = blurred(picture, random.uniform(0.3, LARGEST_BLUR))
    tint = random.uniform(0.8, 1.25) * random.uniform(0.9, 1.1, 3)
    shade = _shade(random)[:, None] * _shade(random)
    noise = random.normal(0.0, random.uniform(0.0, 0.03), picture.shape)
    contrast = random.uniform(0.8, 1.2)
    seen = (picture * tint * shade[..., None] - 0.5) * contrast + 0.5 + noise
    return np.asarray(np.clip(seen, 0.0, 1.0), np.float32)


def _shade(random: Generator) -> NDArray[np.float64]:
    """From darker to brighter (SIZE,) or the other way."""
    first, last = random.uniform(0.65, 1.15, 2)
    return np.asarray(np.linspace(first, last, SIZE))


def blurred(picture: Pixels, sigma: float) -> Pixels:
    """PICTURE (height, width, 3) under a Gaussian of SIGMA pixels."""
    reach = int(np.ceil(3.0 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        room = [(reach, reach) if a == axis else (0, 0) for a in range(3)]
        padded = np.moveaxis(np.pad(picture, room, mode="edge"), axis, 0)
        length = picture.shape[axis]
        summed = sum(w * padded[i : i + length] for i, w in enumerate(weights))
        picture = np.moveaxis(np.asarray(summed, np.float32), 0, axis)
    return picture


def _patches(random: Generator) -> NDArray[np.float64]:
    """Soft or hard fields of colour (SIZE, SIZE, 3) around 0."""
    rows, columns = (int(n) for n in random.integers(1, 7, 2))
    fields = random.normal(0.0, random.uniform(0.0, 0.18), (rows, columns, 3))
    y, x = (np.linspace(0.0, n - 1.0, SIZE) for n in (rows, columns))
    if random.random() < 0.5:
        return np.asarray(fields[np.rint(y).astype(int)][:, np.rint(x).astype(int)])
    return np.asarray(_between(np.moveaxis(_between(fields, y), 1, 0), x).swapaxes(0, 1))


def _between(rows: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """ROWS (n, ...) at fractional PLACES (m,), straight lines between."""
    low = np.minimum(places.astype(int), max(len(rows) - 2, 0))
    high = np.minimum(low + 1, len(rows) - 1)
    share = (places - low).reshape(-1, *[1] * (rows.ndim - 1))
    return np.asarray(rows[low] * (1.0 - share) + rows[high] * share)


def _shape(random: Generator) -> Mask:
    """A turned ellipse or box with a sharp or soft edge: (SIZE, SIZE), 0 outside, 1 inside."""
    grid = np.linspace(0.0, 1.0, SIZE)
    angle = random.uniform(0.0, np.pi) if random.random() < 0.5 else 0.0
    x, y = grid[None, :] - random.random(), grid[:, None] - random.random()
    along = (np.cos(angle) * x + np.sin(angle) * y) / random.uniform(0.03, 0.4)
    across = (np.cos(angle) * y - np.sin(angle) * x) / random.uniform(0.03, 0.4)
    ellipse = random.random() < 0.5
    away = np.hypot(along, across) if ellipse else np.maximum(abs(along), abs(across))
    edge = random.choice((0.02, 0.1, 0.6))
    return np.asarray(np.clip((1.0 - away) / edge + 0.5, 0.0, 1.0))


def _stripes(random: Generator) -> Mask:
    """Waves from -1 to 1 across the picture (SIZE, SIZE), as curtains and shelves make."""
    grid = np.linspace(0.0, 2.0 * np.pi, SIZE)
    angle = random.choice((0.0, 0.5, random.random())) * np.pi
    across = np.cos(angle) * grid[None, :] + np.sin(angle) * grid[:, None]
    return np.asarray(np.sin(random.uniform(2.0, 25.0) * across + random.uniform(0.0, 6.0)))
