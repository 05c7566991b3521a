# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone mappings at hand: the shipped ones, one a rig family, and the user's own."""

from __future__ import annotations

from pathlib import Path

from .. import compat, files
from ..bones.families import SUFFIX, Preset, load_preset, load_presets
from ..errors import GestureError
from ..paths import PACKAGE, RIGS_DIR


def known_presets() -> tuple[Preset, ...]:
    """The shipped mappings, then the user's own. Of these, broken files are left out."""
    return (*load_presets(RIGS_DIR), *user_presets()[0])


def user_presets() -> tuple[tuple[Preset, ...], tuple[str, ...]]:
    """The user's own mappings by file name, and a sentence for each that cannot be read."""
    presets: list[Preset] = []
    problems: list[str] = []
    for path in files.whole(preset_folder(), SUFFIX):
        try:
            presets.append(load_preset(path))
        except GestureError as error:
            problems.append(str(error))
    return tuple(presets), tuple(problems)


def preset_folder() -> Path:
    """Where the user's own mappings lie."""
    return Path(compat.user_folder(PACKAGE, "rigs"))
