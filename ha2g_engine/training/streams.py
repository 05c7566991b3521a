# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of consecutive windows from a data set, with their faults added.

A stream walks through a clip window after window, as synthesis does, so that the recipe can
start each window from the model's own last frames and the model learns to live with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ha2g_engine import distributed
from ha2g_engine.body.skeleton import FPS, skeleton
from ha2g_engine.data.store import ClipEntry, Split, Store
from ha2g_engine.errors import InputError
from ha2g_engine.image import MEAN, SPREAD
from ha2g_engine.models.ha2g import HA2G, Guide
from ha2g_engine.models.window import Window as Inputs
from ha2g_engine.speech.sizes import (
    MEL_PER_POSE,
    N_MELS,
    SAMPLE_RATE,
    SILENCE_DB,
    mel_frames,
    samples,
)
from ha2g_engine.speech.transcript import indexed

from .vocabulary import clip_words, clip_words_under_way, vocabulary

Places = list[tuple[int, int]]  # clip, an index into ``Streams.clips``, and first frame

NOISE_DB: Final = (-75.0, -25.0)  # of the added noise floor, below the loudest bin
TILT_DB: Final = 6.0  # of the random microphone curve
WINDOW_STRIDE: Final = 10  # frames from one published training window to the next
FROM_FIRST: Final = 0.1  # of the sequences begin with their clip
SETS_PER_SPEAKER: Final = 8


@dataclass(frozen=True)
class Window:
    """What is known of a batch of windows.

    mel: (B / R, 128, 70) dB, each heard by R consecutive people. poses: (B, 34, D) direction
    minus mean. speakers: (B,). waveform: (B / R, 36267), zero where the data has none.
    words: (B, 34) indices, 0 = none. codes: (B, 34, K) z(t) and styles: (B, 3, H) that the motion
    obeys, of data that knows them; else of no numbers.
    """

    mel: Tensor
    poses: Tensor
    speakers: Tensor
    waveform: Tensor
    words: Tensor
    codes: Tensor
    styles: Tensor

    def to(self, device: torch.device | str) -> Window:
        """The same on another device."""
        return Window(**{k: v.to(device, non_blocking=True) for k, v in vars(self).items()})

    def pinned(self) -> Window:
        """The same in memory that a GPU reads by itself."""
        return Window(**{k: v.pin_memory() for k, v in vars(self).items()})

    def guide(self, model: HA2G) -> Guide | None:
        """What the data says of the gestures under way, for a model that is told."""
        return Guide(self.codes, self.styles) if model.config.code_dim else None

    def inputs(self, initial: Tensor) -> Inputs:
        """What a baseline sees, starting from ``initial`` (B, 4, D)."""
        return Inputs(initial, self.mel, self.waveform, self.words, self.speakers)


