# SPDX-License-Identifier: GPL-3.0-or-later
"""One-dimensional convolution stacks that the baselines and autoencoders share."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .layers import over_poses

SLOPE = 0.2  # of the leaky ReLU in the pose networks


class WaveEncoder(nn.Module):
    """Raw speech → a feature a frame (Yoon et al., 2020): four strided convolutions."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.frames = frames
        widths = (1, 16, 32, 64, 32)
        layers: list[nn.Module] = []
        for i, (inputs, outputs) in enumerate(pairwise(widths)):
            first = i == 0
            layers.append(nn.Conv1d(inputs, outputs, 15, 5 if first else 6, 1600 if first else 0))
            if i < 3:
                layers += [nn.BatchNorm1d(outputs), nn.LeakyReLU(0.3)]
        self.feat_extractor = nn.Sequential(*layers)

    def forward(self, waveform: Tensor) -> Tensor:
        """(B, 36267) at 16 kHz → (B, 34, 32)."""
        steps = cast(Tensor, self.feat_extractor(waveform[:, None]).transpose(1, 2))
        return over_poses(steps, self.frames)


def conv_norm(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Convolution without padding → batch norm → leaky ReLU."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel, stride), nn.BatchNorm1d(outputs), nn.LeakyReLU(SLOPE)
    )


class PoseEncoder(nn.Module):
    """A window of poses → one feature.

    The published code passes True as the slope of the leaky ReLUs between its linear layers,
    which makes them the identity; its checkpoints were trained so.
    """

    def __init__(self, pose_dim: int, feature_dim: int, frames: int) -> None:
        super().__init__()
        steps = (frames - 8) // 2 - 1  # that the convolutions leave: 12 of 34
        self.net = nn.Sequential(
            conv_norm(pose_dim, 32, 3),
            conv_norm(32, 64, 3),
            conv_norm(64, 64, 4, 2),
            nn.Conv1d(64, 32, 3),
        )
        self.out_net = nn.Sequential(
            nn.Linear(32 * steps, 256),
            nn.BatchNorm1d(256),
            nn.Identity(),
            nn.Linear(256, 128),
            nn.BatchNorm1d(128),
            nn.Identity(),
            nn.Linear(128, feature_dim),
        )

    def forward(self, poses: Tensor) -> Tensor:
        """(B, 34, D) → (B, feature_dim)."""
        maps = self.net(poses.transpose(1, 2))  # (B, 32, 12)
        return cast(Tensor, self.out_net(maps.flatten(1)))


class PoseDecoder(nn.Module):
    """One feature → a window of poses, by transposed convolutions."""

    def __init__(self, feature_dim: int, pose_dim: int, frames: int) -> None:
        super().__init__()
        self.frames = frames
        self.pre_net = nn.Sequential(
            nn.Linear(feature_dim, 64),
            nn.BatchNorm1d(64),
            nn.Identity(),  # published slope: 1.0
            nn.Linear(64, 4 * frames),
        )
        self.net = nn.Sequential(
            nn.ConvTranspose1d(4, 32, 3),
            nn.BatchNorm1d(32),
            nn.LeakyReLU(SLOPE),
            nn.ConvTranspose1d(32, 32, 3),
            nn.BatchNorm1d(32),
            nn.LeakyReLU(SLOPE),
            nn.Conv1d(32, 32, 3),
            nn.Conv1d(32, pose_dim, 3),
        )

    def forward(self, feature: Tensor) -> Tensor:
        """(B, feature_dim) → (B, 34, D)."""
        maps = self.pre_net(feature).view(-1, 4, self.frames)
        return cast(Tensor, self.net(maps).transpose(1, 2))


def pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """TensorFlow's SAME padding on every spatial axis, the odd element at the end."""
    pads: list[int] = []
    for size in reversed(x.shape[2:]):
        total = max(0, (-(-size // stride) - 1) * stride + kernel - size)
        pads += [total // 2, total - total // 2]
    return nn.functional.pad(x, pads)


class SameConv(nn.Module):
    """SAME-padded convolution → batch norm → leaky ReLU, in one or two dimensions."""

    def __init__(
        self, dims: int, inputs: int, outputs: int, kernel: int, stride: int = 1, pad: bool = True
    ) -> None:
        super().__init__()
        conv, norm = ((nn.Conv1d, nn.BatchNorm1d), (nn.Conv2d, nn.BatchNorm2d))[dims - 1]
        self.kernel, self.stride, self.pad = kernel, stride, pad
        self.conv = conv(inputs, outputs, kernel, stride)
        self.bn = norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, …) → (B, outputs, …), sizes divided by the stride, rounded up."""
        if self.pad:
            x = pad_same(x, self.kernel, self.stride)
        return nn.functional.leaky_relu(self.bn(self.conv(x)), SLOPE)


def initial_code(config: ModelConfig, outputs: int) -> nn.Sequential:
    """The initial poses, flattened (B, 4·D) → (B, outputs)."""
    return nn.Sequential(
        nn.Linear(config.given * config.table.pose_dim, 32),
        nn.BatchNorm1d(32),
        nn.ReLU(),
        nn.Linear(32, outputs),
    )


def with_bit(initial: Tensor, frames: int) -> Tensor:
    """Initial poses (B, 4, D) → (B, 34, D + 1): the poses with bit 1, then zeros."""
    batch, given, width = initial.shape
    seed = initial.new_zeros(batch, frames, width + 1)
    seed[:, :given, :width] = initial
    seed[:, :given, width] = 1.0
    return seed


def gaussian_heads(features: int, latent: int) -> tuple[nn.Linear, nn.Linear]:
    """The linear layers of a variational code's mean and log-variance."""
    return nn.Linear(features, latent), nn.Linear(features, latent)


def stack_time(parts: list[Tensor]) -> Tensor:
    """Frames (B, D) → (B, T, D)."""
    return torch.stack(parts, dim=1)
