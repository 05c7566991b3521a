# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice → moods along the time: a first proposal, to be changed.

Aroused voices are higher, louder, quicker and pressed harder than the same voice else; joy moves up
and down in pitch where tension does not; sadness is low, slow and even (R. Banse, K. Scherer,
"Acoustic profiles in vocal emotion expression", J. Pers. Soc. Psychol. 70, 1996; P. Juslin,
P. Laukka, "Communication of emotions in vocal expression", Psychol. Bull. 129, 2003). A voice tells
how aroused somebody is far better than whether that is pleasant, and words are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.speech import phrases, prosody
from ha2g_engine.speech.audio import Speech

from . import voice
from .moods import Mood
from .voice import Voice

SHORTEST: Final = 1.5  # s of a range; shorter phrases go with the ones beside them
LONGEST_GAP: Final = 1.0  # s of silence that a range goes on through
USUAL: Final = {"rate": 1.6, "spread": 4.0}  # prosodic peaks a second; semitones around the middle
RANGE: Final = {
    "pitch": 3.0,
    "level": 4.0,
    "effort": 4.0,
    "rate": 0.8,
    "spread": 2.0,
}  # that count 1
MOST: Final = 1.5  # that any of them counts
AROUSED: Final = 0.3  # from where on a phrase is in a mood, up or down
MELODIC: Final = 0.3  # of the spread, from where on it is joy, or tension below minus it
WEAKEST: Final = 0.3  # strength of a mood that is proposed


@dataclass(frozen=True)
class _Heard:
    """A phrase: seconds, and how it differs from the voice's middle, in units of RANGE."""

    start: float
    end: float
    pitch: float
    level: float
    effort: float
    rate: float
    spread: float

    @property
    def arousal(self) -> float:
        """Below 0 calm, above excited."""
        told = (self.pitch, self.level, self.effort, self.rate)
        return float(np.mean(np.clip(told, -MOST, MOST)))


def proposed(sound: Speech) -> tuple[Mood, ...]:
    """The moods that a voice suggests, in order of time; none where it is as it mostly is."""
    found = voice.heard(sound.waveform)
    if not found.voiced.any():
        return ()
    peaks, _ = prosody.peaks(sound.waveform)
    heard = [_measured(a, b, found, peaks) for a, b in _stretches(phrases.of(sound))]
    moods = [mood for phrase in heard if (mood := _named(phrase)) is not None]
    return tuple(_joined(moods))


def _stretches(found: NDArray[np.float64]) -> list[tuple[float, float]]:
    """(P, 2) s of phrases, short ones put together with what comes before or after."""
    joined: list[list[float]] = []
    for begin, end in found.tolist():
        short = joined and min(joined[-1][1] - joined[-1][0], end - begin) < SHORTEST
        if short and begin - joined[-1][1] < LONGEST_GAP:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    return [(begin, end) for begin, end in joined if end - begin >= SHORTEST]


def _measured(start: float, end: float, found: Voice, peaks: NDArray[Any]) -> _Heard:
    times = np.arange(len(found.pitch)) / voice.RATE
    here = found.voiced & (times >= start) & (times < end)
    if not here.any():
        return _Heard(start, end, *[0.0] * len(RANGE))
    semitones = 12 * np.log2(np.where(found.voiced, found.pitch, 1.0))

    def higher(values: NDArray[np.float64]) -> float:
        return float(np.median(values[here]) - np.median(values[found.voiced]))

    low, high = np.percentile(semitones[here], [10, 90])
    said = ((peaks >= start) & (peaks < end)).sum() / (end - start)
    told = {
        "pitch": higher(semitones),
        "level": higher(found.level),
        "effort": higher(found.effort),
        "rate": said - USUAL["rate"],
        "spread": (high - low) / 2 - USUAL["spread"],
    }
    return _Heard(start, end, **{name: value / RANGE[name] for name, value in told.items()})


def _named(phrase: _Heard) -> Mood | None:
    if abs(phrase.arousal) < AROUSED:
        return None
    if phrase.arousal > 0:
        melody = phrase.spread
        name = "joyful" if melody > MELODIC else "tense" if melody < -MELODIC else "lively"
    else:
        name = "sad" if phrase.pitch < 0 and phrase.spread < 0 else "calm"
    strength = float(np.clip(abs(phrase.arousal), WEAKEST, 1.0))
    return Mood(round(phrase.start, 2), round(phrase.end, 2), name, round(strength, 2))


def _joined(moods: Sequence[Mood]) -> list[Mood]:
    """Neighbours in one mood as one range; what is near to the next goes on up to it."""
    joined: list[Mood] = []
    for mood in moods:
        near = bool(joined) and mood.start - joined[-1].end < LONGEST_GAP
        if near and joined[-1].mood == mood.mood:
            strength = round((joined[-1].strength + mood.strength) / 2, 2)
            joined[-1] = replace(joined[-1], end=mood.end, strength=strength)
        else:
            if near:
                joined[-1] = replace(joined[-1], end=mood.start)
            joined.append(mood)
    return joined
