# SPDX-License-Identifier: GPL-3.0-or-later
"""Where speech is stressed and where it stops, from its energy alone.

Strokes of gestures fall on or just before stressed syllables (McNeill, Hand and Mind, 1992;
Loehr, Temporal, structural, and pragmatic synchrony between intonation and gesture, 2012).
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import series

from .activity import runs
from .sizes import SAMPLE_RATE

Array = NDArray[np.floating[Any]]

RATE: Final = 100.0  # envelope values a second
BLOCKS: Final = 6000  # of them that are computed at once: a minute
SYLLABLE: Final = 0.06  # s, width of the smoothing: about a vowel
PROMINENCE: Final = 0.15  # of the loudest peak: what counts as a prosodic peak
ACCENT_GAP: Final = 0.9  # s, least time between two strokes
BEAT_GAP: Final = 0.35  # s, least time between two small beats, or a beat and a stroke
PAUSE: Final = 0.6  # s of silence after which hands go to rest
TOLERANCE: Final = 0.2  # s, a stroke this near to a prosodic peak is on it
SPEECH_DB: Final = -28.0  # below the loud parts: no speech any more


@dataclass(frozen=True)
class Accent:
    """A stressed syllable that carries a stroke.

    time: s. level: dB below the loudest peak of the speech. initial: first after a pause.
    beats: s, the lesser peaks between this accent and the next.
    """

    time: float
    level: float
    initial: bool
    beats: tuple[float, ...] = ()


def envelope(speech: Array, smoothing: float = SYLLABLE) -> tuple[NDArray[np.float64], float]:
    """Smoothed RMS of (samples,) speech at SAMPLE_RATE, and its rate (values a second)."""
    hop = int(SAMPLE_RATE / RATE)
    blocks = np.pad(speech, (0, -len(speech) % hop)).reshape(-1, hop)
    parts = (blocks[i : i + BLOCKS].astype(np.float64) for i in range(0, len(blocks), BLOCKS))
    power = np.concatenate([np.square(part).mean(axis=1) for part in parts])
    energy = series.gaussian(power, smoothing * RATE)
    return np.sqrt(np.maximum(energy, 1e-14)), RATE


def peaks(speech: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (s) of the prosodic peaks and their height as a share of the highest."""
    return level_peaks(*envelope(speech))


def level_peaks(level: Array, rate: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``peaks`` of an envelope (T,) with ``rate`` values a second."""
    relative = level / np.quantile(level, 0.995)
    found, heights = series.peaks(relative, PROMINENCE)
    return found / rate, heights


def accents(speech: Array) -> list[Accent]:
    """The loudest peaks, at least ACCENT_GAP apart, in order of time."""
    times, _ = peaks(speech)
    level, rate = envelope(speech)
    decibel = 20 * np.log10(level / level.max())
    loudest = np.argsort(-decibel[(times * rate).astype(int)], kind="stable")
    kept = spaced(times[loudest], ACCENT_GAP)
    if not kept:
        return []
    starts = [end for _, end in pauses(speech)] + [0.0]
    return [
        Accent(
            time,
            float(decibel[int(time * rate)]),
            _first_after(time, kept, starts),
            _beats(time, times, following),
        )
        for time, following in zip(kept, [*kept[1:], np.inf], strict=True)
    ]


def spaced(times: Array, gap: float) -> list[float]:
    """Those of TIMES, the foremost first, that are at least GAP from each before, in order."""
    kept: list[float] = []
    for time in map(float, times):
        place = bisect(kept, time)
        if all(abs(time - other) >= gap for other in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, time)
    return kept


def _beats(time: float, times: Array, following: float) -> tuple[float, ...]:
    """The peaks after an accent, with room for a small beat before and after each."""
    kept: list[float] = []
    for other in times[(times > time + BEAT_GAP) & (times < following - BEAT_GAP)]:
        if not kept or other - kept[-1] >= BEAT_GAP:
            kept.append(float(other))
    return tuple(kept)


def _first_after(time: float, accents: list[float], starts: list[float]) -> bool:
    """Whether a phrase starts between the accent before ``time`` and ``time``."""
    before = max((t for t in accents if t < time), default=-1.0)
    return any(before < start <= time for start in starts)


def pauses(speech: Array) -> list[tuple[float, float]]:
    """(start, end) in s of the silences of at least PAUSE."""
    level, rate = envelope(speech, 0.03)
    quiet = 20 * np.log10(level / np.quantile(level, 0.95)) < SPEECH_DB
    return [(float(a), float(b)) for a, b in runs(quiet) / rate if b - a >= PAUSE]


def aligned_share(stroke_times: Array, speech: Array, tolerance: float = TOLERANCE) -> float:
    """Share of stroke times (s) within ``tolerance`` s of a prosodic peak of ``speech``."""
    if not len(stroke_times):
        return 0.0
    return float(near(stroke_times, peaks(speech)[0], tolerance).mean())


def near(stroke_times: Array, peak_times: Array, tolerance: float = TOLERANCE) -> NDArray[np.bool_]:
    """(N,) whether each stroke lies within ``tolerance`` s of a peak."""
    gap = np.abs(stroke_times[:, None] - peak_times).min(axis=1, initial=np.inf)
    return np.asarray(gap <= tolerance)
