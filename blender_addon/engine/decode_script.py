# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a Blender of its own: what Blender can read of a file, for an engine that cannot.

``… SOURCE TARGET``: a sound becomes a TARGET.wav of 32-bit floats, a picture a TARGET.npy of
bytes, (height, width, 4), upright, the first row on top. In a process of its own it holds up no
window, and a file that ends Blender ends nothing else.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

LONGEST: Final = 3600.0  # s of sound; more is refused before it is decoded
LARGEST: Final = 64_000_000  # pixels
FLOATS: Final = 3  # code of a wav file's numbers
HEAD: Final = 65536  # bytes, within which a JPEG says which way up it is
EXIF: Final = b"Exif\0\0"
UPRIGHT_TAG: Final = 0x0112


def sound(source: Path, target: Path) -> None:
    """Decode SOURCE in its own rate and channels. Raises ValueError for over an hour."""
    import aud

    heard = _opened(aud.Sound, source)
    rate, channels = int(heard.specs[0]), int(heard.specs[1])
    if heard.length > LONGEST * rate:
        raise ValueError("over an hour")
    samples = np.ascontiguousarray(heard.data(), "<f4")
    form = struct.pack("<HHIIHH", FLOATS, channels, rate, rate * channels * 4, channels * 4, 32)
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    head += b"data" + struct.pack("<I", samples.nbytes)
    with target.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", len(head) + samples.nbytes) + head)
        file.write(samples.tobytes())


def _opened(kind: Any, source: Path) -> Any:
    return kind(str(source))  # the stubs know no argument


def picture(source: Path, target: Path) -> None:
    """Decode SOURCE. Raises ValueError for what is no picture or too large, RuntimeError as bpy."""
    image: Any = bpy.data.images.load(str(source))
    image.colorspace_settings.name = "Non-Color"
    width, height = image.size
    if not 0 < width * height <= LARGEST:
        raise ValueError("no picture, or too large")
    numbers = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(numbers)
    pixels = np.rint(np.clip(numbers, 0, 1) * 255).astype(np.uint8)
    pixels = _with_alpha(pixels.reshape(height, width, -1)[::-1])
    np.save(target, np.ascontiguousarray(upright(pixels, orientation(source))))


def _with_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Whatever the channels, RGBA."""
    count = pixels.shape[2]
    if count == 4:
        return pixels
    colours = pixels if count == 3 else np.repeat(pixels[..., :1], 3, axis=2)
    return np.concatenate((colours, np.full_like(colours[..., :1], 255)), axis=2)


def upright(pixels: NDArray[Any], way: int) -> NDArray[Any]:
    """(height, width, …) as a camera held it → upright; WAY as EXIF numbers them, 1 to 8."""
    if way in (5, 6, 7, 8):  # a side on top
        pixels = pixels.swapaxes(0, 1)
    if way in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels[:, ::-1] if way in (2, 3, 6, 7) else pixels


def orientation(path: Path) -> int:
    """Which way up a JPEG is, as EXIF numbers it; 1, upright, where it does not say."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    start = head.find(EXIF)
    if head[:2] != b"\xff\xd8" or start < 0:
        return 1
    tiff = head[start + len(EXIF) :]
    order = ">" if tiff[:2] == b"MM" else "<"
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for entry in range(first + 2, first + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == UPRIGHT_TAG:
                return int(value)
    except struct.error:
        pass
    return 1


if __name__ == "__main__":
    asked, put = Path(sys.argv[-2]), Path(sys.argv[-1])
    (sound if put.suffix == ".wav" else picture)(asked, put)
