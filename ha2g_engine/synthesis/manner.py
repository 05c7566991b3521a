# SPDX-License-Identifier: GPL-3.0-or-later
"""How a person moves, in facts that the engine acts by: where hands rest, which of them gesture.

Nothing here says whether there is anybody in a picture: see ``pictured``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import Skeleton
from ha2g_engine.models.network import Array

HELD: Final = 50.0  # degrees of the forearms from straight down: from here on hands are held up
HANGING, BEFORE_BODY = "hanging", "held"  # 30 and 70 degrees of the default model's speakers
PICTURED: Final = "pictured"  # where the picture has them


@dataclass(frozen=True)
class Manner:
    """home: HANGING, BEFORE_BODY, PICTURED or of ``gestures.homes``, where hands are in pauses.

    hands: shares of strokes by the left hand, the right and both, of models with gestures.
    distances: from the nearest speaker that the model knows, and the next, in f_id's units; the
    hands are the nearest one's.
    """

    home: str
    hands: tuple[float, float, float] | None = None
    distances: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def home_of(pose: Array, skeleton: Skeleton) -> str:
    """What POSE (bones, 3), where hands are at home, is."""
    ends = {skeleton.joints[wrist] for wrist in skeleton.wrists}
    fore = [i for i, (_, child) in enumerate(skeleton.bones) if child in ends]
    down = np.degrees(np.arccos(np.clip(pose[fore, 1], -1.0, 1.0)))
    return BEFORE_BODY if float(down.mean()) > HELD else HANGING


def nearest(person: NDArray[np.float64], places: Array) -> tuple[int, tuple[float, float]]:
    """Which of PLACES (S, 16) is PERSON's (16,), and how far that one and the next are."""
    away = np.linalg.norm(places - person, axis=1)
    order: Sequence[int] = np.argsort(away, kind="stable").tolist()
    first, second = order[0], order[min(1, len(order) - 1)]
    return first, (round(float(away[first]), 4), round(float(away[second]), 4))
