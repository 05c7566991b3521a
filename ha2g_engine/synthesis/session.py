# SPDX-License-Identifier: GPL-3.0-or-later
"""A speech heard once and performed in any style: what a style leaves as it was is not run again.

Body level k hears its own column of the style and the levels before it, and starts a window
from its own columns of the poses handed over. Where the shown pose is composed, those columns
come from levels 1 … k alone: another column k leaves levels 1 … k-1 as they were in every
window of a take. The published synthesis hands the poses of the *finest* level over, which
depend on all columns, so that there this holds in the first window only. Nothing is assumed:
a window is run again from the first level whose inputs (its share of the initial poses, its
blend of the audio) are not equal to those of its last run; a take is always the very one that
a run from nothing gives. The audio learner, the costly part, never runs again.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.models.network import Features, Guide, Network, blend, shown
from ha2g_engine.speech.audio import Speech

T = TypeVar("T")
Array = NDArray[np.float32]
KEPT: Final = 3  # speeches heard, and performances of them, that stay in memory


class Recent(Generic[T]):
    """The last things made, by key."""

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
        self._items: OrderedDict[Hashable, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._items

    def keep(self, key: Hashable, made: T) -> T:
        """``made``, known from now on."""
        return self.get(key, lambda: made)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made for ``key``, or ``make()``; the one used longest ago is dropped."""
        if key not in self._items:
            self._items[key] = make()
        self._items.move_to_end(key)
        while len(self._items) > self.kept:
            self._items.popitem(last=False)
        return self._items[key]


@dataclass(frozen=True)
class Hearing:
    """A speech as the model hears it.

    starts: (W,) first pose of each window. features: low, mid, high, each (W, 34, 32).
    loudness: (T,) dB. felt: (T, 2) as of ``rhythm.felt``.
    """

    sound: Speech
    starts: NDArray[np.int64]
    features: Features
    loudness: Array
    felt: NDArray[np.float64]


@dataclass(frozen=True)
class _Window:
    """The inputs of a window's last run and the poses (1, 34, D_h) of each level."""

    audio: Array
    initial: Array
    guide: Guide | None
    poses: list[Array]


class Performance:
    """One person's performance of one hearing; only its style may still change.

    identity: (1, 16) or (1, 1 + H, 16). texts: each level's (W, 34, text_dim), none of a model
    without words. noise: (1, 16), one for the whole take, or None. home: (1, 4, D) where it starts
    and rests.
    codes: (W, 34, K), z(t) of the plan, for a model that has codes.
    levels_run: levels that had to run since the last ``perform``, of all windows.
    """

    def __init__(
        self,
        network: Network,
        hearing: Hearing,
        identity: Array,
        texts: Sequence[Array],
        noise: Array | None,
        home: Array,
        codes: Array | None = None,
    ) -> None:
        self.network, self.hearing = network, hearing
        self.identity, self.texts = identity, texts
        self.noise, self.home, self.codes = noise, home, codes
        self.levels_run = 0
        self._windows: dict[int, _Window] = {}

    def by_other_codes(self, codes: Array) -> Performance:
        """The same with another plan; what does not change by it is not run again."""
        other = copy.copy(self)
        other.codes, other._windows = codes, dict(self._windows)
        return other

    def perform(self, style: Array, check: Callable[[], None]) -> Callable[[int, Array], Array]:
        """A predictor (window, initial (1, 4, D)) → poses (1, 34, D) in ``style`` (3, H).

        check: called before each level that runs; may raise to stop, which loses nothing.
        """
        windows = len(self.hearing.starts)
        columns = np.repeat(style[None], windows, axis=0)
        blended = blend(self.hearing.features, columns)  # (W, H, 34, 32)
        self.levels_run = 0

        def predict(w: int, initial: Array) -> Array:
            guide = None
            if self.codes is not None:
                guide = Guide(self.codes[w : w + 1], columns[w : w + 1])
            self._windows[w] = self._run(w, blended[w : w + 1], initial, guide, check)
            return shown(self.network.config, self._windows[w].poses)

        return predict

    def _run(
        self,
        w: int,
        audio: Array,
        initial: Array,
        guide: Guide | None,
        check: Callable[[], None],
    ) -> _Window:
        done = self._windows.get(w)
        first = self._first_changed(done, audio, initial, guide)
        kept = done.poses[:first] if done else []
        if first == len(self.network.config.levels):
            return _Window(audio, initial, guide, kept)
        texts = [text[w : w + 1] for text in self.texts]
        coarser = kept[-1] if kept else None
        poses = self.network.infer(
            audio, initial, self.identity, texts, self.noise, first, coarser, check, guide
        )
        self.levels_run += len(poses)
        return _Window(audio, initial, guide, kept + poses)

    def _first_changed(
        self, done: _Window | None, audio: Array, initial: Array, guide: Guide | None
    ) -> int:
        """The first level whose inputs are not those of its last run; H if there is none."""
        if done is None:
            return 0
        equal, levels = np.array_equal, len(self.network.config.levels)
        for h in range(levels):
            columns = self.network.config.level_columns(h)
            same_start = equal(done.initial[..., columns], initial[..., columns])
            same_guide = guide is None or (
                done.guide is not None and equal(done.guide.for_level(h), guide.for_level(h))
            )
            if not (same_start and same_guide and equal(done.audio[:, h], audio[:, h])):
                return h
        return levels


def stamp(*files: str | Path) -> Sequence[tuple[str, int, int]]:
    """Names, times and sizes of files: another stamp, another content. 0 for a missing file."""
    return tuple(map(paths.stamp, files))
