# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference pictures → what the identity encoder sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from .errors import InputError

if TYPE_CHECKING:
    from PIL import Image

SIZE: Final = 224  # pixels, the reference frames of the paper
MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)  # ImageNet, RGB
SPREAD: Final = np.array([0.229, 0.224, 0.225], np.float32)


def load_reference(path: str | Path) -> NDArray[np.float32]:
    """One picture → (3, 224, 224) float32, ImageNet-normalised.

    The shorter side becomes 224 pixels, the middle is kept; transparency is put on grey.
    Raises InputError with the file's name when it is missing or no picture.
    """
    from PIL import Image, UnidentifiedImageError

    path = existing(path)
    try:
        with Image.open(path) as picture:
            return prepare(picture)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise unreadable(path) from error


def existing(path: str | Path) -> Path:
    """The path. Raises InputError where there is no such file."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"'{path}' is not there: choose an existing picture of a person.")
    return path


def unreadable(path: Path) -> InputError:
    """What is said of a file that is no picture."""
    return InputError(f"'{path}' is not a picture that can be read: choose a png or jpg file.")


def load_references(paths: Sequence[str | Path]) -> NDArray[np.float32]:
    """Several frames of one person → (K, 3, 224, 224)."""
    return np.stack([load_reference(path) for path in paths])


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
