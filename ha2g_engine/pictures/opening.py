# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture files of any kind → upright RGB bytes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import image, paths
from ha2g_engine.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

Pixels = NDArray[np.uint8]

LARGEST: Final = 1600  # pixels of the longer side; the finder sees no more of a larger picture
SMALLEST: Final = 8  # pixels of a side
DEEP: Final = ("I", "I;16", "I;16L", "I;16B", "I;16N", "F")  # modes of more than eight bits


def open_picture(path: str | Path) -> Pixels:
    """A file → (height, width, 3) RGB, upright, transparency on grey, 1600 pixels at most.

    Raises InputError with the file's name when it is missing, no picture, too large or too small.
    """
    from PIL import Image

    path = paths.regular(path, image.INSTEAD, image.MAX_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that can be read over, and of many pixels
            with Image.open(path, formats=image.FORMATS) as picture:
                pixels = _pixels(picture)
    except Image.DecompressionBombError as error:
        raise InputError(
            f"'{path}' has over {image.MAX_PIXELS / 1e6:.0f} million pixels: save it smaller."
        ) from error
    except image.DAMAGE as error:
        raise image.unreadable(path) from error
    if min(pixels.shape[:2]) < SMALLEST:
        raise InputError(f"'{path}' is smaller than {SMALLEST} pixels: choose a larger picture.")
    return pixels


def smaller(pixels: Pixels, longest: int) -> Pixels:
    """(height, width, 3) scaled down so that its longer side has LONGEST pixels, if it has more."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((longest, longest))
    return np.asarray(picture)


def _pixels(picture: Image.Image) -> Pixels:
    from PIL import Image, ImageOps

    if picture.width * picture.height > image.MAX_PIXELS:
        raise Image.DecompressionBombError
    picture.draft("RGB", (LARGEST, LARGEST))  # a large JPEG is decoded smaller at once
    whole = _eight_bits(picture) if picture.mode in DEEP else picture
    upright = ImageOps.exif_transpose(whole)
    upright.thumbnail((LARGEST, LARGEST), reducing_gap=2.0)
    clear = upright.convert("RGBA")
    grey = Image.new("RGBA", clear.size, (128, 128, 128, 255))
    return np.asarray(Image.alpha_composite(grey, clear).convert("RGB"))


def _eight_bits(picture: Image.Image) -> Image.Image:
    """One of 16 or 32 bits, its brightest white."""
    from PIL import ExifTags, Image

    deep = np.nan_to_num(np.asarray(picture, np.float64))
    top = 65535.0 if picture.mode.startswith("I") and deep.max(initial=0) > 255 else deep.max()
    flat = Image.fromarray(np.uint8(np.clip(deep * 255 / max(float(top), 1e-9), 0, 255)))
    turned = picture.getexif().get(ExifTags.Base.Orientation)
    if turned is not None:
        flat.getexif()[ExifTags.Base.Orientation] = turned
    return flat
