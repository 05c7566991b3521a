# SPDX-License-Identifier: GPL-3.0-or-later
"""HA2G: the Hierarchical Audio Learner feeding the Hierarchical Pose Inferer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from ha2g_engine.errors import InputError
from ha2g_engine.gestures.repertoire import CODE

from .audio_learner import AudioLearner, StyleCoordinator, blend
from .config import AUDIO_LEVELS, ModelConfig
from .identity import ImageIdentity, SpeakerIdentity
from .layers import Noise, text_encoder
from .pose_inferer import LevelInferer
from .system import System
from .whisper import WhisperLearner
from .window import for_listeners

Features = tuple[Tensor, Tensor, Tensor]


@dataclass
class Output:
    """What one pass over a window gives.

    levels: poses of each level, (B, 34, D_h), direction minus mean. pose: (B, 34, D), the one
    that is shown. low, mid, high: (B, 34, 32). text: (B, 34, 32) or None. style: (B, 3, H).
    mu, logvar: (B, H, 16), a row a level. texts: each level's text feature, (B, 34, 32).
    """

    levels: list[Tensor]
    pose: Tensor
    low: Tensor
    mid: Tensor
    high: Tensor
    text: Tensor | None
    style: Tensor
    mu: Tensor
    logvar: Tensor
    texts: list[Tensor]


@dataclass
class Guide:
    """codes: (B, 34, code_dim), z(t) of a plan. style: (B, 3, H) low, mid, high of each level."""

    codes: Tensor
    style: Tensor

    def for_level(self, level: int) -> Tensor:
        """(B, 34, code_dim + 3): with the level's own column of the style alone."""
        column = self.style[:, None, :, level].expand(-1, self.codes.shape[1], -1)
        return torch.cat((self.codes, column), dim=-1)


class HA2G(System):
    """The whole generator; see ``ModelConfig`` for its sizes."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        count = len(config.levels)
        self.audio: AudioLearner | WhisperLearner
        if config.whisper:
            self.audio = WhisperLearner(config.whisper, config.audio_dim, config.frames)
        else:
            self.audio = AudioLearner(config)
        self.coordinator = StyleCoordinator(config.identity_dim, count)
        levels = [LevelInferer(config, level) for level in range(count)]
        self.levels = cast(Sequence[LevelInferer], nn.ModuleList(levels))
        self.text = text_encoder(config)  # for the contrastive loss, paper Eq. 2
        self.identity: ImageIdentity | SpeakerIdentity
        if config.identity == "image":
            self.identity = ImageIdentity(config)
        else:
            self.identity = SpeakerIdentity(config, count + 1)
        self.gestures: Tensor
        if config.n_gestures:  # codes of those that z(t) may tell of
            self.register_buffer("gestures", torch.zeros(config.n_gestures, CODE))
        self.shown: Tensor
        self.register_buffer("shown", torch.tensor(config.shown_columns), persistent=False)

    def sound(self, mel: Tensor, waveform: Tensor) -> Tensor:
        """Which of the two this model hears."""
        return waveform if self.config.whisper else mel

    def identity_from_images(self, images: Tensor) -> Tensor:
        """(B, K, 3, 224, 224) reference frames → (B, 16). InputError for a speaker model."""
        if not isinstance(self.identity, ImageIdentity):
            raise InputError(
                "This checkpoint knows speakers by number, not by picture: "
                "leave the reference image out and choose an identity seed."
            )
        return cast(Tensor, self.identity(images))

    def identity_from_speakers(self, speakers: Tensor) -> Tensor:
        """(B,) indices → (B, 1 + H, 16): one row for the coordinator, one a level."""
        if not isinstance(self.identity, SpeakerIdentity):
            raise InputError("This checkpoint knows people by picture: give a reference image.")
        return cast(Tensor, self.identity(speakers))

    def identity_rows(self, identity: Tensor) -> Tensor:
        """(B, 16) or (B, 1 + H, 16) → (B, 1 + H, 16)."""
        if identity.dim() == 3:
            return identity
        return identity[:, None].expand(-1, 1 + len(self.levels), -1)

    def style(self, identity: Tensor) -> Tensor:
        """The style coordinator's matrix C for this identity, (B, 3, H)."""
        matrix = cast(Tensor, self.coordinator(self.identity_rows(identity)[:, 0]))
        if self.config.audio_levels != "all":
            only = AUDIO_LEVELS.index(self.config.audio_levels)
            return torch.eye(3).to(matrix)[only][None, :, None].expand_as(matrix)
        return matrix[:, :, :1].expand_as(matrix) if self.config.same_audio else matrix

    def pose(self, levels: Sequence[Tensor]) -> Tensor:
        """All levels' poses (B, 34, D_h) → the pose that is shown, (B, 34, D).

        Where it is composed, a level starts the next window from its own and coarser levels'
        bones: what is finer never reaches it.
        """
        return torch.cat(list(levels), dim=-1).index_select(-1, self.shown)

    def infer(
        self,
        audio: Tensor,
        initial: Tensor,
        identity: Tensor,
        words: Tensor | None = None,
        noise: Noise = False,
        first_level: int = 0,
        coarser: Tensor | None = None,
        check: Callable[[], None] = lambda: None,
        texts: Sequence[Tensor] = (),
        guide: Guide | None = None,
    ) -> tuple[list[Tensor], Tensor, Tensor]:
        """The pose cascade from ``first_level`` on.

        audio: (B, H, 34, 32) blended. initial: (B, 4, D) direction minus mean.
        coarser: (B, 34, D_h) poses of the level before ``first_level``.
        check: called before each level; may raise to stop.
        texts: the levels' text features where they are known; ``words`` is then not read.
        guide: for a model that has codes.
        Returns the levels' poses, mu (B, levels, 16) and logvar.
        """
        rows = self.identity_rows(identity)
        poses: list[Tensor] = []
        means, logvars = [], []
        for h in range(first_level, len(self.levels)):
            check()
            previous = poses[-1] if poses else coarser
            text = texts[h] if texts else self.levels[h].hear_words(words, audio[:, h])
            result = self.levels[h](
                previous, initial, audio[:, h], rows[:, h + 1], text, noise,
                None if guide is None else guide.for_level(h),
            )  # fmt: skip
            poses.append(result.pose)
            means.append(result.mu)
            logvars.append(result.logvar)
        return poses, torch.stack(means, dim=1), torch.stack(logvars, dim=1)

    def forward(
        self,
        sound: Tensor,
        initial: Tensor,
        identity: Tensor,
        words: Tensor | None = None,
        sample: Noise = False,
        guide: Guide | None = None,
    ) -> Output:
        """One window.

        sound: (B, 128, 70) dB, or (B / R, 128, 70) where R consecutive people hear the same;
        with ``config.whisper`` the waveform (B / R, 36267) instead.
        initial: (B, 4, D) direction minus mean. identity: (B, 16) or (B, 1 + H, 16).
        words: (B, 34) indices, 0 = none. sample: False means z = mu; see ``reparametrise``.
        guide: for a model that has codes; the style is then the guide's.
        """
        low, mid, high = (for_listeners(heard, len(initial)) for heard in self.audio(sound))
        features: Features = (low, mid, high)
        style = self.style(identity) if guide is None else guide.style
        audio = blend(features, style)
        texts = [level.hear_words(words, features[0]) for level in self.levels]
        poses, mu, logvar = self.infer(
            audio, initial, identity, noise=sample, texts=texts, guide=guide
        )
        text = self.text(words) if self.text is not None and words is not None else None
        return Output(poses, self.pose(poses), *features, text, style, mu, logvar, texts)
