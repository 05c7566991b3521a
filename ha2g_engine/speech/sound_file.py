# SPDX-License-Identifier: GPL-3.0-or-later
"""A sound file → mono at SAMPLE_RATE, block by block: an hour of it never stands there whole.

What the header declares is bounded before anything is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.errors import InputError

from .decoding import Source, opened
from .resampling import resampled
from .sizes import SAMPLE_RATE

Array = NDArray[np.float32]

MIN_SECONDS: Final = 0.1
MAX_SECONDS: Final = 3600.0
RATES: Final = (2_000, 768_000)  # Hz, of files with speech in them
CHANNELS: Final = 64
SIDES: Final = ("left", "right")  # channels by name
LOUDEST: Final = float(1 << 31)  # of a sample, in files of numbers that were never scaled to 1
VANISHED: Final = 0.1  # of the loudest channel: an average below it is of opposite channels


def mono(path: str | Path, channel: str = "") -> tuple[Array, float]:
    """(samples,) at SAMPLE_RATE and the seconds in the file.

    channel: one of SIDES, which is heard alone. Else channels are averaged; where they cancel
    each other out, the loudest speaks for all.
    Raises InputError, one sentence with the file's name, for anything but a sound file of 0.1 s
    to an hour, whole and finite.
    """
    path = paths.regular(path, "an existing speech file")
    if path.stat().st_size == 0:
        raise InputError(f"'{path}' is empty: choose a file with speech in it.")
    if channel:
        waveform, mix = _heard(path, SIDES.index(channel))
        return waveform, mix.seconds
    waveform, mix = _heard(path)
    if mix.vanished:
        waveform, mix = _heard(path, mix.loudest)
    return waveform, mix.seconds


@dataclass
class _Mix:
    """The channels of a file in one line, and how loud they were.

    channel: which one speaks alone; None for the average of all.
    """

    path: Path
    source: Source
    channel: int | None
    frames: int = 0
    power: float = 0.0
    powers: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.powers = np.zeros(self.source.channels)

    def blocks(self) -> Iterator[Array]:
        """(n,) until the end. Raises InputError for numbers that are no sound."""
        share = np.full(self.source.channels, 1 / self.source.channels, np.float32)
        for block in self.source.blocks():
            if not np.isfinite(block).all() or np.abs(block).max() > LOUDEST:
                raise InputError(
                    f"'{self.path}' has samples that are not numbers: export the sound again."
                )
            line = block @ share if self.channel is None else block[:, self.channel]
            self.powers += [float(np.vdot(one, one)) for one in block.T]
            self.power += float(np.vdot(line, line))
            self.frames += len(block)
            yield np.ascontiguousarray(line)

    @property
    def seconds(self) -> float:
        return self.frames / self.source.rate

    @property
    def vanished(self) -> bool:
        """Whether the average is next to nothing although the channels are not."""
        averaged = self.channel is None and self.source.channels > 1
        return bool(averaged and self.power < VANISHED**2 * self.powers.max())

    @property
    def loudest(self) -> int:
        return int(self.powers.argmax())


def _heard(path: Path, channel: int | None = None) -> tuple[Array, _Mix]:
    """(samples,) at SAMPLE_RATE of one CHANNEL or the average. Raises InputError."""
    with opened(path) as source:
        _check_header(path, source)
        if channel is not None and channel >= source.channels:
            raise InputError(
                f"'{path}' has one channel, and its {SIDES[channel]} one was asked for: choose a "
                "recording in stereo, or leave the channel out."
            )
        mix = _Mix(path, source, channel)
        waveform = resampled(mix.blocks(), source.rate, SAMPLE_RATE)
        _check_whole(path, mix.seconds, source.missing(mix.frames))
    return waveform, mix


def _check_header(path: Path, source: Source) -> None:
    rate, channels = source.rate, source.channels
    if not RATES[0] <= rate <= RATES[1] or channels > CHANNELS:
        raise InputError(
            f"'{path}' has {channels} channels of {rate} samples a second, which is no speech: "
            "export the sound again."
        )
    if source.frames / rate > MAX_SECONDS:
        raise InputError(f"'{path}' lasts over an hour: cut it into shorter files.")


def _check_whole(path: Path, seconds: float, missing: float) -> None:
    if missing > MIN_SECONDS:
        raise InputError(
            f"'{path}' is cut short: it announces {seconds + missing:.1f} s and holds "
            f"{seconds:.1f} s: copy it again, or save what is there as a new file."
        )
    if seconds < MIN_SECONDS:
        raise InputError(f"'{path}' holds {seconds:.2f} s of sound: at least 0.1 s are needed.")
