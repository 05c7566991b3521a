# SPDX-License-Identifier: GPL-3.0-or-later
"""Trimodal baseline (Yoon et al., "Gesture Generation from Trimodal Context", 2020)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .convolutions import WaveEncoder, with_bit
from .layers import Noise, SummedGRU, reparametrise, repeat_over_time, require_text_encoder
from .system import System
from .window import Prediction, Window, for_listeners


class Trimodal(System):
    """[poses, bit | audio | text | z] → bidirectional GRU → poses."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        dim, hidden, pose_dim = config.identity_dim, config.hidden, config.table.pose_dim
        self.audio_encoder = WaveEncoder(config.frames)
        self.text_encoder = require_text_encoder(config)
        self.speaker_embedding = nn.Sequential(
            nn.Embedding(config.n_speakers, dim), nn.Linear(dim, dim)
        )
        self.speaker_mu = nn.Linear(dim, dim)
        self.speaker_logvar = nn.Linear(dim, dim)
        inputs = pose_dim + 1 + 32 + config.text_dim + dim
        self.gru = SummedGRU(inputs, hidden, config.gru_layers, config.dropout)
        self.out = nn.Sequential(
            nn.Linear(hidden, hidden // 2),
            nn.Identity(),  # published slope: 1.0
            nn.Linear(hidden // 2, pose_dim),
        )

    def forward(self, window: Window, noise: Noise = False) -> Prediction:
        """Uses the waveform, the words, the speaker and the initial poses."""
        person = self.speaker_embedding(window.speaker)
        mu, logvar = self.speaker_mu(person), self.speaker_logvar(person)
        z = reparametrise(mu, logvar, noise)
        inputs = torch.cat(
            [
                with_bit(window.initial, self.config.frames),
                for_listeners(self.audio_encoder(window.waveform), len(window.initial)),
                self.text_encoder(window.words),
                repeat_over_time(z, self.config.frames),
            ],
            dim=-1,
        )
        return Prediction(cast(Tensor, self.out(self.gru(inputs))), mu, logvar)