class Streams:
    """Reads windows of one split."""

    def __init__(
        self,
        store: Store,
        split: Split,
        windows: int,
        *,
        augment: bool,
        words: list[str] | None = None,
        by_number: bool = False,
        grid: int = 0,
        early_words: bool = False,
    ) -> None:
        """words: the vocabulary to count in; that of the training split if left out.

        by_number: give speakers as models know them that learn a row for each, see ``Store``.
        grid, early_words: see ``Optimisation``.
        """
        self.store, self.windows, self.augment = store, windows, augment
        self.by_number, self.grid, self.cut = by_number, grid, store.cut
        needed = self.cut.frames + self.cut.stride * (windows - 1)
        whole = store.split(split)
        self.clips = [c for c in whole if c.motion[1] - c.motion[0] >= needed]
        if not self.clips:
            raise InputError(
                f"No {split} clip of '{store.folder}' is {needed} frames long: "
                "set training.windows lower."
            )
        self.needed = needed
        self.too_short = len(whole) - len(self.clips)
        self.speeches = _same_speech(self.clips)
        room = np.array([self._room(clips[0]) for clips in self.speeches], np.float64)
        self.shares = room / room.sum()  # each speech counts by the windows that it has
        self.table = skeleton(store.skeleton)
        self.count_in(words or vocabulary(store.within("train")), early_words=early_words)

    def count_in(self, words: list[str], *, early_words: bool) -> None:
        """Give words as a model knows them whose vocabulary this is."""
        self.vocabulary, index = words, indexed(words)
        self.words = [clip_words(clip, index) for clip in self.clips]
        self.early = [clip_words_under_way(c, index) for c in self.clips] if early_words else None

    def places(self, grid: int) -> Places:
        """Clip and first frame of every sequence of windows that begins on the grid."""
        rooms = [self._room(clip) for clip in range(len(self.clips))]
        return [(clip, frame) for clip, room in enumerate(rooms) for frame in range(0, room, grid)]

    def dealt(self, random: np.random.Generator, batch: int) -> list[Places]:
        """An epoch's batches of places on the grid, each once, in random order; a rest is left out.

        Raises InputError where there are fewer places than a batch has.
        """
        places = self.places(self.grid)
        if len(places) < batch:
            raise InputError(
                f"'{self.store.folder}' has {len(places)} windows at a stride of {self.grid} to "
                f"train on: set training.batch = {batch} no higher."
            )
        order = random.permutation(len(places))[: len(places) // batch * batch]
        return [[places[i] for i in part] for part in order.reshape(-1, batch)]

    def sequence(
        self,
        random: np.random.Generator,
        batch: int,
        listeners: int = 1,
        places: Places | None = None,
    ) -> list[Window]:
        """``windows`` consecutive windows of ``batch`` random clips from random frames.

        A clip comes up as often as it has room for, be it one of few long or many short ones.

        places: begin with these instead, one of each stream.
        listeners: how many clips of one speech, where there are several, stand side by side,
        so that it need be heard only once. Of several processes each reads its own rows.
        Raises InputError if the batch has no such shares.
        """
        if batch % (listeners * distributed.count()) or any(
            len(clips) < listeners for clips in self.speeches
        ):
            raise InputError(
                f"training.listeners = {listeners} needs a batch that it divides and as many "
                "clips of each speech: set it to 1."
            )
        groups = self._drawn(random, batch, listeners) if places is None else [[p] for p in places]
        microphones = [_Microphone(r) for r in distributed.own_items(random.spawn(len(groups)))]
        where = [place for group in distributed.own_items(groups) for place in group]
        windows = []
        for step in range(self.windows):
            window = self.batch([(i, s + self.cut.stride * step) for i, s in where], listeners)
            if self.augment:
                heard = [
                    m.hear(np.asarray(mel)) for m, mel in zip(microphones, window.mel, strict=True)
                ]
                window = replace(window, mel=torch.from_numpy(np.stack(heard)))
            windows.append(window)
        return windows

    def _drawn(self, random: np.random.Generator, batch: int, listeners: int) -> list[Places]:
        """The listeners of each speech, all from the same frame."""
        speeches = random.choice(len(self.speeches), batch // listeners, p=self.shares)
        groups = [random.choice(self.speeches[i], listeners, replace=False) for i in speeches]
        starts = [self._start(int(group[0]), random) for group in groups]
        return [
            [(int(clip), start) for clip in group]
            for group, start in zip(groups, starts, strict=True)
        ]

    def _start(self, clip: int, random: np.random.Generator) -> int:
        """Any frame that leaves room, or, as synthesis has it, the clip's first."""
        return 0 if random.random() < FROM_FIRST else int(random.integers(self._room(clip)))

    def _room(self, clip: int) -> int:
        """First frames at which clip CLIP (index into ``clips``) has room for all windows."""
        return self.clips[clip].motion[1] - self.clips[clip].motion[0] - self.needed + 1

    def whole(self, batch: int) -> int:
        """Sequences that are as many windows, at the published stride of 10, as there are."""
        if self.grid:
            return len(self.places(self.grid)) // batch
        frames = sum(c.motion[1] - c.motion[0] - self.needed for c in self.clips)
        windows = frames // WINDOW_STRIDE + len(self.clips)
        return max(1, windows // (batch * self.windows))

    def batch(self, where: Sequence[tuple[int, int]], listeners: int = 1) -> Window:
        """Windows by clip (index into ``clips``) and first frame, as they are."""

        def stack(read: Callable[[ClipEntry, int], NDArray[Any]], every: int = 1) -> Tensor:
            parts = [read(self.clips[i], first) for i, first in where[::every]]
            return torch.from_numpy(np.stack(parts))

        return Window(
            mel=stack(self._mel, listeners),
            poses=stack(self._poses),
            speakers=torch.tensor([self._speaker(self.clips[i]) for i, _ in where]),
            waveform=stack(self._wave, listeners),
            words=torch.from_numpy(np.stack([self._words(i, first) for i, first in where])),
            codes=stack(self._codes),
            styles=torch.tensor([self.clips[i].style or () for i, _ in where]),
        )

    def _speaker(self, clip: ClipEntry) -> int:
        return self.store.number(clip.speaker) if self.by_number else clip.speaker

    def motion(self, clip: int, first: int) -> NDArray[np.float32]:
        """(34, bones, 3) unit directions of a window of clip CLIP (index into ``clips``)."""
        return self.table.directions(self._poses(self.clips[clip], first))

    def _mel(self, clip: ClipEntry, first: int) -> NDArray[np.float32]:
        """The (128, 70) that synthesis would cut for this window."""
        row = clip.mel[0] + round(first * MEL_PER_POSE)
        frames = mel_frames(self.cut.frames)
        found = self.store.mel[row : min(row + frames, clip.mel[1])]
        mel = np.full((frames, N_MELS), SILENCE_DB, np.float32)
        mel[: len(found)] = self.store.finite(found, clip, "sound")
        return np.ascontiguousarray(mel.T)

    def _wave(self, clip: ClipEntry, first: int) -> NDArray[np.float32]:
        """The (36267,) that synthesis would cut for this window."""
        wave = np.zeros(samples(self.cut.frames), np.float32)
        if self.store.wave is not None and clip.wave is not None:
            row = clip.wave[0] + round(first * SAMPLE_RATE / FPS)
            found = self.store.wave[row : min(row + len(wave), clip.wave[1])]
            wave[: len(found)] = found / np.float32(32768)
        return wave

    def _words(self, clip: int, first: int) -> NDArray[np.int64]:
        """(34,) the index of the word in each frame of a window."""
        words = self.words[clip][first : first + self.cut.frames]
        if self.early is None or words[0] or not self.early[clip][first]:
            return words
        return np.concatenate([self.early[clip][first : first + 1], words[1:]])

    def _codes(self, clip: ClipEntry, first: int) -> NDArray[np.float32]:
        if self.store.codes is None:
            return np.zeros((self.cut.frames, 0), np.float32)
        row = clip.motion[0] + first
        return self.store.codes[row : row + self.cut.frames].astype(np.float32)

    def _poses(self, clip: ClipEntry, first: int) -> NDArray[np.float32]:
        row = clip.motion[0] + first
        found = self.store.directions[row : row + self.cut.frames].astype(np.float32)
        self.store.finite(found, clip, "motion")
        return self.table.poses(found)

    def rest_pose(self) -> Tensor:
        """(D,) the median of the clips' first poses: most recordings begin at rest."""
        rows = [self.store.directions[c.motion[0]] for c in self.clips]
        rest = np.median(np.asarray(rows, np.float32), axis=0)
        rest /= np.linalg.norm(rest, axis=-1, keepdims=True)
        return torch.from_numpy(self.table.poses(rest))

    def reference_frames(self, speaker: int, count: int) -> Tensor | None:
        """(1, K, 3, 224, 224) the first pictures of a speaker; None without pictures."""
        first, end = self.store.speakers[speaker].portraits
        rows = range(first, min(end, first + count))
        return _normalised(self.store.portraits[list(rows)])[None] if rows else None

    def portraits(self, random: np.random.Generator, frames: int = 1) -> Tensor:
        """(S·8, K, 3, 224, 224) normalised: sets of K = ``frames`` pictures of each speaker.

        After the speakers come those who are only pictured. Raises InputError if one has none.
        """
        for speaker in self.store.speakers:
            if speaker.portraits[0] == speaker.portraits[1]:
                raise InputError(
                    f"'{self.store.folder}' has no picture of speaker '{speaker.name}', which "
                    'model.identity = "image" learns from: set it to "speaker", or, for places '
                    "without pictures, weights.identity above 0 and training.identity_steps to 0."
                )
        sets = []
        everybody = [one.portraits for one in self.store.speakers]
        for span in [*everybody, *(one.portraits for one in self.store.sitters)]:
            rows = random.integers(*span, size=(SETS_PER_SPEAKER, frames))
            sets.append(np.stack([self.store.portraits[row] for row in rows]))
        pictures = _normalised(np.concatenate(sets))
        return _another_camera(pictures, random) if self.augment else pictures


def _same_speech(clips: Sequence[ClipEntry]) -> list[list[int]]:
    """Indices of the clips that share their sound."""
    found: dict[tuple[int, int], list[int]] = {}
    for i, clip in enumerate(clips):
        found.setdefault(clip.mel, []).append(i)
    return list(found.values())


def _normalised(pictures: NDArray[np.uint8]) -> Tensor:
    """(…, 224, 224, 3) → (…, 3, 224, 224), as the identity encoder sees them."""
    pixels = (pictures.astype(np.float32) / 255 - MEAN) / SPREAD
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(pixels, -1, -3)))


def _another_camera(pictures: Tensor, random: np.random.Generator) -> Tensor:
    """(N, K, 3, 224, 224) nearer or farther, shifted, tilted, and in another light each."""
    flat = pictures.flatten(0, 1)
    count = len(flat)
    scale, tilt = random.uniform(0.8, 1.15, count), np.radians(random.uniform(-6, 6, count))
    shift = random.uniform(-0.15, 0.15, (2, count))  # 1 = half a picture
    turn = np.array(
        [[np.cos(tilt), -np.sin(tilt), shift[0]], [np.sin(tilt), np.cos(tilt), shift[1]]]
    )
    turn[:, :2] *= scale
    grid = F.affine_grid(
        torch.from_numpy(turn.transpose(2, 0, 1)).float(), list(flat.shape), align_corners=False
    )
    seen = F.grid_sample(flat, grid, padding_mode="reflection", align_corners=False)
    contrast = random.uniform(0.6, 1.4, (count, 1, 1, 1))
    light = random.normal(0, 0.3, (count, 3, 1, 1))
    lit = seen * torch.from_numpy(contrast).float() + torch.from_numpy(light).float()
    return lit.view(pictures.shape)


def portrait_set(speakers: Tensor, random: np.random.Generator) -> Tensor:
    """(B,) for each sample one of its speaker's sets in ``Streams.portraits``."""
    which = random.integers(SETS_PER_SPEAKER, size=distributed.count() * len(speakers))
    own = torch.from_numpy(distributed.own_rows(which))
    return speakers * SETS_PER_SPEAKER + own.to(speakers.device)


class _Microphone:
    """Another curve and, for each window, another noise floor."""

    def __init__(self, random: np.random.Generator) -> None:
        knots = random.uniform(-TILT_DB, TILT_DB, 5)
        curve = np.interp(np.linspace(0, 4, N_MELS), np.arange(5), knots)
        self.curve = curve.astype(np.float32)[:, None]
        self.random = random

    def hear(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """(128, 70) dB → as recorded with this microphone."""
        floor = self.random.uniform(*NOISE_DB)
        hiss = self.random.standard_exponential(mel.shape, np.float32)  # power of noise in a bin
        power = 10 ** ((mel + self.curve) / 10) + 10 ** ((floor + self.curve) / 10) * hiss
        return np.asarray(np.clip(10 * np.log10(power), SILENCE_DB, 0), np.float32)
