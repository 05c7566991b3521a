# SPDX-License-Identifier: GPL-3.0-or-later
"""When each word of a text is spoken.

A speech is heard in the words of its text, a piece at a time. Where several of them are heard in
their order, they are known; what lies between is looked for there, word after word. So a wrong
word costs its neighbours nothing, and no place is so far away that the rest is lost. After P. J.
Moreno and others, "A recursive algorithm for the forced alignment of very long audio segments",
ICSLP 1998.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError

from . import timed_text
from .activity import spoken
from .audio import Array, load_speech, loudness
from .recognisers import whisper
from .recognisers.sphinx import Ear, Heard
from .sizes import SAMPLE_RATE
from .transcript import DAMAGE, Tagged, Word, checked, load_transcript, tagged

PIECE: Final = (15.0, 20.0)  # s that are heard at a time; between the two it is cut
LONGEST: Final = 30.0  # s in which words are looked for in order: beyond, the search is lost
RUN: Final = 2  # words heard in the text's order, that are believed
DOUBTFUL: Final = 0.4  # of the words, and of what is spoken in them, are heard in a right text
LEAST: Final = 0.4  # of what is spoken is in words, or the text is not what is said
ENOUGH: Final = 0.8  # of the voice that other words explain, for those of the text to be believed
SLACK: Final = 0.03  # s by which a word that is heard may reach over another
MARGIN: Final = 0.25  # s around a phrase, whose times are rarely exact

Span = tuple[float, float]  # first and last second
Times = dict[int, Span]  # number of a word → when it is said
Progress = Callable[[float, str], None]
Tell = Callable[[str], None]


def _untold(sentence: str) -> None:
    """Nobody asks."""


def _unheard(fraction: float, message: str) -> None:
    """Where nobody asks how far it is."""


def align(
    speech: str | Path, text: str | Path, progress: Progress = _unheard, tell: Tell = _untold
) -> list[Word]:
    """The words of the file TEXT with the seconds in which SPEECH says them.

    text: plain, or with times of phrases, as transcripts have. ``progress(fraction, sentence)``
    may raise to stop; ``tell(sentence)`` hears where a plain text is hardly what is said. Raises
    InputError for unusable files, without pocketsphinx, and where the text is not what is said.
    """
    path = paths.regular(text, "an existing text", paths.SETTINGS_BYTES)
    waveform = load_speech(speech)
    try:
        found = [checked(span) for span in timed_text.spans(path)]
    except timed_text.NoTimes:
        return aligned(waveform, timed_text.decoded(path.read_bytes()), speech, progress, tell)
    except (*DAMAGE, ImportError):
        load_transcript(path)  # says in a sentence what is wrong
        raise
    return _some(_within_phrases(waveform, found, speech, progress), text)


def aligned(
    waveform: Array,
    text: str,
    speech: str | Path,
    progress: Progress = _unheard,
    tell: Tell = _untold,
) -> list[Word]:
    """The words of a plain TEXT in the (samples,) of SPEECH, a name for sentences.

    Raises InputError as ``align`` does.
    """
    ((pairs, _, _),) = tagged([(text, 0.0, 0.0)])
    ear = Ear([word for word, _ in _some(pairs, "The text")])
    return _words(ear, waveform, pairs, 0, 0.0, speech, progress, tell)


def recognised(waveform: Array, speech: str | Path, progress: Progress = _unheard) -> list[Word]:
    """The words in the (samples,) of SPEECH as Whisper hears them, aligned if they are English.

    Raises InputError without Whisper, and where nobody speaks.
    """
    words, is_english = whisper.heard(waveform, speech, progress)
    if not is_english:
        return words
    return aligned(waveform, " ".join(word.text for word in words), speech, progress)


def _some(words: list[Any], text: str | Path) -> list[Any]:
    if not words:
        raise InputError(f"'{text}' has no words: write what is said.")
    return words


def _within_phrases(
    waveform: Array, found: Sequence[timed_text.Span], speech: str | Path, progress: Progress
) -> list[Word]:
    """The words of phrases whose times are known roughly."""
    phrases = tagged(found)
    ear = Ear([word for pairs, _, _ in phrases for word, _ in pairs])
    words: list[Word] = []
    for number, (pairs, first, last) in enumerate(phrases):
        progress(number / len(phrases), "Aligning the words")
        begin = max(0.0, first - MARGIN)
        piece = waveform[round(begin * SAMPLE_RATE) : round((last + MARGIN) * SAMPLE_RATE)]
        words += _words(ear, piece, pairs, len(words), begin, speech) if pairs else []
    return words


def _words(
    ear: Ear,
    piece: Array,
    pairs: Tagged,
    number: int,
    begin: float,
    speech: str | Path,
    progress: Progress = _unheard,
    tell: Tell = _untold,
) -> list[Word]:
    """The words PAIRS in PIECE, which begins at BEGIN (s); the first is the ear's NUMBERth."""
    heard = list(_heard(ear, piece, progress))
    names, seconds = ear.names[number : number + len(pairs)], len(piece) / SAMPLE_RATE
    times = _in_runs(names, heard)
    talking = _talking(piece)
    if min(len(times) / len(pairs), _covered(times.values(), talking)) < DOUBTFUL:
        tell(f"Few of these words are heard in '{speech}': is the text what is said?")
    for first, behind in list(_gaps(times, len(pairs))):
        found = _between(ear, piece, names, times, first, behind)
        instead = _instead(heard, first, behind, _free(times, first, behind, seconds))
        covered = [_covered(these.values(), talking) for these in (found, instead)]
        times |= found if covered[0] >= ENOUGH * covered[1] else instead
    if _covered(times.values(), talking) < LEAST:
        raise _not_said(pairs, speech, begin, begin + seconds)
    for first, behind in list(_gaps(times, len(pairs))):
        span = _free(times, first, behind, seconds)
        times |= _shared([word for word, _ in pairs[first:behind]], first, span, heard)
    return [
        Word(word, begin + first, begin + last, tag)
        for (word, tag), (first, last) in zip(pairs, _apart(times), strict=True)
    ]


