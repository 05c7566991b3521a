# SPDX-License-Identifier: GPL-3.0-or-later
"""What a system computes in a training step; the loop around it is the same for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ha2g_engine import losses
from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.layers import Noise
from ha2g_engine.models.registry import build
from ha2g_engine.models.system import System
from ha2g_engine.skeleton import INITIAL_FRAMES
from ha2g_engine.training.adversary import Adversary
from ha2g_engine.training.config import TrainingConfig
from ha2g_engine.training.streams import Streams, Window

FROM_REST = 0.25  # of the first windows start as synthesis does, from the rest pose
FROM_ELSEWHERE = 0.1  # start from another clip's poses: a way back from anywhere


@dataclass
class Step:
    """poses: (B, 34, D) predicted, with their graph. terms: each loss, not yet weighted."""

    poses: Tensor
    terms: dict[str, Tensor]


class Recipe(ABC):
    """Builds a system and computes its losses.

    DEFAULTS: each term the system has and its published weight; a configuration's
    ``[weights]`` may change them, 0 switches a term off.
    """

    DEFAULTS: ClassVar[Mapping[str, float]]

    def __init__(self, config: TrainingConfig, streams: Streams, device: torch.device) -> None:
        self.config, self.streams = config, streams
        self.weights = self._weights()
        self.model = self.build_model().to(device)
        self.adversary = self.build_adversary() if self.weights.get("gan") else None
        if self.adversary:
            self.adversary.network.to(device)

    def build_model(self) -> System:
        """The system, fitted to the data set's speakers and words."""
        return build(self.config.system, self.model_config())

    def model_config(self) -> ModelConfig:
        """The configured sizes with the number of speakers and words that there are."""
        return replace(self.config.model, n_speakers=max(1, len(self.streams.store.speakers)))

    def build_adversary(self) -> Adversary | None:
        """The discriminator; None for a system without."""
        return None

    @abstractmethod
    def step(self, window: Window, initial: Tensor, identity: Tensor | None) -> Step:
        """Predict a batch of windows from ``initial`` (B, 4, D) and say how wrong it is."""

    @abstractmethod
    def predict(
        self, model: System, window: Window, initial: Tensor, identity: Tensor | None
    ) -> Tensor:
        """(B, 34, D) poses of ``model`` in evaluation mode, as synthesis would make them."""

    def people(self, model: System, window: Window, random: np.random.Generator) -> Tensor | None:
        """Identities for a sequence of windows; None for a system without."""
        return None

    def people_term(
        self, model: System, random: np.random.Generator, *, small: bool = False
    ) -> Tensor | None:
        """The loss of the picture encoder alone; None where there is none to train."""
        return None

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        """The weighted sum."""
        return torch.stack([self.weights[name] * term for name, term in terms.items()]).sum()

    def chance(self, window: Window, *, typical: bool = False) -> Noise:
        """What ``z`` is made from: (B, 16) as each take drew it, else drawn here.

        Data that knows its takes' latents gives the first numbers; the others mean nothing and
        are drawn anew, or 0 where ``typical`` results are asked for.
        """
        known = window.latents
        if not known.shape[-1]:
            return not typical
        shape = (len(known), self.model.config.identity_dim - known.shape[-1])
        free = known.new_zeros(shape) if typical else torch.randn(shape).to(known)
        return torch.cat((known, free), dim=-1)

    def validation_loss(self, poses: Tensor, window: Window) -> Tensor:
        """What decides which epoch is the best: the Huber loss of the whole pose."""
        return losses.huber(poses, window.poses)

    def first_initial(self, window: Window, random: np.random.Generator) -> Tensor:
        """(B, 4, D) for a stream's first window: true, at rest, or somebody else's."""
        true = self._noisy(window.poses[:, :INITIAL_FRAMES], random)
        rest = self.model.rest_pose.expand_as(true)
        chance = torch.from_numpy(random.random(len(true)))[:, None, None].to(true.device)
        start = torch.where(chance < FROM_REST, rest, true)
        return torch.where(chance > 1 - FROM_ELSEWHERE, true.roll(1, dims=0), start)

    def next_initial(self, window: Window, poses: Tensor, random: np.random.Generator) -> Tensor:
        """(B, 4, D): the model's own last frames, or the true ones."""
        own = poses[:, -INITIAL_FRAMES:].detach()
        true = self._noisy(window.poses[:, :INITIAL_FRAMES], random)
        chance = torch.from_numpy(random.random(len(true)))[:, None, None].to(true.device)
        return torch.where(chance < self.config.training.own_start, own, true)

    def _noisy(self, poses: Tensor, random: np.random.Generator) -> Tensor:
        noise = random.normal(0, self.config.training.pose_noise, (len(poses), 1, poses.shape[-1]))
        return poses + torch.from_numpy(noise).to(poses)

    def _weights(self) -> dict[str, float]:
        for name in self.config.weights:
            if name not in self.DEFAULTS:
                raise InputError(
                    f"Setting 'weights.{name}' is unknown to {self.config.system}: "
                    f"use one of {sorted(self.DEFAULTS)}."
                )
        return {k: v for k, v in {**self.DEFAULTS, **self.config.weights}.items() if v}
