# SPDX-License-Identifier: GPL-3.0-or-later
"""When each word of a text is spoken: CMU Sphinx (pocketsphinx, BSD) aligns it with the speech.

Its acoustic model and dictionary are of American English. The words of a text are a grammar that
lets one follow the other; beyond a minute the search would lose its way, so that it sees a window
of the speech at a time, in which the text may end anywhere.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError

from . import pronunciation, timed_text
from .activity import spoken
from .audio import Array, load_speech, loudness
from .sizes import SAMPLE_RATE
from .transcript import DAMAGE, Tagged, Word, checked, load_transcript, spelled, tagged

LONGEST: Final = 25.0  # s that are aligned at a time, see above
WINDOWS: Final = (20.0, 10.0)  # s of a longer speech that are, and if nothing fits there
SETTLED: Final = (0.45, 0.85)  # of a window, where it is left for the next one
FASTEST: Final = 6.0  # words a second
MARGIN: Final = 0.25  # s around a phrase, whose times are rarely exact
FRAMES: Final = 100  # of the aligner, a second
HISS: Final = 3e-4  # of white noise: in digital silence the acoustic model is lost
BEAMS: Final[tuple[dict[str, float], ...]] = (  # the usual ones, and if those fail
    {},
    {"beam": 1e-120, "wbeam": 1e-100, "pbeam": 1e-120},
)
ENOUGH: Final = 0.8  # of what is spoken is in words: the search has not lost its way
LEAST: Final = 0.4  # … or else what was found is nothing
SKIPPED: Final = 1e-100  # likelihood that a word is not said: of those that are wrong
ENDING: Final = 1e-3  # that a window ends after a word
VARIANT: Final = re.compile(r"\(\d+\)$")  # "read(2)": another way to say it

Span = timed_text.Span
Times = dict[int, tuple[float, float]]  # number of a word → its first and last second
Progress = Callable[[float, str], None]


def _unheard(fraction: float, message: str) -> None:
    """Where nobody asks how far it is."""


def align(speech: str | Path, text: str | Path, progress: Progress = _unheard) -> list[Word]:
    """The words of the file TEXT with the seconds in which SPEECH says them.

    text: plain, or with times of phrases, as transcripts have. ``progress(fraction, sentence)``
    may raise to stop. Raises InputError for unusable files, without pocketsphinx, and where the
    text is not what is said.
    """
    path = paths.regular(text, "an existing text", paths.SETTINGS_BYTES)
    waveform = load_speech(speech)
    try:
        found = [checked(span) for span in timed_text.spans(path)]
    except timed_text.NoTimes:
        return aligned(waveform, timed_text.decoded(path.read_bytes()), speech, progress)
    except (*DAMAGE, ImportError):
        load_transcript(path)  # says in a sentence what is wrong
        raise
    return _said(_within_phrases(waveform, found, speech, progress), text)


def aligned(
    waveform: Array, text: str, speech: str | Path, progress: Progress = _unheard
) -> list[Word]:
    """The words of a plain TEXT in the (samples,) of SPEECH, a name for sentences.

    Raises InputError as ``align`` does.
    """
    ((pairs, _, _),) = tagged([(text, 0.0, 0.0)])
    return _said(list(_one_after_another(waveform, pairs, speech, progress)), "The text")


def _said(words: list[Word], text: str | Path) -> list[Word]:
    if not words:
        raise InputError(f"'{text}' has no words: write what is said.")
    return words


def _within_phrases(
    waveform: Array, found: Sequence[Span], speech: str | Path, progress: Progress
) -> list[Word]:
    """The words of phrases whose times are known roughly."""
    aligner, words = Aligner(), []
    for number, (pairs, first, last) in enumerate(tagged(found)):
        progress(number / len(found), "Aligning the words")
        if not pairs:
            continue
        begin = max(0.0, first - MARGIN)
        piece = waveform[round(begin * SAMPLE_RATE) : round((last + MARGIN) * SAMPLE_RATE)]
        times = aligner.times(piece, pairs)
        if not times:
            raise _not_said(pairs, speech, begin, last)
        words += _filled(pairs, times, begin, begin + len(piece) / SAMPLE_RATE)
    return words


def _one_after_another(
    waveform: Array, pairs: Tagged, speech: str | Path, progress: Progress
) -> Iterator[Word]:
    """The words of a text without times, a window of the speech after the other.

    Only the words in the first part of a window are settled: the next one begins in the pause
    after them, and what was guessed about the others is forgotten.
    """
    aligner, seconds = Aligner(), len(waveform) / SAMPLE_RATE
    begin = 0.0
    while pairs:
        progress(begin / seconds, "Aligning the words")
        window = _window(aligner, waveform, begin, pairs)
        if not window.times:
            raise _not_said(pairs, speech, begin, begin + window.length)
        count, end = window.settled if window.is_open else (len(pairs), window.length)
        times = {number: when for number, when in window.times.items() if number < count}
        yield from _filled(pairs[:count], times, begin, begin + end)
        pairs, begin = pairs[count:], begin + end


@dataclass(frozen=True)
class _Window:
    """``length`` s of a speech; is_open: the text goes on after it."""

    length: float
    times: Times
    is_open: bool

    @property
    def settled(self) -> tuple[int, float]:
        """How many words come before the widest pause in its later part, and its middle, s."""
        known = sorted(self.times)
        low, high = (share * self.length for share in SETTLED)
        pairs = [(one, after) for one, after in itertools.pairwise(known)
                 if low <= self.times[after][0] <= high]  # fmt: skip
        if not pairs:
            return known[-1] + 1, self.times[known[-1]][1]
        one, after = max(pairs, key=lambda two: self.times[two[1]][0] - self.times[two[0]][1])
        return after, (self.times[one][1] + self.times[after][0]) / 2


def _window(aligner: Aligner, waveform: Array, begin: float, pairs: Tagged) -> _Window:
    """The words that are said from BEGIN (s) on, as far as a window goes; {} if none are."""
    left = len(waveform) / SAMPLE_RATE - begin
    window = _Window(left, {}, is_open=False)
    for length in [left] if left <= LONGEST else WINDOWS:
        is_open = length < left
        here = pairs[: round(length * FASTEST)] if is_open else pairs
        piece = waveform[round(begin * SAMPLE_RATE) : round((begin + length) * SAMPLE_RATE)]
        times = aligner.times(piece, here, all_of_it=not is_open)
        window = _Window(length, times, is_open)
        if times:
            break
    return window


def _not_said(pairs: Tagged, speech: str | Path, first: float, last: float) -> InputError:
    words = paths.shown(" ".join(word for word, _ in pairs[:8]))
    return InputError(
        f"'{speech}' does not say “{words}” between {first:.1f} and {last:.1f} s, as far as "
        "English goes: correct the text."
    )


@dataclass(frozen=True)
class _Entry:
    """A word of a text that can be looked for: its number there, and its name in the grammar."""

    number: int
    name: str


class Aligner:
    """Looks for words in speech; what it has loaded and learnt to say serves all pieces."""

    def __init__(self) -> None:
        self._decoders: dict[int, Any] = {}

    def times(self, piece: Array, pairs: Tagged, *, all_of_it: bool = True) -> Times:
        """When each of the words is said in PIECE (samples,); {} where that is not what is said.

        all_of_it: whether the piece ends with the last word, or anywhere. Raises InputError
        without pocketsphinx.
        """
        if not len(piece):
            return {}
        hiss = np.random.default_rng(0).normal(0, HISS, len(piece))
        samples = np.clip((piece + hiss) * 32767, -32768, 32767).astype("<i2").tobytes()
        talking = spoken(loudness(piece, max(1, int(len(piece) / SAMPLE_RATE * FPS))))
        best: tuple[float, Times] = (LEAST, {})
        for tier in range(len(BEAMS)):
            decoder = self._decoder(tier)
            entries = list(_entries(decoder, [word for word, _ in pairs]))
            found = _searched(decoder, samples, entries, all_of_it) if entries else {}
            best = max(best, (_covered(found, talking), found), key=lambda one: one[0])
            if best[0] >= ENOUGH:
                break
        return best[1]

    def _decoder(self, tier: int) -> Any:
        if tier not in self._decoders:
            self._decoders[tier] = _loaded(BEAMS[tier])
        return self._decoders[tier]


def _covered(found: Times, talking: NDArray[np.bool_]) -> float:
    """Which share of the frames (T,) in which somebody talks is in words, less what is skipped.

    A search that lost its way hears silence from there on.
    """
    if not found:
        return 0.0
    frames = np.zeros(len(talking), bool)
    for first, last in found.values():
        frames[int(first * FPS) : ceil(last * FPS)] = True
    share = float((frames & talking).sum() / max(1, talking.sum()))
    return share * len(found) / (max(found) + 1)


def _loaded(beams: dict[str, float]) -> Any:
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise InputError(
            "Aligning needs the package pocketsphinx: tick Words in the add-on's preferences, or "
            "install it with 'pip install pocketsphinx'."
        ) from error
    return Decoder(lm=None, samprate=SAMPLE_RATE, loglevel="FATAL", **beams)


def _entries(decoder: Any, words: Sequence[str]) -> Iterator[_Entry]:
    """The WORDS that the dictionary has or that are guessed, as it spells them."""
    for number, word in enumerate(words):
        name = spelled(word).strip("'")
        if name and decoder.lookup_word(name) is None:
            phones = pronunciation.guessed(word, decoder.lookup_word)
            if not phones:
                continue
            decoder.add_word(name, phones, True)
        if name:
            yield _Entry(number, name)


def _searched(decoder: Any, samples: bytes, entries: Sequence[_Entry], all_of_it: bool) -> Times:
    """The times of ENTRIES in SAMPLES; without those that were skipped. {} if nothing fits."""
    _use(decoder, [entry.name for entry in entries], all_of_it)
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    heard = [one for one in decoder.seg() or () if one.word[0] not in "<[(+"]
    names = [VARIANT.sub("", one.word) for one in heard]
    matcher = difflib.SequenceMatcher(
        None, [entry.name for entry in entries], names, autojunk=False
    )
    return {
        entries[block.a + i].number: _seconds(heard[block.b + i])
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    }


def _seconds(segment: Any) -> tuple[float, float]:
    return segment.start_frame / FRAMES, (segment.end_frame + 1) / FRAMES


def _use(decoder: Any, names: Sequence[str], all_of_it: bool) -> None:
    """Let DECODER expect these words, one after the other."""
    end = len(names) if all_of_it else len(names) + 1
    steps = [(i, i + 1, 1.0, name) for i, name in enumerate(names)]
    skips = [(i, i + 1, SKIPPED) for i in range(len(names))]
    ends = [] if all_of_it else [(i, end, ENDING) for i in range(1, end)]
    decoder.add_fsg("text", decoder.create_fsg("text", 0, end, [*steps, *skips, *ends]))
    decoder.activate_search("text")


def _filled(pairs: Tagged, found: Times, begin: float, end: float) -> Iterator[Word]:
    """All words; those not found share the time between their neighbours by their length."""
    gap: Tagged = []
    free = begin
    for number, (text, tag) in enumerate(pairs):
        if number not in found:
            gap.append((text, tag))
            continue
        first, last = (begin + second for second in found[number])
        yield from _shared(gap, free, first)
        yield Word(text, first, last, tag)
        gap, free = [], last
    yield from _shared(gap, free, end)


def _shared(pairs: Tagged, first: float, last: float) -> Iterator[Word]:
    letters = sum(len(text) for text, _ in pairs)
    for text, tag in pairs:
        end = first + (last - first) * len(text) / letters
        yield Word(text, first, end, tag)
        first, letters = end, letters - len(text)
