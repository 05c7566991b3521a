# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound files → samples: plain wav by numpy alone, others by libsndfile, or else by ``decoder``."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import decoder
from ha2g_engine.errors import InputError

from .wav_header import Form, WavData, filled_in, wav_data

Array = NDArray[np.float32]
Decoded = tuple[Array, int, float]  # (samples, channels), their rate, seconds that are missing

MP3_HEAD: Final = 4096  # bytes, within which the first frame tells how many there are
WHOLE, FLOATING = 1, 3  # codes of a wav file's numbers
KINDS: Final = {  # (code, bits): numpy's type
    (WHOLE, 8): "u1",
    (WHOLE, 16): "<i2",
    (WHOLE, 24): "u1",
    (WHOLE, 32): "<i4",
    (FLOATING, 32): "<f4",
    (FLOATING, 64): "<f8",
}


def decoded(path: Path) -> Decoded:
    """A file's samples in [-1, 1], their rate, and what it announces beyond them.

    Raises InputError for what is no sound.
    """
    wav = wav_data(path)
    if wav and _is_plain(wav.form):
        return _plain(path, wav), wav.form.samples, wav.missing
    if find_spec("soundfile"):
        return _by_libsndfile(path, wav)
    content = decoder.decoded(path, ".wav")
    wav = wav_data(content) if content else None
    if content is None or wav is None or not _is_plain(wav.form):
        raise InputError(f"'{path}' is no sound that can be read here: save it as wav.")
    return _plain(content, wav), wav.form.samples, 0.0


def _unreadable(path: Path) -> InputError:
    return InputError(
        f"'{path}' is not a sound file that can be read: save it as wav, flac, ogg or mp3."
    )


def _is_plain(form: Form) -> bool:
    return (form.code, form.bits) in KINDS and form.channels > 0 and form.samples > 0


def _plain(path: Path, wav: WavData) -> Array:
    """(samples, channels) of a wav file of whole or floating numbers."""
    frame = wav.form.channels * wav.form.bits // 8
    known = wav.announced if 0 < wav.announced < wav.there else wav.there
    with path.open("rb") as file:
        file.seek(wav.start)
        content = file.read(known // frame * frame)
    numbers = np.frombuffer(content, KINDS[wav.form.code, wav.form.bits])
    return _scaled(numbers, wav.form).reshape(-1, wav.form.channels)


def _scaled(numbers: NDArray[Any], form: Form) -> Array:
    """To [-1, 1]; three bytes a number where it has 24 bits."""
    if form.code == FLOATING:
        return numbers.astype(np.float32)
    if form.bits == 8:  # the only ones without a sign
        return (numbers.astype(np.float32) - 128) / 128
    if form.bits == 24:
        wide = np.zeros((len(numbers) // 3, 4), np.uint8)
        wide[:, 1:] = numbers.reshape(-1, 3)
        numbers = wide.view("<i4")
    return (numbers * 2.0 ** -(8 * numbers.itemsize - 1)).astype(np.float32)


def _by_libsndfile(path: Path, wav: WavData | None) -> Decoded:
    import soundfile

    source = io.BytesIO(filled_in(path, wav)) if wav and wav.streamed else path
    try:
        with soundfile.SoundFile(source) as file:
            samples = file.read(dtype="float32", always_2d=True)
            missing = wav.missing if wav else _missing(path, file, len(samples))
            return samples, file.samplerate, missing
    except soundfile.LibsndfileError as error:
        raise _unreadable(path) from error


def _missing(path: Path, file: Any, samples: int) -> float:
    """Seconds that an MP3 file announces beyond these samples; without a count it is a guess."""
    if file.format != "MP3":
        return 0.0
    with path.open("rb") as content:
        head = content.read(MP3_HEAD)
    counted = b"Xing" in head or b"Info" in head
    return float(file.frames - samples) / file.samplerate if counted else 0.0
