# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character does while a take lasts, and where it looks. No bpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..body.rotations import unit

if TYPE_CHECKING:
    from ..body.rotations import Floats

KINDS: Final = ("TALK", "LISTEN", "IDLE")
AHEAD: Final = np.array([0.0, -1.0, 0.0])  # body frame
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


def attending(gaze: Gaze | None, attention: Floats | None) -> Gaze | None:
    """GAZE of somebody who looks as far as ATTENTION (T,) says, 0 to 1; as it is for none."""
    if gaze is None or attention is None or len(attention) != len(gaze.towards):
        return gaze
    share = np.clip(np.asarray(attention, np.float64), 0.0, 1.0)[:, None]
    return Gaze(share * unit(gaze.towards) + (1.0 - share) * AHEAD, gaze.amount)


TALKING: Final = Mode()
