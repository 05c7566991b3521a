# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a seed stands for: numbers as torch draws them on a CPU, without torch.

The first takes were drawn by torch; the same seed is the same person everywhere since.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

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


def _twister(seed: int, count: int) -> NDArray[np.uint32]:
    random = np.random.RandomState(seed & 0xFFFFFFFF)
    return random.randint(0, 1 << 32, count, np.uint32)
