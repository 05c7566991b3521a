# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound at another rate, in numpy alone, as soxr's high quality has it.

The networks were trained on what soxr made. White noise of 8 or 32 kHz comes out within -130 dB
of it, of 24 or 48 within -70, of 44.1 and its parts within -60: soxr's filters vary with the rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil, gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Double = NDArray[np.float64]

CUTOFF: Final = 0.956872  # of the lower rate's Nyquist frequency, where half of a tone is left
LENGTH: Final = 194.5  # samples of the lower rate that the filter sees
SHAPE: Final = 13.04  # of its Kaiser window: 127 dB between what passes and what does not
PIECE: Final = 1 << 18  # samples that are transformed at once, about


def resampled(blocks: Iterable[Array], rate: int, target: int) -> Array:
    """Blocks that are (N,) in all at ``rate`` Hz → (⌈N · target / rate⌉,) at ``target`` Hz.

    Nothing is shifted in time. Pieces go to their spectra, where the filter and the new rate are
    a product and a cut, and back; each sees as much beside it as the filter needs, so that it
    leaves no trace.
    """
    if rate == target:
        return np.concatenate([np.zeros(0, np.float32), *blocks])
    up, down = target // gcd(rate, target), rate // gcd(rate, target)
    taps = _filter(min(1.0, target / rate))
    margin = ceil(len(taps) / 2 / down)
    whole = 1 << (ceil(PIECE / max(up, down)) + 2 * margin).bit_length()
    step, size = (whole - 2 * margin) * down, whole * down
    gain = _spectrum(taps, size) * (up / down)
    pieces = _Pieces(blocks, margin * down, step, size)
    edge = margin * up
    parts = [
        _filtered(piece, gain, whole * up)[edge : whole * up - edge].astype(np.float32)
        for piece in pieces
    ]
    count = ceil(pieces.count * up / down)
    sound: Array = np.concatenate([np.zeros(0, np.float32), *parts])
    return sound[:count]


class _Pieces:
    """(size,) every ``step`` samples of what comes in blocks, from ``margin`` before the first.

    count: of the samples that came.
    """

    def __init__(self, blocks: Iterable[Array], margin: int, step: int, size: int) -> None:
        self.blocks, self.step, self.size = blocks, step, size
        self.waiting = np.zeros(margin, np.float32)
        self.count = 0

    def __iter__(self) -> Iterator[Array]:
        given = 0
        for block in self.blocks:
            self.count += len(block)
            self.waiting = np.concatenate((self.waiting, block))
            while len(self.waiting) >= self.size:
                yield self._next()
                given += self.step
        while given < self.count:
            self.waiting = np.pad(self.waiting, (0, max(0, self.size - len(self.waiting))))
            yield self._next()
            given += self.step

    def _next(self) -> Array:
        piece, self.waiting = self.waiting[: self.size], self.waiting[self.step :]
        return piece


def _filtered(samples: Array, gain: Double, size: int) -> Double:
    """(N,) filtered by ``gain`` and at another rate: (size,)."""
    spectrum = np.fft.rfft(samples.astype(np.float64)) * gain
    kept = np.zeros(size // 2 + 1, np.complex128)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return np.fft.irfft(kept, size)


def _filter(share: float) -> Double:
    """A low-pass at CUTOFF of ``share`` of the Nyquist frequency: a windowed sinc, centred."""
    half = LENGTH / 2 / share
    time = np.arange(-int(half), int(half) + 1)
    window = np.i0(SHAPE * np.sqrt(1 - (time / half) ** 2))
    taps = np.sinc(CUTOFF * share * time) * window
    return np.asarray(taps / taps.sum())


def _spectrum(taps: Double, size: int) -> Double:
    """The gain of each frequency of a transform of ``size`` samples; the phase stays."""
    centred = np.roll(np.pad(taps, (0, size - len(taps))), -(len(taps) // 2))
    return np.asarray(np.fft.rfft(centred).real)
