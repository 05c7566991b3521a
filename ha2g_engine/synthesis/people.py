# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a seed stands for: numbers as torch draws them on a CPU, without torch.

The first takes were drawn by torch; the same seed is the same person everywhere since.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.network import Network

from .settings import Settings

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Row = dict[str, Any]

GROUP: Final = 16  # numbers that torch makes normal at once, eight cosines and eight sines
SIDE: Final = 8  # people in a row of the map, and rows
DRAWN: Final = 512  # seeds that they are chosen from
HANDS: Final = 0.5  # how much whose hands gesture counts beside a style's shares
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


def on_map(known: int | None, describe: Callable[[int], Row]) -> list[Row]:
    """SIDE² people, row by row, as ``describe`` tells of each number: style (3, H), hands or None.

    Along the rows they differ most, down the columns next (principal components of how they
    move). known: how many there are of a model that knows its people by number; fewer than have
    room on the map come as they are.
    """
    rows = [describe(number) for number in range(min(known or DRAWN, DRAWN))]
    if len(rows) < SIDE * SIDE:
        return rows
    return [rows[number] for number in placed(np.array([_features(row) for row in rows]))]


def placed(features: Floats) -> list[int]:
    """Which of (N, F) stand in the SIDE × SIDE places of the map, row by row.

    Equal shares of all fall to each column by the first component, then to each place in it by
    the second; the one nearest to the middle of a place's share stands there.
    """
    around = features - features.mean(axis=0)
    _, _, axes = np.linalg.svd(around, full_matrices=False)
    signs = np.sign(axes[:2].sum(axis=1, keepdims=True))  # the same on every computer
    across, down = (around @ (axes[:2] * np.where(signs == 0, 1, signs)).T).T
    grid = np.zeros((SIDE, SIDE), np.int64)
    for column, members in enumerate(np.array_split(np.argsort(across, kind="stable"), SIDE)):
        ordered = members[np.argsort(down[members], kind="stable")]
        for row, share in enumerate(np.array_split(ordered, SIDE)):
            middle = around[share].mean(axis=0)
            grid[row, column] = share[np.linalg.norm(around[share] - middle, axis=1).argmin()]
    return [int(number) for number in grid.ravel()]


def _features(person: Row) -> Floats:
    hands = np.array(person["hands"] or (0.0, 0.0, 0.0))
    return np.concatenate([np.ravel(person["style"]), HANDS * hands])