def _heard(ear: Ear, waveform: Array, progress: Progress) -> Iterator[Heard]:
    """What is heard, piece after piece; each ends where it is quietest."""
    loud = loudness(waveform, max(1, int(len(waveform) / SAMPLE_RATE * FPS)))
    shortest, longest = (int(seconds * FPS) for seconds in PIECE)
    begin = 0
    while begin < len(loud):
        progress(begin / len(loud), "Aligning the words")
        end = len(loud)
        if end - begin > longest:
            end = begin + shortest + int(np.argmin(loud[begin + shortest : begin + longest]))
        samples = [round(frame / FPS * SAMPLE_RATE) for frame in (begin, end)]
        last = samples[1] if end < len(loud) else len(waveform)
        for one in ear.heard(waveform[samples[0] : last]):
            yield replace(one, start=begin / FPS + one.start, end=begin / FPS + one.end)
        begin = end


def _in_runs(names: Sequence[str], heard: Sequence[Heard]) -> Times:
    """The words of the text of which several are heard one after the other."""
    pairs = _paired(names, heard)
    times: Times = {}
    for _, run in itertools.groupby(
        enumerate(pairs), lambda one: (one[1][0] - one[0], one[1][1] - one[0])
    ):
        words = [pair for _, pair in run]
        if len(words) >= RUN:
            times |= {number: (heard[b].start, heard[b].end) for number, b in words}
    return times


def _paired(names: Sequence[str], heard: Sequence[Heard]) -> list[tuple[int, int]]:
    """Which words of the text are which heard, in order, with the fewest words astray.

    By R. A. Wagner and M. J. Fischer, "The string-to-string correction problem", 1974.
    """
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    row = steps = np.arange(len(heard) + 1)
    said = np.array([known.get(one.name, -1) for one in heard], int)
    moves = np.zeros((len(names), len(heard)), np.uint8)  # 0 both, 1 of the text, 2 of the heard
    for number, name in enumerate(names):
        both, text = row[:-1] + (said != known[name]), row[1:] + 1
        reached = np.concatenate(([number + 1], np.minimum(both, text)))
        row = np.minimum.accumulate(reached - steps) + steps
        moves[number] = np.where(row[1:] == both, 0, np.where(row[1:] == text, 1, 2))
    found, a, b = [], len(names) - 1, len(heard) - 1
    while a >= 0 and b >= 0:
        move = moves[a, b]
        if move == 0 and names[a] == heard[b].name:
            found.append((a, b))
        a, b = a - (move != 2), b - (move != 1)
    return found[::-1]


