# SPDX-License-Identifier: GPL-3.0-or-later
"""Attention Seq2Seq baseline (Yoon et al., "Robots Learn Social Skills", 2019): text only."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .config import ModelConfig
from .convolutions import stack_time
from .system import System
from .window import Prediction, Window, sentences


class SentenceEncoder(nn.Module):
    """Words → a state a word (directions added) and the GRU's last hidden states."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.n_words, config.word_dim)
        layers = config.gru_layers
        self.gru = nn.GRU(
            config.word_dim,
            config.hidden,
            layers,
            dropout=config.dropout if layers > 1 else 0.0,
            bidirectional=True,
            batch_first=True,
        )

    def forward(self, words: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(B, L), (B,) → states (B, L, hidden), hidden (2·layers, B, hidden)."""
        packed = pack_padded_sequence(
            self.embedding(words), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        states, hidden = self.gru(packed)
        both, _ = pad_packed_sequence(states, batch_first=True, total_length=words.shape[1])
        forward, backward = both.chunk(2, dim=-1)
        return forward + backward, hidden


class PoseDecoderStep(nn.Module):
    """One frame: Bahdanau attention over the words, then a GRU and a linear layer."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        hidden, pose_dim, layers = config.hidden, config.table.pose_dim, config.gru_layers
        self.attention = nn.Linear(2 * hidden, hidden)
        self.v = nn.Parameter(torch.randn(hidden) / hidden**0.5)
        self.pre_linear = nn.Sequential(
            nn.Linear(hidden + pose_dim, hidden), nn.BatchNorm1d(hidden), nn.ReLU()
        )
        self.gru = nn.GRU(hidden, hidden, layers, dropout=config.dropout if layers > 1 else 0.0)
        self.out = nn.Linear(hidden, pose_dim)

    def forward(self, pose: Tensor, hidden: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """Pose (B, D), hidden (layers, B, H), states (B, L, H) → next pose and hidden."""
        query = hidden[-1][:, None].expand_as(states)  # (B, L, H)
        energy = self.attention(torch.cat([query, states], dim=-1)).tanh() @ self.v  # (B, L)
        context = (energy.softmax(dim=1)[:, :, None] * states).sum(dim=1)  # (B, H)
        step, hidden = self.gru(self.pre_linear(torch.cat([pose, context], -1))[None], hidden)
        return self.out(step[0]), hidden


class Seq2Seq(System):
    """Sentence in, poses out one by one; frame 0 is the first initial pose."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.encoder = SentenceEncoder(config)
        self.decoder = PoseDecoderStep(config)

    def forward(self, window: Window, noise: torch.Generator | bool = False) -> Prediction:
        """Uses the words' order (not their times) and the initial poses."""
        return self.decode(*sentences(window.words), window.initial)

    def decode(self, words: Tensor, lengths: Tensor, initial: Tensor) -> Prediction:
        """words: (B, L) with start and end. lengths: (B,). initial: (B, 4, D)."""
        states, hidden = self.encoder(words, lengths)
        hidden = hidden[: self.config.gru_layers].contiguous()
        pose = initial[:, 0]
        frames = [pose]
        for t in range(1, self.config.frames):
            pose, hidden = self.decoder(pose, hidden, states)
            frames.append(pose)
            if t < self.config.given:
                pose = initial[:, t]
        return Prediction(stack_time(frames))
