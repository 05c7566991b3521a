# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks that several networks share. B = batch, T = frames, C = channels."""

from __future__ import annotations

from collections.abc import Hashable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from ha2g_engine.errors import InputError

from .config import ModelConfig
from .gru import FEW, Laid, laid, run_few, run_layers
from .random import Dropout, normal_like


class SqueezeExcitation(nn.Module):
    """Channel weights from the mean over space (Hu et al., CVPR 2018), reduction 8."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // 8),
            nn.ReLU(),
            nn.Linear(channels // 8, channels),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → the same shape, scaled a channel."""
        weights: Tensor = self.fc(x.mean(dim=(2, 3)))
        return x * weights[:, :, None, None]


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions and a shortcut; ``excite`` adds squeeze-excitation.

    With it, ReLU precedes the first batch norm as in the published audio network;
    without, the order is ResNet-18's (He et al., CVPR 2016).
    """

    def __init__(self, inputs: int, outputs: int, stride: int, *, excite: bool) -> None:
        super().__init__()
        self.excite = excite
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.se = SqueezeExcitation(outputs) if excite else nn.Identity()
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, ⌈H / stride⌉, ⌈W / stride⌉)."""
        y = self.conv1(x)
        y = self.bn1(y.relu()) if self.excite else self.bn1(y).relu()
        y = self.se(self.bn2(self.conv2(y)))
        return cast(Tensor, (y + self.downsample(x)).relu())


def residual_stage(
    inputs: int, outputs: int, blocks: int, stride: int, *, excite: bool
) -> nn.Sequential:
    """``blocks`` residual blocks, the first with ``stride``."""
    widths = [inputs] + [outputs] * (blocks - 1)
    steps = [stride] + [1] * (blocks - 1)
    return nn.Sequential(
        *(ResidualBlock(w, outputs, s, excite=excite) for w, s in zip(widths, steps, strict=True))
    )


class SummedGRU(nn.Module):
    """Bidirectional GRU whose two directions are added."""

    def __init__(self, inputs: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.gru = nn.GRU(
            inputs,
            hidden,
            layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if layers > 1 else 0.0,
        )
        self._laid: tuple[Hashable, list[Laid]] = (), []  # of which weights, as they lie

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, inputs) → (B, T, hidden)."""
        forward, backward = self._both(x).chunk(2, dim=-1)
        return forward + backward

    def _both(self, x: Tensor) -> Tensor:
        if x.device.type == "cpu" and self.training:
            return run_layers(self.gru, x)
        if x.device.type == "cpu" and len(x) <= FEW and not torch.is_grad_enabled():
            return run_few(self._weights(), x)
        return cast(Tensor, self.gru(x)[0])

    def _weights(self) -> list[Laid]:
        """Laid out once, and again when they have changed."""
        state = tuple(map(_state, self.gru.parameters()))
        if self._laid[0] != state:
            self._laid = state, laid(self.gru)
        return self._laid[1]


def _state(weights: Tensor) -> tuple[int, int]:
    """Another one, other values; those made in inference mode count no changes."""
    return weights.data_ptr(), 0 if weights.is_inference() else weights._version


class CausalBlock(nn.Module):
    """Two weight-normed causal convolutions of kernel 2 and a shortcut (Bai et al., 2018)."""

    def __init__(self, inputs: int, outputs: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.past = nn.ConstantPad1d((dilation, 0), 0.0)
        self.conv1 = weight_norm(nn.Conv1d(inputs, outputs, 2, dilation=dilation))
        self.conv2 = weight_norm(nn.Conv1d(outputs, outputs, 2, dilation=dilation))
        self.dropout = Dropout(dropout)
        self.downsample: nn.Module = nn.Identity()
        if inputs != outputs:
            self.downsample = nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, T) → (B, outputs, T); step t sees steps ≤ t only."""
        y = self.dropout(self.conv1(self.past(x)).relu())
        y = self.dropout(self.conv2(self.past(y)).relu())
        return cast(Tensor, (y + self.downsample(x)).relu())


class TextEncoder(nn.Module):
    """Word indices → a feature a frame: embedding, temporal convolutions, linear."""

    def __init__(
        self, words: int, word_dim: int, hidden: int, layers: int, outputs: int, dropout: float
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, word_dim)
        self.dropout = Dropout(0.1)
        widths = [word_dim] + [hidden] * layers
        self.blocks = nn.Sequential(
            *(CausalBlock(widths[i], hidden, 2**i, dropout) for i in range(layers))
        )
        self.decoder = nn.Linear(hidden, outputs)

    def forward(self, words: Tensor) -> Tensor:
        """(B, T) word indices, 0 = no word here → (B, T, outputs)."""
        embedded = self.dropout(self.embedding(words))  # (B, T, word_dim)
        hidden = self.blocks(embedded.transpose(1, 2)).transpose(1, 2)  # (B, T, hidden)
        return cast(Tensor, self.decoder(hidden))


def repeat_over_time(x: Tensor, frames: int) -> Tensor:
    """(B, C) → (B, frames, C)."""
    return x[:, None, :].expand(-1, frames, -1)


def over_poses(features: Tensor, frames: int) -> Tensor:
    """(B, steps, C) from a window's first to its last moment → (B, frames, C), linearly.

    As they are where there is a step for each pose, as in windows of the published 34.
    """
    steps = features.shape[1]
    if steps == frames:
        return features
    place = torch.linspace(0, steps - 1, frames, device=features.device)
    before = place.floor().long().clamp(max=max(0, steps - 2))
    share = (place - before).to(features)[:, None]
    return torch.lerp(features[:, before], features[:, (before + 1).clamp(max=steps - 1)], share)


Noise = torch.Generator | Tensor | bool


def reparametrise(mu: Tensor, logvar: Tensor, noise: Noise = True) -> Tensor:
    """A sample of N(mu, exp(logvar)), or mu itself where ``noise`` is False.

    noise: what is drawn from N(0, I), of mu's shape; or a generator or True to draw it, on the
    CPU so that a seed means one thing.
    """
    if noise is False:
        return mu
    if isinstance(noise, Tensor):
        return mu + noise * (0.5 * logvar).exp()
    generator = noise if isinstance(noise, torch.Generator) else None
    return mu + normal_like(mu, generator) * (0.5 * logvar).exp()


def text_encoder(config: ModelConfig) -> TextEncoder | None:
    """A fresh text encoder, or None for a model without words."""
    if not config.n_words:
        return None
    return TextEncoder(
        config.n_words,
        config.word_dim,
        config.hidden,
        config.text_layers,
        config.text_dim,
        config.dropout,
    )


def require_text_encoder(config: ModelConfig) -> TextEncoder:
    """A fresh text encoder; raises InputError for a configuration without words."""
    encoder = text_encoder(config)
    if encoder is None:
        raise InputError("n_words = 0: this system needs a vocabulary to listen to words.")
    return encoder
