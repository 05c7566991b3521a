# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference pictures without Pillow: what Blender decoded, scaled as Pillow would.

A decoded picture is a .npy file of (height, width, 4) bytes: upright, RGB and straight alpha, the
first row on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import decoder, image, paths

from .weights import Array

DECODED: Final = ".npy"
SUPPORT: Final = 2.0  # pixels, of the cubic filter
SHARPNESS: Final = -0.5  # of it (Keys, 1981)
FIXED: Final = 1 << 22  # of the numbers that Pillow computes with
HEADS: Final = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
GREY: Final = 128  # that transparency is put on

Bytes = NDArray[np.uint8]


def load_references(pictures: Sequence[str | Path]) -> Array:
    """Several frames of one person → (K, 3, 224, 224) as ``image.load_references`` has them.

    Raises InputError with the file's name for what is missing or is no picture.
    """
    return np.stack([_reference(Path(path)) for path in pictures])


def _reference(path: Path) -> Array:
    if find_spec("PIL"):
        return image.load_reference(path)
    path = paths.regular(path, image.INSTEAD, image.MAX_BYTES)
    content = decoder.decoded(path, DECODED) if _looks_like_picture(path) else None
    if content is None:
        raise image.unreadable(path)
    return prepared(np.load(content, allow_pickle=False))


def _looks_like_picture(path: Path) -> bool:
    """Whether the first bytes are those of one of ``image.FORMATS``."""
    with path.open("rb") as file:
        return file.read(4).startswith(HEADS)


def prepared(pixels: Bytes) -> Array:
    """(height, width, 4) → (3, 224, 224) float32: see ``image.prepare``."""
    fitted = fit(_flat(pixels), image.SIZE).astype(np.float32) / 255
    return np.ascontiguousarray(image.normalised(fitted), np.float32)


def _flat(pixels: Bytes) -> Bytes:
    """RGBA → RGB on grey, rounded as Pillow's alpha_composite rounds."""
    alpha = pixels[..., 3:].astype(np.int64)
    share = alpha * 128 * 255 // 255
    mixed = pixels[..., :3] * share + GREY * (128 * 255 - share)
    return np.asarray((mixed + 64 * 255) // (128 * 255), np.uint8)


def fit(picture: Bytes, size: int) -> Bytes:
    """(H, W, 3) → (size, size, 3): the middle square by cubic filtering, as ``ImageOps.fit``."""
    height, width = picture.shape[:2]
    side = min(height, width)
    across = _weights(width, (width - side) / 2, side, size)
    down = _weights(height, (height - side) / 2, side, size)
    narrow = _rounded(np.einsum("sw,hwc->hsc", across, picture, optimize=True))
    return _rounded(np.einsum("sh,hwc->swc", down, narrow, optimize=True))


def _weights(length: int, start: float, side: int, size: int) -> NDArray[np.float64]:
    """(size, length) how much each pixel counts, in whole parts of FIXED."""
    scale = side / size
    wide = max(scale, 1.0)
    weights = np.zeros((size, length))
    for i in range(size):
        centre = start + (i + 0.5) * scale
        first = max(0, int(centre - SUPPORT * wide + 0.5))
        last = min(length, int(centre + SUPPORT * wide + 0.5))
        taps = _cubic((np.arange(first, last) - centre + 0.5) / wide)
        weights[i, first:last] = taps / taps.sum()
    return np.asarray(np.trunc(weights * FIXED + np.copysign(0.5, weights)))


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    a, x = SHARPNESS, np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def _rounded(sums: NDArray[np.float64]) -> Bytes:
    return np.asarray(np.clip(np.floor((sums + FIXED / 2) / FIXED), 0, 255), np.uint8)
