# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture files and arrays, by Blender's own readers and writers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import bpy
import numpy as np
from numpy.typing import NDArray

from ..errors import GestureError
from ..files import replacing, why

Pixels: TypeAlias = NDArray[np.float32]


def read(file: Path) -> Pixels:
    """The picture FILE as (height, width, 4), 0 to 1 as stored, top row first."""
    image: Any = bpy.data.images.load(str(file), check_existing=False)
    image.colorspace_settings.name = "Non-Color"
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1]


def save(pixels: Pixels, path: Path) -> None:
    """Write PIXELS (height, width, 3), top row first, as PNG, whole or not at all.

    Raises GestureError when PATH cannot be written.
    """
    height, width, _ = pixels.shape
    image: Any = bpy.data.images.new("Picture", width, height)
    image.colorspace_settings.name = "Non-Color"
    whole = np.ones((height, width, 4), np.float32)
    whole[..., :3] = pixels[::-1]
    image.pixels.foreach_set(whole.ravel())
    try:
        with replacing(path) as part:
            image.filepath_raw, image.file_format = str(part), "PNG"
            image.save()
    except (RuntimeError, OSError) as error:
        raise GestureError(f"Blender could not write '{path}': {why(error)}.") from error
    finally:
        bpy.data.images.remove(image)
