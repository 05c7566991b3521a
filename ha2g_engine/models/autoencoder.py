# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion autoencoders whose features the Fréchet gesture distance compares."""

from __future__ import annotations

from typing import cast

from torch import Tensor

from .config import ModelConfig
from .convolutions import PoseDecoder, PoseEncoder, gaussian_heads
from .system import System


class Autoencoder(System):
    """Poses → latent → poses.

    Expressive: the latent is the encoder's 128 features. Gesture (the published pose-only
    embedding network): 32 features, of which a Gaussian's mean is the latent.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        dim, pose_dim = config.latent_dim, config.table.pose_dim
        self.encoder = PoseEncoder(pose_dim, dim, config.frames)
        self.variational = config.skeleton == "gesture"
        if self.variational:
            self.fc_mu, self.fc_logvar = gaussian_heads(dim, dim)
        self.decoder = PoseDecoder(dim, pose_dim, config.frames)

    def encode(self, poses: Tensor) -> Tensor:
        """(B, 34, D) direction minus mean → (B, latent)."""
        feature = self.encoder(poses)
        return cast(Tensor, self.fc_mu(feature) if self.variational else feature)

    def forward(self, poses: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 34, D) → reconstruction (B, 34, D) and latent (B, latent)."""
        latent = self.encode(poses)
        return self.decoder(latent), latent
