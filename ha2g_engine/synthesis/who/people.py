# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a seed stands for: numbers as torch draws them on a CPU, without torch.

The first takes were drawn by torch; the same seed is the same person everywhere since.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.network import Network
from ha2g_engine.synthesis.settings import Settings

Array = NDArray[np.float32]

GROUP: Final = 16  # numbers that torch makes normal at once, eight cosines and eight sines
FRACTION: Final = 24  # bits of a uniform number


def normal(seed: int, count: int) -> Array:
    """(1, count) ~ N(0, I), of the Mersenne twister (Matsumoto, Nishimura 1998) by Box and Muller.

    For a multiple of GROUP what ``torch.randn`` gives, to its rounding.
    """
    groups = -(-count // GROUP)
    drawn = _twister(seed, groups * GROUP) & ((1 << FRACTION) - 1)
    uniform = drawn.reshape(groups, 2, GROUP // 2) * 2.0**-FRACTION
    radius = np.sqrt(-2 * np.log(1 - uniform[:, 0]))
    angle = 2 * np.pi * uniform[:, 1]
    both = np.concatenate((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
    return np.asarray(both.reshape(1, -1)[:, :count], np.float32)


def imagined(settings: Settings, network: Network, config: ModelConfig) -> Array:
    """Who the seeds of SETTINGS stand for: nobody seen, f_id ~ N(0, I), or known speakers.

    Of two the mixture, which of f_id is distributed as each of them is.
    """
    numbers, share = (settings.identity_seed, settings.identity_other), settings.identity_share
    known = config.identity == "speaker"

    def person(number: int) -> Array:
        if known:
            return network.speaker(number % config.n_speakers)
        return normal(number, config.identity_dim)

    if not share:
        return person(numbers[0])
    mixture = person(numbers[0]) * (1 - share) + person(numbers[1]) * share
    return np.asarray(mixture if known else mixture / np.hypot(1 - share, share), np.float32)


def _twister(seed: int, count: int) -> NDArray[np.uint32]:
    random = np.random.RandomState(seed & 0xFFFFFFFF)
    return random.randint(0, 1 << 32, count, np.uint32)
