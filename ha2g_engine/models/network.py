# SPDX-License-Identifier: GPL-3.0-or-later
"""What a synthesis asks of a HA2G network, whatever computes it; arrays in, arrays out.

B people or variations at once, T = 34 frames of a window, H levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .config import ModelConfig

Array = NDArray[np.float32]
Features = tuple[Array, Array, Array]  # low, mid, high, each (W, 34, audio_dim)


@dataclass(frozen=True)
class Guide:
    """codes: (B, 34, code_dim), z(t) of a plan. style: (B, 3, H) low, mid, high of each level."""

    codes: Array
    style: Array

    def for_level(self, level: int) -> Array:
        """(B, 34, code_dim + 3): with the level's own column of the style alone."""
        frames = self.codes.shape[1]
        column = np.repeat(self.style[:, None, :, level], frames, axis=1)
        return np.concatenate((self.codes, column), axis=-1)


class Network(Protocol):
    """A loaded HA2G.

    rest_pose: (D,) direction minus mean. gestures: (G, 14) codes of those that it knows.
    """

    config: ModelConfig
    rest_pose: Array
    gestures: Array

    def hear(self, windows: Array) -> Features:
        """(W, 128, 70) dB, or for Whisper samples (W, 36267) → low, mid, high."""
        ...

    def person(self, frames: Array) -> Array:
        """Pictures (K, 3, 224, 224) of one person → f_id (1, 16).

        Raises InputError for a model that knows speakers by number.
        """
        ...

    def speaker(self, number: int) -> Array:
        """f_id of a speaker of the training data, (1, 1 + H, 16): a row a level after the first."""
        ...

    def style(self, identity: Array) -> Array:
        """The style coordinator's matrix for (1, 16) or (1, 1 + H, 16): (3, H)."""
        ...

    def read(self, words: NDArray[np.int64]) -> list[Array]:
        """(W, 34) indices → each level's text feature, (W, 34, text_dim)."""
        ...

    def infer(
        self,
        audio: Array,
        initial: Array,
        identity: Array,
        texts: Sequence[Array] = (),
        noise: Array | None = None,
        first_level: int = 0,
        coarser: Array | None = None,
        check: Callable[[], None] = lambda: None,
        guide: Guide | None = None,
    ) -> list[Array]:
        """The poses (B, 34, D_h) of the levels from ``first_level`` on.

        audio: (B, H, 34, audio_dim) blended. initial: (B, 4, D) direction minus mean. identity:
        (B, 16) or (B, 1 + H, 16). texts: what ``read`` gives; silence without. noise: (B, 16), z is
        mu without. coarser: (B, 34, D_h) poses of the level before ``first_level``. check: called
        before each level; may raise to stop. guide: for a model that has codes.
        """
        ...


def blend(features: Features, style: Array) -> Array:
    """Paper Eq. 3: f_a^h = Σ_l C[l, h] f_a^l; (W, 34, C) each and (W, 3, H) → (W, H, 34, C).

    Each column alone: another one changes no bit of the others.
    """
    low, mid, high = (f[:, None] * style[:, row, :, None, None] for row, f in enumerate(features))
    return np.asarray(low + mid + high, np.float32)


def shown(config: ModelConfig, levels: Sequence[Array]) -> Array:
    """All levels' poses (B, 34, D_h) → the pose that is shown, (B, 34, D).

    Where it is composed, a level starts the next window from its own and coarser levels'
    bones: what is finer never reaches it.
    """
    return np.concatenate(levels, axis=-1)[..., _columns(config)]


@cache
def _columns(config: ModelConfig) -> NDArray[np.int64]:
    return np.array(config.shown_columns)
