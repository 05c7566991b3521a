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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError

from . import pronunciation, timed_text
from .activity import runs, spoken
from .audio import Array, load_speech, loudness
from .sizes import SAMPLE_RATE
from .transcript import DAMAGE, Tagged, Word, checked, load_transcript, spelled, tagged

LONGEST: Final = 25.0  # s that are aligned at a time, see above
LOST: Final = 0.7  # s in which somebody talks and no word is heard: the search lost its way
LEAST: Final = 0.4  # of what is spoken is in words, or the text is not what is said
WINDOW: Final = 20.0  # s of a longer speech that are
SHORT: Final = 10.0  # … and if the search loses its way early
SETTLED: Final = (0.45, 0.85)  # of a window, where it is left for the next one
FASTEST: Final = 6.0  # words a second
MARGIN: Final = 0.25  # s around a phrase, whose times are rarely exact
FRAMES: Final = 100  # of the aligner, a second
HISS: Final = 3e-4  # of white noise: in digital silence the acoustic model is lost


@dataclass(frozen=True)
class Search:
    """How wide a search is, and how likely it takes a word for not said (one that is wrong).

    What is too unlikely for the beams is never taken.
    """

    beams: dict[str, float]
    skipped: float


SEARCHES: Final = (  # the usual one, and where that skips a word or loses its way
    Search({}, 1e-100),
    Search({"beam": 1e-120, "wbeam": 1e-100, "pbeam": 1e-120}, 1e-60),
)
PAUSES: Final = 0.5  # how likely one is between two words; 0.005 would let words swallow it
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
    return _said(_one_after_another(waveform, pairs, speech, progress), "The text")


def _said(words: list[Word], text: str | Path) -> list[Word]:
    if not words:
        raise InputError(f"'{text}' has no words: write what is said.")
    return words


def _within_phrases(
    waveform: Array, found: Sequence[Span], speech: str | Path, progress: Progress
) -> list[Word]:
    """The words of phrases whose times are known roughly."""
    aligner = Aligner()
    words: list[Word] = []
    for number, (pairs, first, last) in enumerate(tagged(found)):
        progress(number / len(found), "Aligning the words")
        if not pairs:
            continue
        begin = max(0.0, first - MARGIN)
        piece = waveform[round(begin * SAMPLE_RATE) : round((last + MARGIN) * SAMPLE_RATE)]
        times = aligner.found(piece, pairs, is_open=False).times
        if not times or _covered(times.values(), _talking(piece)) < LEAST:
            raise _not_said(pairs, speech, begin, last)
        words += _filled(pairs, times, begin, begin + len(piece) / SAMPLE_RATE)
    return words


def _one_after_another(
    waveform: Array, pairs: Tagged, speech: str | Path, progress: Progress
) -> list[Word]:
    """The words of a text without times, a window of the speech after the other.

    Only the words in the first part of a window are settled: the next one begins in the pause
    after them, and what was guessed about the others is forgotten.
    """
    aligner, seconds = Aligner(), len(waveform) / SAMPLE_RATE
    words: list[Word] = []
    begin, left = 0.0, pairs
    while left:
        progress(begin / seconds, "Aligning the words")
        window = _window(aligner, waveform, begin, left)
        count, end = window.settled if window.goes_on else (len(left), window.length)
        times = {number: when for number, when in window.times.items() if number < count}
        words += _filled(left[:count], times, begin, begin + end)
        left, begin = left[count:], begin + end
    spans = [(word.start, word.end) for word in words]
    if words and _covered(spans, _talking(waveform)) < LEAST:
        raise _not_said(pairs, speech, 0.0, seconds)
    return words


@dataclass(frozen=True)
class _Window:
    """``length`` s of a speech and when its words are said, which is known up to ``sure`` s.

    is_last: whether the text ends with it.
    """

    length: float
    times: Times
    sure: float
    is_last: bool

    @property
    def goes_on(self) -> bool:
        """Whether the rest of the text is to be looked for once more."""
        return bool(self.times) and not (self.is_last and self.sure >= self.length)

    @property
    def settled(self) -> tuple[int, float]:
        """How many words come before the widest pause in its later part, and its middle, s.

        At least one, so that there is an end to it.
        """
        known, end = sorted(self.times), min(self.length, self.sure)
        low, high = (share * end for share in SETTLED)
        pairs = [(one, after) for one, after in itertools.pairwise(known)
                 if low <= self.times[after][0] <= high]  # fmt: skip
        if not pairs:
            last = next((n for n in reversed(known) if self.times[n][1] <= end), known[0])
            return last + 1, self.times[last][1]
        one, after = max(pairs, key=lambda two: self.times[two[1]][0] - self.times[two[0]][1])
        return after, (self.times[one][1] + self.times[after][0]) / 2


