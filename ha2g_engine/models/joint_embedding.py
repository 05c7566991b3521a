# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint Embedding baseline (after Ahuja & Morency, "Language2Pose", 3DV 2019)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .convolutions import PoseEncoder, WaveEncoder, gaussian_heads, initial_code
from .layers import SummedGRU, reparametrise, repeat_over_time, require_text_encoder
from .system import System
from .window import Prediction, Window, for_listeners

CODE = 32  # numbers of the joint embedding


class ContextEncoder(nn.Module):
    """Speech and text → a Gaussian in the joint embedding."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.text_encoder = require_text_encoder(config)
        self.audio_encoder = WaveEncoder(config.frames)
        self.gru = nn.GRU(32 + config.text_dim, 256, 2, batch_first=True)
        self.out = nn.Sequential(
            nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, CODE)
        )
        self.fc_mu, self.fc_logvar = gaussian_heads(CODE, CODE)

    def forward(self, waveform: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """(B / R, 36267), (B, 34) → mu, logvar (B, 32)."""
        heard = for_listeners(self.audio_encoder(waveform), len(words))
        both = torch.cat([heard, self.text_encoder(words)], dim=-1)
        feature = self.out(self.gru(both)[0][:, -1])
        return self.fc_mu(feature), self.fc_logvar(feature)


class PoseEmbedding(nn.Module):
    """Poses → a Gaussian in the joint embedding."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.encoder = PoseEncoder(config.table.pose_dim, CODE, config.frames)
        self.fc_mu, self.fc_logvar = gaussian_heads(CODE, CODE)

    def forward(self, poses: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 34, D) → mu, logvar (B, 32)."""
        feature = self.encoder(poses)
        return self.fc_mu(feature), self.fc_logvar(feature)


class EmbeddingDecoder(nn.Module):
    """A code and the initial poses → poses."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        hidden, self.frames = config.decoder_hidden, config.frames
        self.pre_pose_net = initial_code(config, CODE)
        self.gru = SummedGRU(2 * CODE, hidden, 4, config.dropout)
        self.out = nn.Sequential(
            nn.Linear(hidden, hidden // 2),
            nn.Identity(),  # published slope: 1.0
            nn.Linear(hidden // 2, config.table.pose_dim),
        )

    def forward(self, code: Tensor, initial: Tensor) -> Tensor:
        """(B, 32), (B, 4, D) → (B, 34, D)."""
        start = self.pre_pose_net(initial.flatten(1))
        inputs = repeat_over_time(torch.cat([start, code], dim=-1), self.frames)
        return cast(Tensor, self.out(self.gru(inputs)))


class JointEmbedding(System):
    """Speech and poses share one code; training decodes from either, inference from speech."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.context_encoder = ContextEncoder(config)
        self.pose_encoder = PoseEmbedding(config)
        self.decoder = EmbeddingDecoder(config)

    def forward(self, window: Window, noise: torch.Generator | bool = False) -> Prediction:
        """Uses the waveform, the words and the initial poses."""
        mu, logvar = self.context_encoder(window.waveform, window.words)
        code = reparametrise(mu, logvar, noise)
        return Prediction(self.decoder(code, window.initial), mu, logvar)

    def from_poses(self, poses: Tensor, noise: torch.Generator | bool = False) -> Prediction:
        """(B, 34, D) true poses through the embedding, for training."""
        mu, logvar = self.pose_encoder(poses)
        code = reparametrise(mu, logvar, noise)
        return Prediction(self.decoder(code, poses[:, : self.config.given]), mu, logvar)
