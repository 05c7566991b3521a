# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is speaking: a feature from reference frames (paper) or an index (published code)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .layers import residual_stage


class ImageIdentity(nn.Module):
    """ResNet-18 on each reference frame, mean over frames, linear → f_id (paper Sec. 3.3).

    The last batch norm (no gain) gives f_id mean 0 and variance 1 over the training images,
    so that f_id ~ N(0, I) stands in when there is no picture.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = config.image_widths
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 7, 2, padding=3, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
        )
        inputs = (widths[0], *widths[:3])
        self.stages = nn.Sequential(
            *(
                residual_stage(inputs[i], widths[i], 2, 1 if i == 0 else 2, excite=False)
                for i in range(4)
            )
        )
        self.fc = nn.Linear(widths[3], config.identity_dim)
        self.norm = nn.BatchNorm1d(config.identity_dim, affine=False)

    def forward(self, frames: Tensor) -> Tensor:
        """(B, K, 3, 224, 224) ImageNet-normalised → (B, identity_dim)."""
        return cast(Tensor, self.norm(self._seen(frames)))

    def before_norm(self, frames: Tensor) -> Tensor:
        """What the last norm makes f_id of; its statistics follow in training as ever.

        Through the norm an encoder that knows nothing cannot say the mean, and stays lost.
        """
        found = self._seen(frames)
        self.norm(found.detach())
        return found

    def _seen(self, frames: Tensor) -> Tensor:
        batch, count = frames.shape[:2]
        # torch 2.13's CPU convolution frees memory twice on channels-last input of this shape
        pictures = frames.flatten(0, 1).contiguous()
        maps = self.stages(self.stem(pictures))  # (B·K, w, 7, 7)
        pooled = maps.mean(dim=(2, 3)).view(batch, count, -1).mean(dim=1)  # (B, w)
        return cast(Tensor, self.fc(pooled))


class SpeakerIdentity(nn.Module):
    """Published code: an embedding a training video and a linear layer, one for each user.

    Every level and the style coordinator own a table, so f_id has a row for each of them.
    """

    def __init__(self, config: ModelConfig, users: int) -> None:
        super().__init__()
        dim = config.identity_dim
        self.tables = nn.ModuleList(
            nn.Sequential(nn.Embedding(config.n_speakers, dim), nn.Linear(dim, dim))
            for _ in range(users)
        )

    def forward(self, speakers: Tensor) -> Tensor:
        """(B,) indices in [0, n_speakers) → (B, users, identity_dim)."""
        return torch.stack([table(speakers) for table in self.tables], dim=1)
