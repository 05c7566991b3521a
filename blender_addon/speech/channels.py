# SPDX-License-Identifier: GPL-3.0-or-later
"""How many channels a speech has: two speakers are often recorded on one each."""

from __future__ import annotations

from typing import Any, Final

import bpy

from .. import places

SIDES: Final = ("left", "right")
_counts: Final[dict[str, int]] = {}  # of the files that were looked at, by path


def look(speech: str) -> int:
    """The channels of the file SPEECH, as Blender knows it; 0 where it cannot tell."""
    path = bpy.path.abspath(speech) if speech else ""
    count = _of_file(path) if path and places.is_file(path) else 0
    _counts[speech] = count
    return count


def is_pair(speech: str) -> bool:
    """Whether SPEECH has two channels, as far as it was looked at; this opens no file."""
    return _counts.get(speech) == len(SIDES)


def side(speech: str, chosen: str) -> str:
    """CHOSEN, of SIDES, if SPEECH has it; else "", for all that is heard."""
    return chosen if chosen in SIDES and look(speech) == len(SIDES) else ""


def _of_file(path: str) -> int:
    try:
        import aud  # some builds of Blender as a module come without sound
    except ImportError:
        return 0
    known: Any = aud  # the stubs know no arguments and no error
    try:
        return int(known.Sound(path).specs[1])
    except known.error:
        return 0