def _gaps(times: Times, count: int) -> Iterator[tuple[int, int]]:
    """First and the one after the last of each run of words that have no times."""
    first = 0
    for number in [*sorted(times), count]:
        if number > first:
            yield first, number
        first = number + 1


def _free(times: Times, first: int, behind: int, seconds: float) -> Span:
    """From where to where the words FIRST to BEHIND can be."""
    begin = times[first - 1][1] if first else 0.0
    return begin, max(begin, times[behind][0] if behind in times else seconds)


def _between(
    ear: Ear, piece: Array, names: Sequence[str], times: Times, first: int, behind: int
) -> Times:
    """The words FIRST to BEHIND where they are found, between their known neighbours.

    These are looked for with them, so that each may give a little to the other.
    """
    begin = times[first - 1][0] if first else 0.0
    end = times[behind][1] if behind in times else len(piece) / SAMPLE_RATE
    if end - begin > LONGEST:
        return {}
    numbers = [n for n in range(max(0, first - 1), min(len(names), behind + 1)) if names[n]]
    samples = piece[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    found = ear.in_order(samples, [names[n] for n in numbers])
    return {
        numbers[a]: (begin + found[b].start, begin + found[b].end)
        for a, b in _paired([names[n] for n in numbers], found)
        if first <= numbers[a] < behind
    }


def _within(heard: Sequence[Heard], span: Span) -> list[Heard]:
    """What is heard in a SPAN."""
    first, last = span[0] - SLACK, span[1] + SLACK
    return [one for one in heard if one.start >= first and one.end <= last]


def _instead(heard: Sequence[Heard], first: int, behind: int, span: Span) -> Times:
    """The words FIRST to BEHIND where as many others are heard in their SPAN: it is they."""
    others = _within(heard, span)
    count = behind - first if len(others) == behind - first else 0
    return {first + i: (others[i].start, others[i].end) for i in range(count)}


def _shared(words: Sequence[str], first: int, span: Span, heard: Sequence[Heard]) -> Times:
    """WORDS, the first of which is number FIRST, in a SPAN in which they were not found.

    As many others heard there are these; otherwise each has a share of their time by its length.
    """
    if found := _instead(heard, first, first + len(words), span):
        return found
    begin, end = span
    if others := _within(heard, span):
        begin, end = max(begin, others[0].start), min(end, others[-1].end)
    ends = begin + (end - begin) * np.cumsum([len(word) for word in words]) / len("".join(words))
    starts = [begin, *ends[:-1].tolist()]
    return {first + i: pair for i, pair in enumerate(zip(starts, ends.tolist(), strict=True))}


def _apart(times: Times) -> list[Span]:
    """The TIMES in the text's order; none begins before another, or ends after its beginning."""
    spans = [times[number] for number in sorted(times)]
    latest = [span[0] for span in spans[1:]] + [max((last for _, last in spans), default=0.0)]
    for i in reversed(range(len(latest) - 1)):
        latest[i] = min(latest[i], latest[i + 1])
    starts = [min(first, end) for (first, _), end in zip(spans, latest, strict=True)]
    return [
        (first, max(first, min(last, end)))
        for first, (_, last), end in zip(starts, spans, latest, strict=True)
    ]


def _not_said(pairs: Tagged, speech: str | Path, first: float, last: float) -> InputError:
    words = paths.shown(" ".join(word for word, _ in pairs[:8]))
    return InputError(
        f"'{speech}' does not say “{words}” between {first:.1f} and {last:.1f} s, as far as "
        "English goes: correct the text."
    )


def _talking(waveform: Array) -> NDArray[np.bool_]:
    """(T,) whether somebody talks in each frame, FPS of them a second."""
    return spoken(loudness(waveform, max(1, int(len(waveform) / SAMPLE_RATE * FPS))))


def _covered(spans: Iterable[Span], talking: NDArray[np.bool_]) -> float:
    """Which share of the frames in which somebody talks is in SPANS, 0 to 1."""
    inside = np.zeros(len(talking), bool)
    for first, last in spans:
        inside[int(first * FPS) : ceil(last * FPS)] = True
    return float((inside & talking).sum() / max(1, talking.sum()))
