# SPDX-License-Identifier: GPL-3.0-or-later
"""HA2G in numpy, asked as ``models.network.Network`` says; ``models`` says what is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.checkpoints.header import settings
from ha2g_engine.errors import InputError
from ha2g_engine.gestures.repertoire import CODE
from ha2g_engine.models.config import AUDIO_LEVELS, ModelConfig
from ha2g_engine.models.network import Features, Guide
from ha2g_engine.speech.sizes import N_MELS

from .gru import SummedGRU
from .layers import Convolution, Linear, Norm, Stage, elu, pooled, relu, shuffled
from .weights import Array, Part, read

LEAK: Final = np.float32(0.01)
COORDINATOR: Final = 32  # numbers between its two layers


def load(path: str | Path) -> tuple[LightNetwork, dict[str, Any]]:
    """A checkpoint's network and notes.

    Raises InputError as ``weights.read`` does, and for a checkpoint that only the full engine
    computes: baselines, models with a text encoder (such as the published ones) or Whisper.
    """
    header, tensors = read(path)
    config = settings(header, path)
    if header["system"] != "ha2g" or config.n_words or config.whisper:
        raise InputError(f"'{path}' needs the full engine: set it up in the add-on's preferences.")
    return LightNetwork(config, tensors), header["notes"]


class LightNetwork:
    """The tensors of a checkpoint, ready to compute."""

    def __init__(self, config: ModelConfig, tensors: Part) -> None:
        self.config = config
        self.rest_pose = tensors.get("rest_pose", config.table.pose_dim)
        self.gestures = np.zeros((0, CODE), np.float32)
        if config.n_gestures:
            self.gestures = tensors.get("gestures", config.n_gestures, CODE)
        self._audio = _AudioLearner(tensors.part("audio"), config)
        self._coordinator = _Coordinator(tensors.part("coordinator"), config)
        self._levels = [
            _Level(tensors.part("levels", h), config, h) for h in range(len(config.levels))
        ]
        self._identity = tensors.part("identity")
        self._image = _ImageIdentity(self._identity, config) if config.identity == "image" else None

    def hear(self, windows: Array) -> Features:
        """See ``Network.hear``."""
        return self._audio(windows)

    def person(self, frames: Array) -> Array:
        """See ``Network.person``."""
        if self._image is None:
            raise InputError(
                "This checkpoint knows speakers by number, not by picture: "
                "leave the reference image out and choose an identity seed."
            )
        return self._image(frames)

    def speaker(self, number: int) -> Array:
        """See ``Network.speaker``."""
        dim, rows = self.config.identity_dim, []
        for user in range(1 + len(self._levels)):
            table = self._identity.part("tables", user)
            known = table.get("0.weight", self.config.n_speakers, dim)
            rows.append(Linear(table.part(1), dim, dim)(known[number]))
        return np.stack(rows)[None]

    def style(self, identity: Array) -> Array:
        """See ``Network.style``."""
        matrix = self._coordinator(self._rows(identity)[0, 0])
        if self.config.audio_levels != "all":
            only = np.zeros_like(matrix)
            only[AUDIO_LEVELS.index(self.config.audio_levels)] = 1
            return only
        return np.repeat(matrix[:, :1], matrix.shape[1], 1) if self.config.same_audio else matrix

    def read(self, words: NDArray[np.int64]) -> list[Array]:
        """See ``Network.read``: nothing, of models without words."""
        text = np.zeros((*words.shape, self.config.text_dim), np.float32)
        return [text for _ in self._levels]

    def infer(
        self,
        audio: Array,
        initial: Array,
        identity: Array,
        texts: Sequence[Array] = (),
        noise: Array | None = None,
        first_level: int = 0,
        coarser: Array | None = None,
        check: Callable[[], None] = lambda: None,
        guide: Guide | None = None,
    ) -> list[Array]:
        """See ``Network.infer``; texts say nothing to these models."""
        rows, poses = self._rows(identity), []
        for h in range(first_level, len(self._levels)):
            check()
            told = None if guide is None else guide.for_level(h)
            coarser = self._levels[h](coarser, initial, audio[:, h], rows[:, h + 1], noise, told)
            poses.append(coarser)
        return poses

    def _rows(self, identity: Array) -> Array:
        """(B, 16) or (B, 1 + H, 16) → (B, 1 + H, 16)."""
        if identity.ndim == 3:
            return identity
        return np.repeat(identity[:, None], 1 + len(self._levels), axis=1)


class _AudioLearner:
    """See ``models.audio_learner.AudioLearner``."""

    def __init__(self, part: Part, config: ModelConfig) -> None:
        first, low, mid, high = config.audio_widths
        self.conv1 = Convolution(part.part("conv1"), 1, first, 3, 1, 1, bias=True)
        self.bn1 = Norm.of(part.part("bn1"), first)
        widths = (first, first, low, mid, high)
        self.stages = [
            Stage(
                part.part("stages", i), widths[i], widths[i + 1], blocks, 2 if i else 1, excite=True
            )
            for i, blocks in enumerate(config.audio_blocks)
        ]
        outputs = config.audio_dim, config.frames
        self.low = _AudioHead(part.part("low"), low, 2, 1, *outputs)
        self.mid = _AudioHead(part.part("mid"), mid // 4, 3, 2, *outputs)
        self.high = _AudioHead(part.part("high"), high // 16, 3, 4, *outputs)

    def __call__(self, mel: Array) -> Features:
        y = self.stages[0](self.bn1(relu(self.conv1(mel[:, None]))))
        stage2 = self.stages[1](y)
        stage3 = self.stages[2](stage2)
        stage4 = self.stages[3](stage3)
        return self.low(stage2), self.mid(stage3), self.high(stage4)


class _AudioHead:
    """See ``models.audio_learner.AudioHead``."""

    def __init__(
        self, part: Part, channels: int, kernel: int, upscale: int, outputs: int, frames: int
    ) -> None:
        rows = N_MELS // 2 - kernel + 1
        self.upscale, self.frames = upscale, frames
        self.conv = Convolution(part.part("conv"), channels, channels, kernel, bias=True)
        self.bn = Norm.of(part.part("bn"), channels)
        self.fc = Linear(part.part("fc"), channels * rows, outputs)

    def __call__(self, maps: Array) -> Array:
        y = self.bn(relu(self.conv(shuffled(maps, self.upscale))))
        return _over_poses(self.fc(y.reshape(len(y), -1, y.shape[-1]).swapaxes(1, 2)), self.frames)


def _over_poses(features: Array, frames: int) -> Array:
    """See ``models.layers.over_poses``."""
    steps = features.shape[1]
    if steps == frames:
        return features
    place = np.linspace(0, steps - 1, frames, dtype=np.float32)
    before = np.clip(place.astype(int), 0, max(0, steps - 2))
    share = (place - before)[:, None]
    first, second = features[:, before], features[:, np.minimum(before + 1, steps - 1)]
    return np.asarray(first + share * (second - first), np.float32)


class _Coordinator:
    """See ``models.audio_learner.StyleCoordinator``."""

    def __init__(self, part: Part, config: ModelConfig) -> None:
        self.levels = len(config.levels)
        self.fc1 = Linear(part.part("fc1"), config.identity_dim, COORDINATOR)
        self.fc2 = Linear(part.part("fc2"), COORDINATOR, 3 * self.levels)

    def __call__(self, identity: Array) -> Array:
        logits = self.fc2(elu(self.fc1(elu(identity)))).reshape(3, self.levels)
        shares = np.exp(logits - logits.max(axis=0))
        return np.asarray(shares / shares.sum(axis=0), np.float32)


class _ImageIdentity:
    """See ``models.identity.ImageIdentity``."""

    def __init__(self, part: Part, config: ModelConfig) -> None:
        widths = config.image_widths
        self.conv = Convolution(part.part("stem", 0), 3, widths[0], 7, 2, 3)
        self.bn = Norm.of(part.part("stem", 1), widths[0])
        inputs = (widths[0], *widths[:3])
        self.stages = [
            Stage(part.part("stages", i), inputs[i], widths[i], 2, 2 if i else 1, excite=False)
            for i in range(4)
        ]
        self.fc = Linear(part.part("fc"), widths[3], config.identity_dim)
        self.norm = Norm.of(part.part("norm"), config.identity_dim, affine=False)

    def __call__(self, frames: Array) -> Array:
        """(K, 3, 224, 224) of one person → (1, identity_dim)."""
        maps = pooled(relu(self.bn(self.conv(frames))))
        for stage in self.stages:
            maps = stage(maps)
        return self.norm(self.fc(maps.mean(axis=(2, 3)).mean(axis=0, keepdims=True)))


class _Level:
    """See ``models.pose_inferer.LevelInferer``."""

    def __init__(self, part: Part, config: ModelConfig, level: int) -> None:
        dim, hidden = config.identity_dim, config.hidden
        self.columns = config.level_columns(level)
        coarser = config.level_columns(level - 1) if level else []
        self.known = [self.columns.index(column) for column in coarser]
        self.guided, self.text_dim = bool(config.code_dim), config.text_dim
        told = config.code_dim + len(AUDIO_LEVELS) if self.guided else 0
        inputs = len(self.columns) + 1 + config.audio_dim + config.text_dim + dim + told
        self.mu = Linear(part.part("mu"), dim, dim)
        self.logvar = Linear(part.part("logvar"), dim, dim)
        self.gru = SummedGRU(part.part("gru", "gru"), inputs, hidden, config.gru_layers)
        self.first = Linear(part.part("out", 0), hidden, hidden // 2)
        self.last = Linear(part.part("out", 2), hidden // 2, len(self.columns))

    def __call__(
        self,
        previous: Array | None,
        initial: Array,
        audio: Array,
        identity: Array,
        noise: Array | None,
        told: Array | None,
    ) -> Array:
        z = self.mu(identity)
        if noise is not None and not self.guided:
            z = z + noise * np.exp(0.5 * self.logvar(identity))
        text = np.zeros((*audio.shape[:2], self.text_dim), np.float32)
        kept = np.repeat(z[:, None], audio.shape[1], axis=1)
        parts = [self._seed_poses(previous, initial, audio.shape[1]), audio, text, kept]
        inputs = np.concatenate([*parts, *([] if told is None else [told])], axis=-1)
        hidden = self.first(self.gru(np.asarray(inputs, np.float32)))
        return self.last(np.maximum(hidden, LEAK * hidden))

    def _seed_poses(self, previous: Array | None, initial: Array, frames: int) -> Array:
        """(B, 34, D_level + 1): true poses and bit 1, then the coarser level and bit 0."""
        width, given = len(self.columns), initial.shape[1]
        seed = np.zeros((len(initial), frames, width + 1), np.float32)
        if previous is not None:
            seed[:, :, self.known] = previous
        seed[:, :given, :width] = initial[:, :, self.columns]
        seed[:, :given, width] = 1
        return seed
