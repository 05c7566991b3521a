# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech2Gesture baseline (Ginosar et al., CVPR 2019): spectrogram → U-Net → poses."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .convolutions import SameConv, initial_code
from .layers import repeat_over_time
from .system import System
from .window import Prediction, Window, for_listeners

DEPTH = 5  # halvings of the time axis


class SpectrogramEncoder(nn.Module):
    """(B, 128, 70) → (B, width, 34): 2-D convolutions, resized, then a 1-D U-Net."""

    def __init__(self, width: int, frames: int) -> None:
        super().__init__()
        self.frames = frames
        quarter, half = width // 4, width // 2
        widths = (1, quarter, quarter, half, half, width, width)
        self.first_net = nn.ModuleList(
            SameConv(2, widths[i], widths[i + 1], 3 + i % 2, 1 + i % 2) for i in range(6)
        )
        self.first_net.append(SameConv(2, width, width, 3))
        self.first_net.append(SameConv(2, width, width, 3, pad=False))
        self.same = nn.ModuleList(SameConv(1, width, width, 3) for _ in range(2))
        self.down = nn.ModuleList(SameConv(1, width, width, 4, 2) for _ in range(DEPTH))
        self.up = nn.ModuleList(SameConv(1, width, width, 3) for _ in range(DEPTH))

    def forward(self, mel: Tensor) -> Tensor:
        """(B, 128, 70) dB → (B, width, 34)."""
        x = mel[:, None]
        for block in self.first_net:
            x = block(x)
        x = nn.functional.interpolate(x, (self.frames, 1), mode="bilinear")[..., 0]
        for block in self.same:
            x = block(x)
        skips = [x]
        for block in self.down:
            skips.append(block(skips[-1]))
        x = skips.pop()
        for block in self.up:
            skip = skips.pop()
            x = block(x.repeat_interleave(2, dim=-1)[..., : skip.shape[-1]] + skip)
        return x


class Speech2Gesture(System):
    """The spectrogram's features and a code of the initial poses → poses."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        pose_dim, width = config.table.pose_dim, config.unet_width
        self.audio_encoder = SpectrogramEncoder(width, config.frames)
        self.pre_pose_encoder = initial_code(config, 16)
        self.decoder = nn.Sequential(
            *(SameConv(1, width + 16 if i == 0 else width, width, 3) for i in range(4))
        )
        self.final_out = nn.Conv1d(width, pose_dim, 1)

    def forward(self, window: Window, noise: torch.Generator | bool = False) -> Prediction:
        """Uses the spectrogram and the initial poses."""
        start = self.pre_pose_encoder(window.initial.flatten(1))
        code = repeat_over_time(start, self.config.frames)
        heard = for_listeners(self.audio_encoder(window.mel), len(window.initial))
        features = torch.cat([heard, code.transpose(1, 2)], dim=1)
        return Prediction(self.final_out(self.decoder(features)).transpose(1, 2))
