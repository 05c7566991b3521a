# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether motion goes with the speech it belongs to, against speech that it does not.

Two measures, strokes on prosodic peaks and beat consistency, each with the right speech and
with the speech of others; the p value is a permutation test over who gets whose speech.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import metrics
from ha2g_engine.body.skeleton import Skeleton
from ha2g_engine.body.strokes import stroke_times
from ha2g_engine.speech.prosody import near

from .clips import Heard, Motion

Array = NDArray[np.float64]

PERMUTATIONS: Final = 1999
BEAT_PERMUTATIONS: Final = 499


@dataclass(frozen=True)
class Match:
    """right: with its own speech. shuffled: mean with others'. p: of the right one by chance."""

    right: float
    shuffled: float
    p: float


def strokes_on_peaks(takes: Sequence[Motion], heard: Heard, skeleton: Skeleton) -> Match | None:
    """Share of strokes within 0.2 s of a prosodic peak; None without strokes or peaks.

    Takes whose own speech has no peak (silence) are left out, and so is such speech. Of a take
    with a shorter speech only the strokes before its end count.
    """
    voiced = [s for s, peaks in enumerate(heard.peaks) if len(peaks)]
    kept = [i for i, s in enumerate(heard.speech) if s in voiced]
    if not kept:
        return None
    own = np.array([voiced.index(heard.speech[i]) for i in kept])
    times = [stroke_times(takes[i], skeleton) for i in kept]
    hits, totals = _counted(times, [(heard.peaks[s], heard.seconds[s]) for s in voiced])
    rows = np.arange(len(kept))

    def share(order: NDArray[np.int64]) -> float:
        given = order[own]
        return float(hits[rows, given].sum() / max(1.0, totals[rows, given].sum()))

    return _tested(share, len(voiced), PERMUTATIONS) if totals.any() else None


def _counted(
    strokes: Sequence[Array], speeches: Sequence[tuple[Array, float]]
) -> tuple[Array, Array]:
    """(takes, speeches) how many strokes lie on peaks, and how many there are."""
    hits, totals = np.zeros((2, len(strokes), len(speeches)))
    for row, times in enumerate(strokes):
        for column, (peaks, seconds) in enumerate(speeches):
            within = times[times <= seconds]
            hits[row, column] = near(within, peaks).sum()
            totals[row, column] = len(within)
    return hits, totals


def beats_on_onsets(windows: Motion, heard: Heard, skeleton: Skeleton) -> Match:
    """Beat consistency with each window's own sound and with the same place in other speeches.

    A window that lies behind the end of the other speech is left out.
    """
    motion = _padded(metrics.motion_beats(windows, skeleton))
    sound = _padded([*heard.beats, np.zeros(0)])  # the last row: nothing is heard any more
    speeches, own = np.unique(heard.window_speech, return_inverse=True)
    place = np.array(heard.window_place)
    at = np.full((len(speeches), place.max() + 1), -1)  # the window of a speech at a place
    at[own, place] = np.arange(len(own))

    def score(order: NDArray[np.int64]) -> float:
        return _consistency(motion, sound[at[order[own], place]])

    return _tested(score, len(speeches), BEAT_PERMUTATIONS)


def _derangement(count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """A random order in which nothing stays: everyone's successor in a random circle."""
    circle = random.permutation(count)
    order = np.empty(count, np.int64)
    order[circle] = np.roll(circle, 1)
    return order


def _padded(times: Sequence[Array]) -> Array:
    """(N, most) with NaN behind each row's own."""
    rows = np.full((len(times), max(1, *(len(t) for t in times), 1)), np.nan)
    for row, some in zip(rows, times, strict=True):
        row[: len(some)] = some
    return rows


def _consistency(motion: Array, sound: Array) -> float:
    """``metrics.beat_consistency`` of padded rows."""
    gap = np.abs(sound[:, :, None] - motion[:, None, :])
    nearest = np.where(np.isnan(gap), np.inf, gap).min(axis=2)
    counted = ~np.isnan(sound) & ~np.isnan(motion).all(axis=1)[:, None]
    scores = np.exp(-(nearest**2) / (2 * metrics.BEAT_SIGMA**2))[counted]
    return float(scores.mean()) if scores.size else 0.0


def _tested(share: Callable[[NDArray[np.int64]], float], count: int, times: int) -> Match:
    """The share with everyone's own speech, and with others'."""
    right = share(np.arange(count))
    if count < 2:
        return Match(right, float("nan"), float("nan"))
    random = np.random.default_rng(0)
    others = np.array([share(_derangement(count, random)) for _ in range(times)])
    anyone = np.array([share(random.permutation(count)) for _ in range(times)])
    return Match(right, float(others.mean()), _p(right, anyone))


def _p(right: float, chance: Array) -> float:
    """Share of chance results at least as good, the right one among them (Phipson 2010)."""
    return float((1 + (chance >= right).sum()) / (1 + len(chance)))
