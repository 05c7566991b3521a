# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound files → samples: plain wav by numpy alone, others by libsndfile, or else by ``decoder``.

Only the formats named here are decoded: libsndfile knows two dozen more, which nobody saves
speech in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import decoder
from ha2g_engine.errors import InputError

from . import announced
from .wav_header import Form, WavData, filled_in, wav_data

Array = NDArray[np.float32]

BLOCK: Final = 1 << 19  # numbers decoded at once, of all channels
MP3_HEAD: Final = 4096  # bytes, within which the first frame tells how many there are
FORMATS: Final = frozenset(("WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3"))
HEADS: Final = (b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b"fLaC", b"OggS", b"ID3")
WHOLE, FLOATING = 1, 3  # codes of a wav file's numbers
KINDS: Final = {  # (code, bits): numpy's type
    (WHOLE, 8): "u1",
    (WHOLE, 16): "<i2",
    (WHOLE, 24): "u1",
    (WHOLE, 32): "<i4",
    (FLOATING, 32): "<f4",
    (FLOATING, 64): "<f8",
}


@dataclass(frozen=True)
class Source:
    """An open sound file. frames: samples of a channel that its header declares.

    read: so many frames at most, (n, channels) in [-1, 1], none at the end. missing: of so many
    frames that were read, the seconds that the file announces beyond them.
    """

    rate: int
    channels: int
    frames: int
    read: Callable[[int], Array]
    missing: Callable[[int], float]

    def blocks(self) -> Iterator[Array]:
        """(n, channels) until the end."""
        count = max(1, BLOCK // self.channels)
        while len(block := self.read(count)):
            yield block


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """A file, of which nothing is decoded yet. Raises InputError for what is no sound, or cut."""
    if not _looks_like_sound(path):
        raise _unreadable(path)
    if announced.lacks_end(path):
        raise InputError(
            f"'{path}' is cut short: its end is missing: copy it again, or save what is there as "
            "a new file."
        )
    wav = wav_data(path)
    if wav and _is_plain(wav.form):
        with _plain(path, wav) as source:
            yield source
    elif find_spec("soundfile"):
        with _by_libsndfile(path, wav) as source:
            yield source
    else:
        with _by_decoder(path) as source:
            yield source


def _unreadable(path: Path) -> InputError:
    return InputError(
        f"'{path}' is not a sound file that can be read: save it as wav, flac, ogg or mp3."
    )


def _looks_like_sound(path: Path) -> bool:
    """Whether the first bytes are those of one of FORMATS, or of an MPEG frame."""
    with path.open("rb") as file:
        head = file.read(4)
    return head.startswith(HEADS) or (head[:1] == b"\xff" and head[1:2] >= b"\xe0")


def _is_plain(form: Form) -> bool:
    return (form.code, form.bits) in KINDS and form.channels > 0 and form.samples > 0


@contextmanager
def _plain(path: Path, wav: WavData) -> Iterator[Source]:
    """A wav file of whole or floating numbers."""
    form = wav.form
    frame = form.channels * form.bits // 8
    frames = (wav.announced if 0 < wav.announced < wav.there else wav.there) // frame
    left = frames
    with path.open("rb") as file:
        file.seek(wav.start)

        def read(count: int) -> Array:
            nonlocal left
            content = file.read(min(count, left) * frame)
            left -= len(content) // frame
            numbers = np.frombuffer(content, KINDS[form.code, form.bits])
            return _scaled(numbers, form).reshape(-1, form.channels)

        yield Source(form.samples, form.channels, frames, read, lambda _frames: wav.missing)


def _scaled(numbers: NDArray[Any], form: Form) -> Array:
    """To [-1, 1]; three bytes a number where it has 24 bits."""
    if form.code == FLOATING:
        with np.errstate(over="ignore"):  # becomes infinite, and is refused as that
            return numbers.astype(np.float32)
    if form.bits == 8:  # the only ones without a sign
        return (numbers.astype(np.float32) - 128) / 128
    if form.bits == 24:
        wide = np.zeros((len(numbers) // 3, 4), np.uint8)
        wide[:, 1:] = numbers.reshape(-1, 3)
        numbers = wide.view("<i4")
    return (numbers * 2.0 ** -(8 * numbers.itemsize - 1)).astype(np.float32)


@contextmanager
def _by_libsndfile(path: Path, wav: WavData | None) -> Iterator[Source]:
    import soundfile

    try:
        with soundfile.SoundFile(filled_in(path, wav) if wav and wav.streamed else path) as file:
            if file.format not in FORMATS:
                raise _unreadable(path)

            def read(count: int) -> Array:
                return np.asarray(file.read(count, dtype="float32", always_2d=True), np.float32)

            def missing(frames: int) -> float:
                return wav.missing if wav else _missing(path, file, frames)

            yield Source(file.samplerate, file.channels, file.frames, read, missing)
    except (soundfile.LibsndfileError, TypeError, OSError) as error:  # TypeError: called .raw
        raise _unreadable(path) from error


def _missing(path: Path, file: Any, samples: int) -> float:
    """Seconds that an MP3 file announces beyond these samples; without a count it is a guess."""
    if file.format != "MP3":
        return 0.0
    with path.open("rb") as content:
        head = content.read(MP3_HEAD)
    counted = b"Xing" in head or b"Info" in head
    return float(file.frames - samples) / file.samplerate if counted else 0.0


@contextmanager
def _by_decoder(path: Path) -> Iterator[Source]:
    content = decoder.decoded(path, ".wav")
    wav = wav_data(content) if content else None
    if content is None or wav is None or not _is_plain(wav.form):
        raise InputError(f"'{path}' is no sound that can be read here: save it as wav.")
    with _plain(content, wav) as source:

        def missing(frames: int) -> float:
            return max(0, announced.samples(path, source.rate) - frames) / source.rate

        yield replace(source, missing=missing)
