# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a speech the choreography hears: accents, pauses, and what a body feels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.speech import prosody, rhythm

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Heard:
    """accents and pauses (s): as in ``prosody``. beat, phrase: (frames,), as in ``rhythm.felt``."""

    accents: list[prosody.Accent]
    pauses: list[tuple[float, float]]
    beat: Array
    phrase: Array

    @property
    def frames(self) -> int:
        """Poses at 15 fps."""
        return len(self.beat)


def silence(frames: int) -> Heard:
    """Nothing said."""
    nothing = np.zeros(frames)
    return Heard([], [(0.0, frames / FPS)], nothing, nothing)


def listen(speech: NDArray[np.float32], frames: int) -> Heard:
    """(samples,) clean speech at SAMPLE_RATE → what it does to a body in ``frames`` poses."""
    beat, phrase = rhythm.felt(speech, frames, FPS).T
    return Heard(prosody.accents(speech), prosody.pauses(speech), beat, phrase)
