# SPDX-License-Identifier: GPL-3.0-or-later
"""Hierarchical Audio Learner (paper Sec. 3.2): three audio features and who hears which."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from ha2g_engine.speech.sizes import N_MELS

from .config import ModelConfig
from .layers import over_poses, residual_stage


class AudioHead(nn.Module):
    """One stage's map → a feature a frame: (unshuffle) → conv → ReLU → BN → linear."""

    def __init__(self, channels: int, kernel: int, upscale: int, outputs: int, frames: int) -> None:
        super().__init__()
        self.frames = frames
        self.shuffle = nn.PixelShuffle(upscale)
        self.conv = nn.Conv2d(channels, channels, kernel)
        self.bn = nn.BatchNorm2d(channels)
        rows = N_MELS // 2 - kernel + 1  # every head sees the mel axis at half resolution
        self.fc = nn.Linear(channels * rows, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, mel, time) → (B, 34, outputs), features ordered (channel, mel) a step."""
        y = self.bn(self.conv(self.shuffle(x)).relu())  # (B, C, rows, 34)
        steps = y.flatten(1, 2).transpose(1, 2)  # (B, 34, C·rows)
        return over_poses(cast(Tensor, self.fc(steps)), self.frames)


class AudioLearner(nn.Module):
    """ResNetSE34 trunk with a low, a mid and a high head."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        first, low, mid, high = config.audio_widths
        self.conv1 = nn.Conv2d(1, first, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(first)
        widths = (first, first, low, mid, high)
        self.stages = nn.ModuleList(
            residual_stage(widths[i], widths[i + 1], blocks, 1 if i == 0 else 2, excite=True)
            for i, blocks in enumerate(config.audio_blocks)
        )
        outputs = config.audio_dim, config.frames
        self.low = AudioHead(low, 2, 1, *outputs)
        self.mid = AudioHead(mid // 4, 3, 2, *outputs)
        self.high = AudioHead(high // 16, 3, 4, *outputs)
        # wide maps train a tenth quicker with the channels last; narrow ones do not
        wide = all(width % 16 == 0 for width in config.audio_widths)
        self.order = torch.channels_last if wide else torch.contiguous_format
        self.stages.to(memory_format=self.order)  # type: ignore[call-overload]

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """mel: (B, 128, 70) dB → low, mid, high, each (B, 34, audio_dim)."""
        y = self.bn1(self.conv1(mel[:, None]).relu()).contiguous(memory_format=self.order)
        y = self.stages[0](y)  # (B, w1, 128, 70)
        stage2 = self.stages[1](y)  # (B, w2, 64, 35)
        stage3 = self.stages[2](stage2)  # (B, w3, 32, 18)
        stage4 = self.stages[3](stage3)  # (B, w4, 16, 9)
        return self.low(stage2), self.mid(stage3), self.high(stage4)


class StyleCoordinator(nn.Module):
    """How much of the low, mid and high feature each level hears, from the identity."""

    def __init__(self, identity_dim: int, levels: int) -> None:
        super().__init__()
        self.levels = levels
        self.fc1 = nn.Linear(identity_dim, 32)
        self.fc2 = nn.Linear(32, 3 * levels)

    def forward(self, identity: Tensor) -> Tensor:
        """(B, identity_dim) → (B, 3, levels), each column sums to 1."""
        elu = nn.functional.elu
        logits = self.fc2(elu(self.fc1(elu(identity))))
        return cast(Tensor, logits.view(-1, 3, self.levels).softmax(dim=1))


def blend(features: tuple[Tensor, Tensor, Tensor], style: Tensor) -> Tensor:
    """Paper Eq. 3: f_a^h = Σ_l C[l, h] f_a^l.

    features: low, mid, high, each (B, T, C). style: (B, 3, H). Returns (B, H, T, C).
    """
    return torch.einsum("lbtc,blh->bhtc", torch.stack(features), style)
