# SPDX-License-Identifier: GPL-3.0-or-later
"""Real or generated? One discriminator for HA2G and Trimodal, one for Speech2Gesture."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from ha2g_engine.body.windows import PUBLISHED

from .convolutions import SLOPE, SameConv, pad_same
from .layers import SummedGRU


class PoseDiscriminator(nn.Module):
    """Three convolutions, a bidirectional GRU, one probability a window.

    slope: of the leaky ReLUs; 0.01 in HA2G, 1.0 (no nonlinearity) in published Trimodal.
    """

    def __init__(self, pose_dim: int, slope: float = 0.01, frames: int = PUBLISHED.frames) -> None:
        super().__init__()
        steps = frames - 3 * 2  # no padding
        self.pre_conv = nn.Sequential(
            nn.Conv1d(pose_dim, 16, 3),
            nn.BatchNorm1d(16),
            nn.LeakyReLU(slope),
            nn.Conv1d(16, 8, 3),
            nn.BatchNorm1d(8),
            nn.LeakyReLU(slope),
            nn.Conv1d(8, 8, 3),
        )
        self.gru = SummedGRU(8, 64, 4, dropout=0.3)
        self.out = nn.Linear(64, 1)
        self.out2 = nn.Linear(steps, 1)

    def forward(self, poses: Tensor) -> Tensor:
        """(B, 34, D) → (B,) probability of being real."""
        steps = self.gru(self.pre_conv(poses.transpose(1, 2)).transpose(1, 2))  # (B, 28, 64)
        return torch.sigmoid(self.out2(self.out(steps).squeeze(-1))).squeeze(-1)


class MotionDiscriminator(nn.Module):
    """Real or generated, judged on frame differences by patches of time."""

    def __init__(self, pose_dim: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(pose_dim, 64, 4, 2)
        self.blocks = nn.Sequential(SameConv(1, 64, 128, 4, 2), SameConv(1, 128, 256, 4))
        self.last = nn.Conv1d(256, 1, 4)

    def forward(self, poses: Tensor) -> Tensor:
        """(B, 34, D) → a score a patch, (B, patches); near 1 means real."""
        motion = poses.diff(dim=1).transpose(1, 2)  # (B, D, 33)
        x = nn.functional.leaky_relu(self.first(pad_same(motion, 4, 2)), SLOPE)
        return cast(Tensor, self.last(pad_same(self.blocks(x), 4, 1)).squeeze(1))
