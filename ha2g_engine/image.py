# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference pictures → what the identity encoder sees."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from . import paths
from .errors import InputError

if TYPE_CHECKING:
    from PIL import Image

SIZE: Final = 224  # pixels, the reference frames of the paper
MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)  # ImageNet, RGB
SPREAD: Final = np.array([0.229, 0.224, 0.225], np.float32)

FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")  # Pillow's others run programs, or are rare
INSTEAD: Final = "an existing picture of a person"
MAX_BYTES: Final = 256 * paths.MEGABYTE  # of a file; some decoders read it whole
MAX_PIXELS: Final = 120_000_000  # of a picture; a phone's largest are 108 million
DETAILED: Final = 4096**2  # pixels beyond which a picture is made smaller before all else
DAMAGE: Final = (  # what Pillow's decoders raise for files that are not what they say
    OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    MemoryError, EOFError, struct.error,
)  # fmt: skip


def load_reference(path: str | Path) -> NDArray[np.float32]:
    """One picture → (3, 224, 224) float32, ImageNet-normalised.

    The shorter side becomes 224 pixels, the middle is kept; transparency is put on grey.
    Raises InputError with the file's name when it is missing, no picture or too large.
    """
    from PIL import Image

    path = paths.regular(path, INSTEAD, MAX_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that can be read over, and of many pixels
            with Image.open(path, formats=FORMATS) as picture:
                return prepare(_bounded(picture))
    except Image.DecompressionBombError as error:
        raise InputError(
            f"'{path}' has over {MAX_PIXELS / 1e6:.0f} million pixels: save it smaller."
        ) from error
    except DAMAGE as error:
        raise unreadable(path) from error


def unreadable(path: Path) -> InputError:
    """What is said of a file that is no picture."""
    return InputError(f"'{path}' is not a picture that can be read: choose a png or jpg file.")


def load_references(pictures: Sequence[str | Path]) -> NDArray[np.float32]:
    """Several frames of one person → (K, 3, 224, 224)."""
    return np.stack([load_reference(path) for path in pictures])


def prepare(picture: Image.Image) -> NDArray[np.float32]:
    """An open picture → (3, 224, 224) float32, ImageNet-normalised."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    grey = Image.new("RGBA", upright.size, (128, 128, 128, 255))
    flat = Image.alpha_composite(grey, upright).convert("RGB")
    pixels = np.asarray(ImageOps.fit(flat, (SIZE, SIZE)), np.float32) / 255
    return normalised(pixels)


def normalised(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(224, 224, 3) RGB in [0, 1] → (3, 224, 224) around ImageNet's mean."""
    return ((pixels - MEAN) / SPREAD).transpose(2, 0, 1)


def _bounded(picture: Image.Image) -> Image.Image:
    """PICTURE, not decoded yet; if it is a large one its middle, decoded and made smaller.

    Raises DecompressionBombError, as Pillow does from more on, for over MAX_PIXELS.
    """
    from PIL import ExifTags, Image, ImageOps

    pixels = picture.width * picture.height
    if pixels > MAX_PIXELS:
        raise Image.DecompressionBombError
    if pixels <= DETAILED:
        return picture
    picture.draft("RGB", (4 * SIZE, 4 * SIZE))  # JPEG decodes to an eighth at once
    turned = picture.getexif().get(ExifTags.Base.Orientation)
    smaller = ImageOps.fit(picture, (4 * SIZE, 4 * SIZE), Image.Resampling.BOX)
    if turned is not None:
        smaller.getexif()[ExifTags.Base.Orientation] = turned
    return smaller
