# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character does while a take lasts, and where it looks. No bpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..body.rotations import Floats

KINDS: Final = ("TALK", "LISTEN", "IDLE")
MOST_STIR: Final = 3.0  # of breathing and sway, 1 is as people do at rest


@dataclass(frozen=True)
class Mode:
    """What the character does. kind: one of KINDS. seconds: of an idle take.

    look_at: the name of the object the head turns to, "" for none. look: how far, 0 to 1.
    """

    kind: str = "TALK"
    seconds: float = 10.0
    breathing: float = 1.0
    sway: float = 1.0
    look_at: str = ""
    look: float = 1.0


@dataclass(frozen=True)
class Gaze:
    """Where the head looks. towards: (T, 3) body frame. amount: 0 to 1."""

    towards: Floats
    amount: float


TALKING: Final = Mode()
