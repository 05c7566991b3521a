# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of consecutive windows from a data set, with their faults added.

A stream walks through a clip window after window, as synthesis does, so that the recipe can
start each window from the model's own last frames and the model learns to live with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ha2g_engine.audio import MEL_PER_POSE, N_MELS, SILENCE_DB, WINDOW_MEL_FRAMES
from ha2g_engine.data.store import ClipEntry, Split, Store
from ha2g_engine.errors import InputError
from ha2g_engine.image import MEAN, SPREAD
from ha2g_engine.skeleton import STRIDE, WINDOW_FRAMES, skeleton

NOISE_DB: Final = (-75.0, -25.0)  # of the added noise floor, below the loudest bin
TILT_DB: Final = 6.0  # of the random microphone curve
FRAMES_PER_PORTRAIT: Final = 1
SETS_PER_SPEAKER: Final = 8


@dataclass(frozen=True)
class Window:
    """mel: (B, 128, 70) dB. poses: (B, 34, D) direction minus mean. speakers: (B,)."""

    mel: Tensor
    poses: Tensor
    speakers: Tensor


class Streams:
    """Reads windows of one split."""

    def __init__(self, store: Store, split: Split, windows: int, *, augment: bool) -> None:
        self.store, self.windows, self.augment = store, windows, augment
        needed = WINDOW_FRAMES + STRIDE * (windows - 1)
        self.clips = [c for c in store.split(split) if c.motion[1] - c.motion[0] >= needed]
        if not self.clips:
            raise InputError(
                f"No {split} clip of '{store.folder}' is {needed} frames long: "
                "set training.windows lower."
            )
        self.needed = needed
        self.mean = skeleton(store.skeleton).mean_direction

    def sequence(self, random: np.random.Generator, batch: int) -> list[Window]:
        """``windows`` consecutive windows of ``batch`` random clips from random frames."""
        clips = [self.clips[i] for i in random.integers(len(self.clips), size=batch)]
        starts = [int(random.integers(c.motion[1] - c.motion[0] - self.needed + 1)) for c in clips]
        curve = _curves(random, batch)
        return [self._window(clips, starts, k, curve, random) for k in range(self.windows)]

    def _window(
        self,
        clips: list[ClipEntry],
        starts: list[int],
        step: int,
        curve: NDArray[np.float32],
        random: np.random.Generator,
    ) -> Window:
        firsts = [start + STRIDE * step for start in starts]
        mel = np.stack([self._mel(c, f) for c, f in zip(clips, firsts, strict=True)])
        if self.augment:
            mel = _colour(mel, curve, random)
        poses = np.stack([self._poses(c, f) for c, f in zip(clips, firsts, strict=True)])
        speakers = torch.tensor([clip.speaker for clip in clips])
        return Window(torch.from_numpy(mel), torch.from_numpy(poses), speakers)

    def _mel(self, clip: ClipEntry, first: int) -> NDArray[np.float32]:
        """The (128, 70) that synthesis would cut for this window."""
        row = clip.mel[0] + round(first * MEL_PER_POSE)
        found = self.store.mel[row : min(row + WINDOW_MEL_FRAMES, clip.mel[1])]
        mel = np.full((WINDOW_MEL_FRAMES, N_MELS), SILENCE_DB, np.float32)
        mel[: len(found)] = found
        return np.ascontiguousarray(mel.T)

    def _poses(self, clip: ClipEntry, first: int) -> NDArray[np.float32]:
        row = clip.motion[0] + first
        found = self.store.directions[row : row + WINDOW_FRAMES].astype(np.float32)
        return np.asarray((found - self.mean).reshape(WINDOW_FRAMES, -1))

    def rest_pose(self) -> Tensor:
        """(D,) the median pose of the whole split, where hands mostly are: at rest."""
        rows = [self.store.directions[c.motion[0]] for c in self.clips]
        rest = np.median(np.asarray(rows, np.float32), axis=0)
        rest /= np.linalg.norm(rest, axis=-1, keepdims=True)
        return torch.from_numpy((rest - self.mean).reshape(-1))

    def portraits(self, random: np.random.Generator) -> Tensor:
        """(S·4, K, 3, 224, 224) normalised: sets of reference frames of each speaker."""
        sets = []
        for speaker in self.store.speakers:
            shape = (SETS_PER_SPEAKER, FRAMES_PER_PORTRAIT)
            rows = random.integers(*speaker.portraits, size=shape)
            sets.append(np.stack([self.store.portraits[row] for row in rows]))
        pixels = np.concatenate(sets).astype(np.float32) / 255
        return torch.from_numpy(((pixels - MEAN) / SPREAD).transpose(0, 1, 4, 2, 3))


def _curves(random: np.random.Generator, batch: int) -> NDArray[np.float32]:
    """(B, 128, 1) dB, a smooth random microphone curve for each stream."""
    knots = random.uniform(-TILT_DB, TILT_DB, (batch, 5))
    places = np.linspace(0, 4, N_MELS)
    low = np.minimum(places.astype(int), 3)
    part = places - low
    return np.asarray(knots[:, low] * (1 - part) + knots[:, low + 1] * part, np.float32)[..., None]


def _colour(
    mel: NDArray[np.float32], curve: NDArray[np.float32], random: np.random.Generator
) -> NDArray[np.float32]:
    """Another microphone and another noise floor for (B, 128, 70) dB."""
    floor = random.uniform(*NOISE_DB, (len(mel), 1, 1))
    hiss = -np.log(random.uniform(1e-6, 1, mel.shape))  # power of noise in a bin
    power = 10 ** ((mel + curve) / 10) + 10 ** ((floor + curve) / 10) * hiss
    return np.asarray(np.clip(10 * np.log10(power), SILENCE_DB, 0), np.float32)