def _window(aligner: Aligner, waveform: Array, begin: float, pairs: Tagged) -> _Window:
    """What is said from BEGIN (s) on, in the longest window in which the search finds its way."""
    left = max(0.0, len(waveform) / SAMPLE_RATE - begin)
    best = _Window(left, {}, 0.0, is_last=True)
    for length in [left, SHORT] if left <= LONGEST else [WINDOW, SHORT]:
        is_last = length >= left
        here = pairs if is_last else pairs[: round(length * FASTEST)]
        piece = waveform[round(begin * SAMPLE_RATE) : round((begin + length) * SAMPLE_RATE)]
        found = aligner.found(piece, here, is_open=not is_last)
        window = _Window(length, found.times, found.sure, is_last)
        if window.sure > best.sure:
            best = window
        if best.sure >= min(SHORT, left):
            break
    return best


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


@dataclass(frozen=True)
class Found:
    """When words are said, and up to which second of the piece that is to be believed.

    score: how likely the whole of it is, of the same piece the higher the likelier.
    """

    times: Times
    sure: float
    score: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing was skipped and no way lost: another search would find the same."""
        return self.sure == inf and len(self.times) == max(self.times) + 1


NOTHING: Final = Found({}, 0.0, 0)


class Aligner:
    """Looks for words in speech; what it has loaded and learnt to say serves all pieces."""

    def __init__(self) -> None:
        self._decoders: dict[int, Any] = {}

    def found(self, piece: Array, pairs: Tagged, *, is_open: bool) -> Found:
        """When each of the words is said in PIECE (samples,).

        is_open: whether it may end after any of them. Raises InputError without pocketsphinx.
        """
        if not len(piece):
            return NOTHING
        hiss = np.random.default_rng(0).normal(0, HISS, len(piece))
        samples = np.clip((piece + hiss) * 32767, -32768, 32767).astype("<i2").tobytes()
        best, words = NOTHING, [word for word, _ in pairs]
        for tier, search in enumerate(SEARCHES):
            decoder = self._decoder(tier)
            entries = list(_entries(decoder, words))
            times, score = (
                _searched(decoder, samples, entries, search.skipped, is_open)
                if entries
                else ({}, 0)
            )
            if times and (not best.times or score > best.score):
                best = Found(times, _sure_until(times, _talking(piece)), score)
            if best.is_whole:
                break
        return best

    def _decoder(self, tier: int) -> Any:
        if tier not in self._decoders:
            self._decoders[tier] = _loaded(SEARCHES[tier].beams)
        return self._decoders[tier]


def _talking(waveform: Array) -> NDArray[np.bool_]:
    """(T,) whether somebody talks in each frame, FPS of them a second."""
    return spoken(loudness(waveform, max(1, int(len(waveform) / SAMPLE_RATE * FPS))))


def _outside(spans: Iterable[tuple[float, float]], frames: int) -> NDArray[np.bool_]:
    """(frames,) whether a frame is in none of the SPANS, s."""
    outside = np.ones(frames, bool)
    for first, last in spans:
        outside[int(first * FPS) : ceil(last * FPS)] = False
    return outside


def _covered(spans: Iterable[tuple[float, float]], talking: NDArray[np.bool_]) -> float:
    """Which share of the frames in which somebody talks is in SPANS, 0 to 1."""
    return 1.0 - float((_outside(spans, len(talking)) & talking).sum() / max(1, talking.sum()))


def _sure_until(times: Times, talking: NDArray[np.bool_]) -> float:
    """Up to which second the search found its way; inf for all of it.

    One that loses it hears silence, or no word, where somebody talks.
    """
    missed = runs(_outside(times.values(), len(talking)) & talking)
    lost = [first for first, behind in missed if behind - first > LOST * FPS]
    return float(lost[0] / FPS) if lost else inf if times else 0.0


def _loaded(beams: dict[str, float]) -> Any:
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise InputError(
            "Plain text is aligned by the full engine with pocketsphinx: tick Words in the "
            "add-on's preferences and set it up, or 'pip install pocketsphinx'; a text with times, "
            "such as SRT, needs neither."
        ) from error
    return Decoder(lm=None, samprate=SAMPLE_RATE, loglevel="FATAL", silprob=PAUSES, **beams)


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


def _searched(
    decoder: Any, samples: bytes, entries: Sequence[_Entry], skipped: float, is_open: bool
) -> tuple[Times, int]:
    """The times of ENTRIES in SAMPLES, without those that were skipped, and how likely they are."""
    _use(decoder, [entry.name for entry in entries], skipped, is_open)
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    heard = [one for one in decoder.seg() or () if one.word[0] not in "<[(+"]
    names = [VARIANT.sub("", one.word) for one in heard]
    known = [entry.name for entry in entries]
    blocks = difflib.SequenceMatcher(None, known, names, autojunk=False).get_matching_blocks()
    found = {
        entries[block.a + i].number: _seconds(heard[block.b + i])
        for block in blocks
        for i in range(block.size)
    }
    return found, decoder.hyp().score if found else 0


def _seconds(segment: Any) -> tuple[float, float]:
    return segment.start_frame / FRAMES, (segment.end_frame + 1) / FRAMES


def _use(decoder: Any, names: Sequence[str], skipped: float, is_open: bool) -> None:
    """Let DECODER expect these words, one after the other."""
    end = len(names) + is_open
    steps = [(i, i + 1, 1.0, name) for i, name in enumerate(names)]
    skips = [(i, i + 1, skipped) for i in range(len(names))]
    ends = [(i, end, ENDING) for i in range(1, end)] if is_open else []
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
