# SPDX-License-Identifier: GPL-3.0-or-later
"""A sound file → mono at SAMPLE_RATE, block by block: an hour of it never stands there whole.

What the header declares is bounded before anything is decoded, and only the formats named here
are: libsndfile knows two dozen more, which nobody saves speech in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.errors import InputError

from .compiled import librosa, soxr
from .sizes import SAMPLE_RATE
from .wav_header import WavData, filled_in, wav_data

Array = NDArray[np.float32]

MIN_SECONDS: Final = 0.1
MAX_SECONDS: Final = 3600.0
RATES: Final = (2_000, 768_000)  # Hz, of files with speech in them
CHANNELS: Final = 64
LOUDEST: Final = float(1 << 31)  # of a sample, in files of numbers that were never scaled to 1
BLOCK: Final = 1 << 19  # numbers decoded at once, of all channels
VANISHED: Final = 0.1  # of the loudest channel: an average below it is of opposite channels
MP3_HEAD: Final = 4096  # bytes, within which the first frame tells how many there are

FORMATS: Final = frozenset(("WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3"))
HEADS: Final = (b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b"fLaC", b"OggS", b"ID3")


@dataclass(frozen=True)
class _Heard:
    """waveform: (samples,) mono at SAMPLE_RATE. frames: of the file. loudest: the channel.

    vanished: whether the channels' average is next to nothing although they are not.
    """

    waveform: Array
    frames: int
    loudest: int
    vanished: bool


def mono(path: str | Path) -> tuple[Array, float]:
    """(samples,) at SAMPLE_RATE and the seconds in the file.

    Channels are averaged; where they cancel each other out, the loudest speaks for all.
    Raises InputError, one sentence with the file's name, for anything but a sound file of 0.1 s
    to an hour, whole and finite.
    """
    path = paths.regular(path, "an existing speech file")
    if path.stat().st_size == 0:
        raise InputError(f"'{path}' is empty: choose a file with speech in it.")
    wav = wav_data(path)
    heard, missing, rate = _decoded(path, wav)
    if heard.vanished:
        heard, missing, rate = _decoded(path, wav, heard.loudest)
    _check_whole(path, heard.frames / rate, missing)
    return heard.waveform, heard.frames / rate


def _decoded(
    path: Path, wav: WavData | None, channel: int | None = None
) -> tuple[_Heard, float, int]:
    """What is heard, of one CHANNEL or the average; seconds that are missing; the file's rate."""
    if not _looks_like_sound(path):
        raise _unreadable(path)
    try:
        source = filled_in(path, wav) if wav and wav.streamed else path
        with soundfile.SoundFile(source) as file:
            if file.format not in FORMATS:
                raise _unreadable(path)
            _check_header(path, file)
            heard = _heard(path, file, channel)
            missing = wav.missing if wav else _missing(path, file, heard.frames)
            return heard, missing, file.samplerate
    except (soundfile.LibsndfileError, TypeError, OSError) as error:  # TypeError: called .raw
        raise _unreadable(path) from error


def _unreadable(path: Path) -> InputError:
    return InputError(
        f"'{path}' is not a sound file that can be read: save it as wav, flac, ogg or mp3."
    )


def _looks_like_sound(path: Path) -> bool:
    """Whether the first bytes are those of one of FORMATS, or of an MPEG frame."""
    with path.open("rb") as file:
        head = file.read(4)
    return head.startswith(HEADS) or (head[:1] == b"\xff" and head[1:2] >= b"\xe0")


def _check_header(path: Path, file: soundfile.SoundFile) -> None:
    rate, channels = file.samplerate, file.channels
    if not RATES[0] <= rate <= RATES[1] or channels > CHANNELS:
        raise InputError(
            f"'{path}' has {channels} channels of {rate} samples a second, which is no speech: "
            "export the sound again."
        )
    if file.frames / rate > MAX_SECONDS:
        raise InputError(f"'{path}' lasts over an hour: cut it into shorter files.")


def _heard(path: Path, file: soundfile.SoundFile, channel: int | None) -> _Heard:
    """The sound of an open file, resampled as it is decoded."""
    parts: list[Array] = []
    resampler = _Resampler(file.samplerate)
    powers, power, frames = np.zeros(file.channels), 0.0, 0
    for block in _blocks(path, file):
        line = block.mean(axis=1) if channel is None else block[:, channel]
        powers += np.square(block, dtype=np.float64).sum(axis=0)
        power += float(np.square(line, dtype=np.float64).sum())
        frames += len(block)
        parts.append(resampler.resampled(np.ascontiguousarray(line, np.float32)))
    parts.append(resampler.rest())
    length = int(np.ceil(frames * SAMPLE_RATE / file.samplerate))
    waveform = librosa.util.fix_length(np.concatenate(parts), size=length)
    vanished = channel is None and power < VANISHED**2 * powers.max()
    return _Heard(waveform, frames, int(powers.argmax()), bool(vanished and file.channels > 1))


def _blocks(path: Path, file: soundfile.SoundFile) -> Iterator[Array]:
    """(samples, channels) until the end. Raises InputError for what is no sound."""
    count = max(1, BLOCK // file.channels)
    while len(block := file.read(count, dtype="float32", always_2d=True)):
        if not np.isfinite(block).all() or np.abs(block).max() > LOUDEST:
            raise InputError(f"'{path}' has samples that are not numbers: export the sound again.")
        yield block


class _Resampler:
    """What librosa.resample gives, bit for bit, in pieces."""

    def __init__(self, rate: int) -> None:
        self._stream: Any = None
        if rate != SAMPLE_RATE:
            self._stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")

    def resampled(self, samples: Array) -> Array:
        """(samples,) at the file's rate → those at SAMPLE_RATE that are ready."""
        return samples if self._stream is None else self._stream.resample_chunk(samples)

    def rest(self) -> Array:
        """What is left at the end."""
        nothing = np.zeros(0, np.float32)
        return nothing if self._stream is None else self._stream.resample_chunk(nothing, last=True)


def _missing(path: Path, file: soundfile.SoundFile, samples: int) -> float:
    """Seconds that an MP3 file announces beyond these samples; without a count it is a guess."""
    if file.format != "MP3":
        return 0.0
    with path.open("rb") as content:
        head = content.read(MP3_HEAD)
    counted = b"Xing" in head or b"Info" in head
    return float(file.frames - samples) / file.samplerate if counted else 0.0


def _check_whole(path: Path, seconds: float, missing: float) -> None:
    if missing > MIN_SECONDS:
        raise InputError(
            f"'{path}' is cut short: it announces {seconds + missing:.1f} s and holds "
            f"{seconds:.1f} s: copy it again, or save what is there as a new file."
        )
    if seconds < MIN_SECONDS:
        raise InputError(f"'{path}' holds {seconds:.2f} s of sound: at least 0.1 s are needed.")
