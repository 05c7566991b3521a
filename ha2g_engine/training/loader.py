# SPDX-License-Identifier: GPL-3.0-or-later
"""Sequences of windows read ahead by threads, so that the GPU need not wait for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from .streams import Places, Streams, Window

Item = tuple[list[Window], np.random.Generator]


@dataclass(frozen=True)
class Loader:
    """Reads ``batch`` streams at once; ``ahead`` sequences wait, 0 = read when asked for.

    listeners: see ``Streams.sequence``.
    Every sequence has random numbers of its own, so the data are the same for any ``ahead``.
    """

    streams: Streams
    batch: int
    listeners: int
    ahead: int
    device: torch.device

    def epoch(self, seed: Sequence[int], count: int) -> Iterator[Item]:
        """``count`` sequences on the device, each with the generator for what is left to draw."""
        for windows, random in self._read(seed, count):
            yield [window.to(self.device) for window in windows], random

    def _read(self, seed: Sequence[int], count: int) -> Iterator[Item]:
        dealt: list[Places | None] = [None] * count
        if self.streams.grid:
            dealt[:] = self.streams.dealt(np.random.default_rng([*seed]), self.batch)[:count]
        if not self.ahead:
            yield from (self._sequence(seed, n, places) for n, places in enumerate(dealt))
            return
        waiting: deque[Future[Item]] = deque()
        with ThreadPoolExecutor(self.ahead, "loader") as pool:
            for number, places in enumerate(dealt):
                waiting.append(pool.submit(self._sequence, seed, number, places))
                if len(waiting) > self.ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _sequence(self, seed: Sequence[int], number: int, places: Places | None) -> Item:
        random = np.random.default_rng([*seed, number])
        windows = self.streams.sequence(random, self.batch, self.listeners, places)
        if self.device.type == "cuda":
            windows = [window.pinned() for window in windows]
        return windows, random
