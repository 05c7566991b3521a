# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of speakers, a folder each, for a data set: what E_ID learns people from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.errors import InputError
from ha2g_engine.image import MEAN, SIZE, SPREAD, load_reference

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


def read(folder: Path, names: Sequence[str]) -> list[NDArray[np.uint8]]:
    """(K, 224, 224, 3) of each speaker, of the pictures in ``folder/NAME`` by their names.

    K is 0 for a speaker without. Raises InputError, naming it, for a file that is no picture,
    and where no speaker has any.
    """
    files = [_files(folder / name) for name in names]
    if not any(files):
        raise InputError(
            f"'{folder}' has no pictures of a speaker: put some (png, jpg, webp or bmp) into a "
            f"folder '{names[0]}' in it, and so on."
        )
    return [_pictures(own) for own in files]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def _pictures(files: Sequence[Path]) -> NDArray[np.uint8]:
    pictures = np.zeros((len(files), SIZE, SIZE, 3), np.uint8)
    for row, file in enumerate(files):
        seen = load_reference(file).transpose(1, 2, 0) * SPREAD + MEAN  # normalised there
        pictures[row] = np.round(255 * seen)
    return pictures
