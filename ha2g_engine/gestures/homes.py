# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hands are between gestures, and how people who stand and wait move.

``homes.npz`` is built by ``data.gestures.homes``: postures of our own, idling from Rocketbox (MIT).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import unit
from ha2g_engine.errors import InputError

Array = NDArray[np.float32]

FILE: Final = Path(__file__).with_suffix(".npz")
HANGING: Final = "hanging"


@dataclass(frozen=True)
class Homes:
    """poses: (42, 3) unit by name. idling: (T, 42, 3) rotation vectors, rad, that go round."""

    poses: dict[str, Array]
    idling: Array

    def pose(self, name: str) -> Array:
        """(42, 3). Raises InputError, naming all, for one that there is not."""
        if name not in self.poses:
            raise InputError(f"There is no home posture '{name}': choose {', '.join(self.poses)}.")
        return self.poses[name]

    def idled(self, frames: int, seed: int) -> Array:
        """(frames, 42, 3) of the idling, from somewhere on, the same for the same seed."""
        first = int(np.random.default_rng(seed).integers(len(self.idling)))
        return np.take(self.idling, first + np.arange(frames), axis=0, mode="wrap")


@cache
def homes() -> Homes:
    """What comes with the engine."""
    with np.load(FILE, allow_pickle=False) as arrays:
        poses = unit(arrays["poses"].astype(np.float32))
        named = dict(zip(arrays["names"].tolist(), poses, strict=True))
        return Homes(named, arrays["idling"].astype(np.float32))
