# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording as who gestures to it hears it: voices alone, at a usual level.

Music, machines and slamming doors are silence then; a recording in which nothing but voices is
heard stays as it is, sample for sample.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths, series
from ha2g_engine.body.skeleton import FPS
from ha2g_engine.speech import activity, prosody
from ha2g_engine.speech.audio import Array, Speech, loudness, read_speech

from . import silero

LEVEL_DB: Final = -23.0  # of loud speech, as broadcasters set it (EBU R 128) …
USUAL_DB: Final = (-40.0, -3.0)  # … and levels that are left as they are
FAINTEST_DB: Final = -85.0  # what is all below this is silence, whatever it holds
LOUD: Final = 95  # percentile of a recording's levels that is its loud speech
SURE: Final = 0.5  # likelihood from which it is a voice
AROUND: Final = 0.25  # s before and after it that belong to it: consonants, breath
SHORTEST: Final = 0.4  # s of sound without a voice that is silenced; less is left


def hear(path: str | Path, channel: str = "", voice_only: bool = True) -> Speech:
    """``audio.read_speech``, of which only voices are left unless all is asked for.

    Raises InputError as that does.
    """
    if not voice_only:
        return read_speech(path, channel)
    return _heard(*paths.stamp(path), channel)[0]


def unheard(path: str | Path, channel: str = "", voice_only: bool = True) -> float:
    """How much of what sounds ``hear`` takes for no voice, 0 to 1."""
    return _heard(*paths.stamp(path), channel)[1] if voice_only else 0.0


@lru_cache(maxsize=2)  # for the take and then its marks, of two who talk
def _heard(path: str, _modified: int, _size: int, channel: str) -> tuple[Speech, float]:
    return _cleaned(read_speech(path, channel))


def voices(speech: Speech) -> Speech:
    """SPEECH with silence where sound is no voice, and voices at a usual level."""
    return _cleaned(speech)[0]


def _cleaned(speech: Speech) -> tuple[Speech, float]:
    """``voices``, and how much of what sounds is none."""
    level = loudness(speech.waveform, speech.frames)
    loud = float(np.percentile(level, LOUD))
    if loud < FAINTEST_DB:
        return speech, 0.0
    spoken = _spoken(speech.waveform * _gain(loud))
    sounding = _sounding(level, len(spoken))
    others = _others(spoken, sounding)
    waveform = _without(speech.waveform, others)
    heard = level[spoken[_chunks(len(level), len(spoken))]]
    loud = float(np.percentile(heard, LOUD)) if len(heard) else LEVEL_DB
    if not USUAL_DB[0] <= loud <= USUAL_DB[1]:
        waveform = waveform * _gain(loud)
    share = (others & sounding).sum() / max(sounding.sum(), 1)
    return replace(speech, waveform=waveform), float(share)


def _gain(loud: float) -> np.float32:
    return np.float32(10 ** ((LEVEL_DB - loud) / 20))


def _spoken(waveform: Array) -> NDArray[np.bool_]:
    """(chunks,) whether a voice is heard there or around."""
    around = round(AROUND * silero.RATE)
    sure = (silero.likely(waveform) > SURE).astype(np.float64)
    return np.asarray(series.maximum(sure, around, around) > 0)


def _chunks(frames: int, chunks: int) -> NDArray[np.int64]:
    """(frames,) the chunk in which each frame at FPS begins."""
    return np.minimum((np.arange(frames) / FPS * silero.RATE).astype(int), chunks - 1)


def _sounding(level: Array, chunks: int) -> NDArray[np.bool_]:
    """(chunks,) whether there is any sound, from its LEVEL at FPS."""
    frames = (np.arange(chunks) / silero.RATE * FPS).astype(int)
    least = max(float(np.percentile(level, LOUD)) + prosody.SPEECH_DB, activity.FLOOR_DB)
    return np.asarray(level[np.minimum(frames, len(level) - 1)] > least)


def _others(spoken: NDArray[np.bool_], sounding: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(chunks,) whether each is of a longer stretch that sounds and holds no voice."""
    silent = np.zeros(len(spoken), bool)
    for first, last in activity.runs(~spoken):
        long = (last - first) / silero.RATE >= SHORTEST
        silent[first:last] = long and sounding[first:last].any()
    return silent


def _without(waveform: Array, silent: NDArray[np.bool_]) -> Array:
    """(samples,) with silence in the chunks, faded into; itself where there are none."""
    if not silent.any():
        return waveform
    middles = (np.arange(len(silent)) + 0.5) * silero.CHUNK
    kept = np.interp(np.arange(len(waveform)), middles, ~silent)
    return np.asarray(waveform * kept, np.float32)
