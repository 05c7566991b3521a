# SPDX-License-Identifier: GPL-3.0-or-later
"""Hierarchical Pose Inferer (paper Sec. 3.3): one level of the body after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from .config import AUDIO_LEVELS, ModelConfig
from .layers import Noise, SummedGRU, reparametrise, repeat_over_time, text_encoder

STYLE_ROWS = len(AUDIO_LEVELS)


@dataclass
class LevelOutput:
    """pose: (B, 34, 3·bones of the level), direction minus mean. mu, logvar: (B, 16)."""

    pose: Tensor
    mu: Tensor
    logvar: Tensor


class LevelInferer(nn.Module):
    """One level: [poses, bit | audio | text | z | guide] → GRU → this level's poses.

    The guide, where there is one, is z(t) and the level's own column of the style. All that is
    left to chance is in it, so that z is then what the identity says, mu.
    """

    def __init__(self, config: ModelConfig, level: int) -> None:
        super().__init__()
        self.columns = config.level_columns(level)
        coarser = config.level_columns(level - 1) if level else []
        self.known = [self.columns.index(column) for column in coarser]
        dim, hidden = config.identity_dim, config.hidden
        self.mu = nn.Linear(dim, dim)
        self.logvar = nn.Linear(dim, dim)
        self.text = text_encoder(config)
        self.text_dim = config.text_dim
        inputs = len(self.columns) + 1 + config.audio_dim + config.text_dim + dim
        self.guided = bool(config.code_dim)
        inputs += config.code_dim + STYLE_ROWS if self.guided else 0
        self.gru = SummedGRU(inputs, hidden, config.gru_layers, config.dropout)
        self.out = nn.Sequential(
            nn.Linear(hidden, hidden // 2),
            nn.LeakyReLU(0.01),
            nn.Linear(hidden // 2, len(self.columns)),
        )

    def forward(
        self,
        previous: Tensor | None,
        initial: Tensor,
        audio: Tensor,
        identity: Tensor,
        text: Tensor,
        noise: Noise = False,
        guide: Tensor | None = None,
    ) -> LevelOutput:
        """One level's poses for a window.

        previous: (B, 34, D of the coarser level) or None. initial: (B, 4, D) whole poses.
        audio: (B, 34, audio_dim) blended for this level. identity: (B, 16).
        text: (B, 34, text_dim) of ``hear_words``. noise: (B, 16) or else, see ``reparametrise``.
        guide: (B, 34, code_dim + 3) for a model that has codes.
        """
        mu, logvar = self.mu(identity), self.logvar(identity)
        z = mu if self.guided else reparametrise(mu, logvar, noise)
        parts = [
            self._seed_poses(previous, initial, audio.shape[1]),
            audio,
            text,
            repeat_over_time(z, audio.shape[1]),
        ]
        if guide is not None:
            parts.append(guide)
        return LevelOutput(self.out(self.gru(torch.cat(parts, dim=-1))), mu, logvar)

    def _seed_poses(self, previous: Tensor | None, initial: Tensor, frames: int) -> Tensor:
        """(B, 34, D_level + 1): true poses and bit 1, then the coarser level and bit 0."""
        width, given = len(self.columns), initial.shape[1]
        seed = initial.new_zeros(len(initial), frames, width + 1)
        if previous is not None:
            seed[:, :, self.known] = previous
        seed[:, :given, :width] = initial[:, :, self.columns]
        seed[:, :given, width] = 1.0
        return seed

    def hear_words(self, words: Tensor | None, like: Tensor) -> Tensor:
        """The text feature of this level, (B, 34, text_dim).

        words: (B, 34) indices; None is silence. like: any (B, 34, …) on the same device.
        """
        if self.text is None:
            return like.new_zeros(*like.shape[:2], self.text_dim)
        if words is None:
            words = like.new_zeros(like.shape[:2], dtype=torch.long)
        return cast(Tensor, self.text(words))
