# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a data set that models are compared on: windows, whole takes, and what is heard."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import metrics
from ha2g_engine.body.skeleton import FPS, Skeleton, skeleton, unit
from ha2g_engine.data.store import ClipEntry, Span, Split, Store
from ha2g_engine.speech import prosody, spectral
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.training.streams import Streams

Array = NDArray[np.float64]
Motion = NDArray[np.float32]

LONGEST: Final = 30  # windows of a take, a minute


@dataclass(frozen=True)
class Heard:
    """What of the speech is compared with motion; seconds.

    beats: onsets in each window, from the window's first frame. peaks: prosodic peaks of each
    distinct speech, from its first frame; seconds: its length. speech: for each take which
    speech it belongs to; window_speech: the same for each window; window_place: how many windows
    of its speech come before it. source: ``waveform`` or ``spectrogram``.
    """

    beats: list[Array]
    peaks: list[Array]
    seconds: list[float]
    speech: list[int]
    window_speech: list[int]
    window_place: list[int]
    source: str


@dataclass(frozen=True)
class Clips:
    """What models are compared on.

    where: (clip, first frame) of each window. real: (N, 34, bones, 3) unit. takes: windows of
    each clip, walked through one after the other. real_takes: (T, bones, 3) of each. rows: of
    the model's own speakers, by name; one that it does not know has another's.
    """

    streams: Streams
    where: list[tuple[int, int]]
    real: Motion
    takes: list[int]
    real_takes: list[Motion]
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def skeleton(self) -> Skeleton:
        """The data set's skeleton."""
        return skeleton(self.streams.store.skeleton)

    def counted_in(self, notes: Mapping[str, Any]) -> Clips:
        """The same with the words and the speakers counted as in a checkpoint with NOTES."""
        streams, words = copy.copy(self.streams), notes.get("vocabulary")
        if words is not None:
            streams.count_in(words, early_words=bool(notes.get("early_words")))
        rows = {name: row for row, name in enumerate(notes.get("speakers", ()))}
        return replace(self, streams=streams, rows=rows)

    def row(self, speaker: int) -> int:
        """The row of SPEAKER, an index into the data's, in the model; by name, else by number."""
        store = self.streams.store
        return self.rows.get(store.speakers[speaker].name, store.number(speaker))


def select(store: Store, split: Split) -> Clips:
    """All disjoint windows of a split, and each clip as a take of at most a minute.

    Raises InputError for an empty split, and for motion
    that is not finite, naming the clip.
    """
    streams = Streams(store, split, 1, augment=False)
    lengths = [clip.motion[1] - clip.motion[0] for clip in streams.clips]
    where, real = windows_of(streams)
    takes = [min(LONGEST, store.cut.within(n)) for n in lengths]
    real_takes = [_motion(store, c, n) for c, n in zip(streams.clips, takes, strict=True)]
    return Clips(streams, where, real, takes, real_takes)


def windows_of(streams: Streams, most: int = 0) -> tuple[list[tuple[int, int]], Motion]:
    """Clip and first frame of the disjoint windows, and their motion (N, 34, bones, 3).

    most: take every second, third … of them, so that there are about so many; 0 = all.
    """
    lengths = [clip.motion[1] - clip.motion[0] for clip in streams.clips]
    where = [(i, f) for i, n in enumerate(lengths) for f in _disjoint(streams, n)]
    where = where[:: max(1, len(where) // most) if most else 1]
    return where, np.stack([streams.motion(*window) for window in where])


def _disjoint(streams: Streams, frames: int) -> range:
    length = streams.cut.frames
    return range(0, frames - length + 1, length)


def _motion(store: Store, clip: ClipEntry, windows: int) -> Motion:
    first = clip.motion[0]
    rows = store.directions[first : first + store.cut.overlap + store.cut.stride * windows]
    return unit(np.asarray(store.finite(rows, clip, "motion"), np.float32))


def hear(clips: Clips) -> Heard:
    """Onsets and prosodic peaks, from the waveform where the data has one."""
    streams, store = clips.streams, clips.streams.store
    keys = list(dict.fromkeys(clip.mel for clip in streams.clips))
    first = {clip.mel: clip for clip in reversed(streams.clips)}
    of_clip = [keys.index(clip.mel) for clip in streams.clips]
    return Heard(
        beats=[_beats(clips, window) for window in clips.where],
        peaks=[_peaks(store, first[key]) for key in keys],
        seconds=[(first[key].motion[1] - first[key].motion[0]) / FPS for key in keys],
        speech=of_clip,
        window_speech=[of_clip[i] for i, _ in clips.where],
        window_place=[frame // store.cut.frames for _, frame in clips.where],
        source="spectrogram" if store.wave is None else "waveform",
    )


def _beats(clips: Clips, window: tuple[int, int]) -> Array:
    sound = clips.streams.batch([window])
    if clips.streams.store.wave is None:
        return spectral.mel_beats(sound.mel[0].numpy())
    return metrics.audio_beats(sound.waveform[0].numpy())


def _peaks(store: Store, clip: ClipEntry) -> Array:
    wave = waveform(store, clip)
    if wave is not None:
        return prosody.peaks(wave)[0] if len(wave) > SAMPLE_RATE // 10 else np.zeros(0)
    return spectral.mel_peaks(rows(store.mel, clip.mel).T)


def waveform(store: Store, clip: ClipEntry) -> Motion | None:
    """(samples,) in [-1, 1] of a clip, or None where the data keeps none."""
    if store.wave is None or clip.wave is None:
        return None
    return np.asarray(rows(store.wave, clip.wave) / np.float32(32768), np.float32)


def rows(array: NDArray[Any], span: Span) -> NDArray[Any]:
    """The part [first, end) of a memory map."""
    return np.asarray(array[slice(*span)])
