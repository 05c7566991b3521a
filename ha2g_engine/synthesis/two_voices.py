# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people in one recording or two: who has the word when, and what of a voice is the other's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import series
from ha2g_engine.speech import audio
from ha2g_engine.speech.activity import spoken
from ha2g_engine.speech.audio import Speech
from ha2g_engine.speech.sizes import SAMPLE_RATE

Array = NDArray[np.floating[Any]]

LEAKS_DB: Final = 10.0  # by which the other is louder, where a microphone hears no one else
ECHO: Final = 2  # frames around, in which a room passes a voice on
SOFTER_DB: Final = 10.0  # than the other: no microphone is set softer
LOUD: Final = 95.0  # percentile of what is loud


def apart(own: Speech, other: Speech) -> Speech:
    """A voice without what its microphone heard of the other, and as long as the longer one."""
    seconds = max(own.seconds, other.seconds)
    samples = max(len(own.waveform), len(other.waveform))
    padded = replace(
        own, waveform=np.pad(own.waveform, (0, samples - len(own.waveform))), seconds=seconds
    )
    frames = padded.frames
    mine, theirs = (audio.loudness(one.waveform, frames) for one in (padded, other))
    theirs = series.maximum(theirs - theirs.min(), ECHO, ECHO) + theirs.min()
    loud = [float(np.percentile(level, LOUD)) for level in (mine, theirs)]
    loud[0] = max(loud[0], loud[1] - SOFTER_DB)
    leaks = (theirs - loud[1]) - (mine - loud[0]) > LEAKS_DB
    edges = np.round(np.arange(frames + 1) * len(padded.waveform) / frames).astype(int)
    heard = np.repeat(~leaks, np.diff(edges))
    return replace(padded, waveform=np.asarray(padded.waveform * heard, np.float32))


def speaking(voice: Speech, frames: int) -> NDArray[np.bool_]:
    """(frames,) whether the voice speaks; never where it is silent throughout."""
    level = audio.loudness(voice.waveform[: round(voice.seconds * SAMPLE_RATE)], frames)
    return spoken(level)
