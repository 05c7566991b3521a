# SPDX-License-Identifier: GPL-3.0-or-later
"""When each word of a text is spoken: CMU Sphinx (pocketsphinx, BSD) aligns it with the speech.

Its acoustic model and dictionary are of American English. A word that the dictionary does not
know has its share of the time between its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ha2g_engine import paths
from ha2g_engine.errors import InputError

from . import timed_text
from .audio import Array, load_speech
from .sizes import SAMPLE_RATE
from .transcript import DAMAGE, Word, checked, load_transcript, spelled

LONGEST: Final = 60.0  # s that are aligned at a time: beyond, the search loses its way
MARGIN: Final = 0.25  # s around a phrase, whose times are rarely exact
FRAMES: Final = 100  # of the aligner, a second
BEAMS: Final[tuple[dict[str, float], ...]] = (  # the usual ones, and if those fail
    {},
    {"beam": 1e-120, "wbeam": 1e-100, "pbeam": 1e-120},
)
VARIANT: Final = re.compile(r"\(\d+\)$")  # "read(2)": another way to say it

Span = timed_text.Span


def align(speech: str | Path, text: str | Path) -> list[Word]:
    """The words of the file TEXT with the seconds in which SPEECH says them.

    text: plain, for up to LONGEST s; or with times of phrases, as transcripts have, for any
    length. Raises InputError for unusable files, without pocketsphinx, and where the text is not
    what is said.
    """
    waveform = load_speech(speech)
    seconds = len(waveform) / SAMPLE_RATE
    words = [word for span in _phrases(text, seconds) for word in _timed(waveform, span, speech)]
    if not words:
        raise InputError(f"'{text}' has no words: write what is said.")
    return words


def _phrases(text: str | Path, seconds: float) -> list[Span]:
    """What is said and roughly when. Raises InputError for plain text of a long speech."""
    path = paths.regular(text, "an existing text", paths.SETTINGS_BYTES)
    try:
        return [checked(span) for span in timed_text.spans(path)]
    except timed_text.NoTimes:
        if seconds <= LONGEST:
            return [(timed_text.decoded(path.read_bytes()), 0.0, seconds)]
        raise InputError(
            f"'{text}' has no times, and the speech is longer than {LONGEST:.0f} s: cut it, or "
            "give phrases with times, such as SRT."
        ) from None
    except (*DAMAGE, ImportError):
        load_transcript(path)  # says in a sentence what is wrong
        raise


def _timed(waveform: Array, span: Span, speech: str | Path) -> list[Word]:
    """The words of one phrase. Raises InputError where they are not what is said there."""
    text, first, last = span
    tokens = [token for token in text.split() if re.search(r"\w", token)]
    if not tokens:
        return []
    begin = max(0.0, first - MARGIN)
    piece = waveform[round(begin * SAMPLE_RATE) : round((last + MARGIN) * SAMPLE_RATE)]
    for beams in BEAMS:
        found = _aligned(piece, tokens, beams)
        if found:
            end = begin + len(piece) / SAMPLE_RATE
            return list(_filled(tokens, found, begin, end))
    raise InputError(
        f"'{speech}' does not say “{paths.shown(' '.join(tokens[:8]))}” between {begin:.1f} and "
        f"{last:.1f} s, as far as English goes: correct the text."
    )


def _aligned(
    piece: Array, tokens: Sequence[str], beams: dict[str, float]
) -> dict[int, tuple[float, float]]:
    """Number of a known token → its first and last second in PIECE; {} where nothing fits."""
    decoder = _decoder(beams)
    plain = [_plain(token) for token in tokens]
    known = [number for number, word in enumerate(plain) if decoder.lookup_word(word) is not None]
    if not known or not len(piece):
        return {}
    decoder.set_align_text(" ".join(plain[number] for number in known))
    decoder.start_utt()
    samples = np.clip(piece * 32767, -32768, 32767).astype("<i2")
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    said = [one for one in decoder.seg() or () if one.word[0] not in "<["]
    if [VARIANT.sub("", one.word) for one in said] != [plain[number] for number in known]:
        return {}
    return {
        number: (one.start_frame / FRAMES, (one.end_frame + 1) / FRAMES)
        for number, one in zip(known, said, strict=True)
    }


def _plain(token: str) -> str:
    """As the dictionary spells it."""
    return spelled(token).strip("'")


def _decoder(beams: dict[str, float]) -> Any:
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise InputError(
            "Aligning needs the package pocketsphinx: tick Words in the add-on's preferences, or "
            "install it with 'pip install pocketsphinx'."
        ) from error
    return Decoder(lm=None, samprate=SAMPLE_RATE, loglevel="FATAL", **beams)


def _filled(
    tokens: Sequence[str], found: dict[int, tuple[float, float]], begin: float, end: float
) -> Iterator[Word]:
    """All words; unknown ones share the time between their neighbours by their length."""
    gap: list[str] = []
    free = begin
    for number, token in enumerate(tokens):
        if number not in found:
            gap.append(token)
            continue
        first, last = (begin + second for second in found[number])
        yield from _shared(gap, free, first)
        yield Word(token, first, last)
        gap, free = [], last
    yield from _shared(gap, free, end)


def _shared(tokens: Sequence[str], first: float, last: float) -> Iterator[Word]:
    letters = sum(map(len, tokens))
    for token in tokens:
        end = first + (last - first) * len(token) / letters
        yield Word(token, first, end)
        first, letters = end, letters - len(token)
