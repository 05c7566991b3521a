# SPDX-License-Identifier: GPL-3.0-or-later
"""What a system computes in a training step; the loop around it is the same for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ha2g_engine import distributed, losses
from ha2g_engine.errors import InputError
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.registry import build
from ha2g_engine.models.system import System

from .adversary import Adversary, Game
from .config import TrainingConfig
from .shared_norm import share_statistics
from .streams import Streams, Window

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def exact(found: Record) -> Record:
    """A dataclass of tensors and lists of them with bfloat16 made float32, for the losses."""
    return replace(found, **{name: _exact(value) for name, value in vars(found).items()})


def _exact(value: Any) -> Any:
    if isinstance(value, list):
        return [_exact(item) for item in value]
    half = isinstance(value, Tensor) and value.dtype == torch.bfloat16
    return value.float() if half else value


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
        if config.training.identity_steps and "identity" not in self.weights:
            raise InputError(
                "training.identity_steps trains the picture encoder towards weights.identity, "
                "which is 0: set it above 0, or the steps to 0."
            )
        self.model = self.build_model().to(device)
        share_statistics(self.model)
        self.adversary = self.build_adversary() if self.weights.get("gan") else None
        if self.adversary:
            share_statistics(self.adversary.network.to(device))

    def build_model(self) -> System:
        """The system, fitted to the data set's speakers and words."""
        return build(self.config.system, self.model_config())

    def model_config(self) -> ModelConfig:
        """The configured sizes with the number of speakers and words that there are."""
        store = self.streams.store
        people = len(store.trained if self.streams.by_number else store.speakers)
        return replace(self.config.model, n_speakers=max(1, people))

    def know_gestures(self) -> None:
        """Give the model what it is to know of the data's gestures: most systems nothing."""
        return

    def notes(self) -> dict[str, Any]:
        """What is kept beside the weights, for JSON."""
        return {}

    @property
    def moves(self) -> bool:
        """Whether any term is about motion."""
        return bool(self.weights.keys() - {"identity"})

    def build_adversary(self) -> Adversary | None:
        """The discriminator; None for a system without."""
        return None

    def judge(self, network: nn.Module, game: Game) -> Adversary:
        """``network`` as a discriminator that learns as fast as the configuration says."""
        plan = self.config.training
        return Adversary(network, game, plan.learning_rate, plan.discriminator_rate)

    def precision(self) -> torch.autocast:
        """Mixed precision on CUDA, for a forward pass; does nothing elsewhere."""
        kind = self.model.rest_pose.device.type
        wanted = self.config.training.amp and kind == "cuda"
        return torch.autocast(kind, torch.bfloat16, enabled=wanted)

    def steady_parts(self) -> list[nn.Module]:
        """What ``torch.compile`` makes faster: shapes that never change, no GRU."""
        return [self.model]

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

    def vectors(self, poses: Tensor) -> Tensor:
        """(…, D) direction minus mean → (…, bones, 3), of any length."""
        mean = torch.from_numpy(self.model.config.table.mean_direction).to(poses)
        return poses.reshape(*poses.shape[:-1], *mean.shape) + mean

    def total(self, terms: Mapping[str, Tensor]) -> Tensor:
        """The weighted sum."""
        return torch.stack([self.weights[name] * term for name, term in terms.items()]).sum()

    def validation_loss(self, poses: Tensor, window: Window) -> Tensor:
        """The Huber loss of the whole pose."""
        return losses.huber(poses, window.poses)

    def selecting_loss(self, poses: Tensor, window: Window) -> Tensor:
        """What decides which epoch is the best, unless that is the Fréchet distance."""
        if self.config.training.select == "l1":
            return (poses - window.poses).abs().mean()
        return self.validation_loss(poses, window)

    def first_initial(self, window: Window, random: np.random.Generator) -> Tensor:
        """(B, 4, D) for a stream's first window: true, at rest, or somebody else's."""
        true = self._noisy(window.poses[:, : self.streams.cut.given], random)
        rest = self.model.rest_pose.expand_as(true)
        chance, plan = self._chances(true, random), self.config.training
        start = torch.where(chance < plan.rest_start, rest, true)
        return torch.where(chance > 1 - plan.other_start, distributed.shifted(true), start)

    def next_initial(self, window: Window, poses: Tensor, random: np.random.Generator) -> Tensor:
        """(B, 4, D): the model's own last frames, or the true ones."""
        own = poses[:, self.streams.cut.handed_on].detach()
        true = self._noisy(window.poses[:, : self.streams.cut.given], random)
        chance = self._chances(true, random)
        return torch.where(chance < self.config.training.own_start, own, true)

    def _chances(self, like: Tensor, random: np.random.Generator) -> Tensor:
        """(B, 1, 1) in [0, 1)."""
        whole = random.random((distributed.count() * len(like), 1, 1))
        return torch.from_numpy(distributed.own_rows(whole)).to(like.device)

    def _noisy(self, poses: Tensor, random: np.random.Generator) -> Tensor:
        shape = (distributed.count() * len(poses), 1, poses.shape[-1])
        noise = random.normal(0, self.config.training.pose_noise, shape)
        return poses + torch.from_numpy(distributed.own_rows(noise)).to(poses)

    def _weights(self) -> dict[str, float]:
        for name in self.config.weights:
            if name not in self.DEFAULTS:
                raise InputError(
                    f"Setting 'weights.{name}' is unknown to {self.config.system}: "
                    f"use one of {sorted(self.DEFAULTS)}."
                )
        return {k: v for k, v in {**self.DEFAULTS, **self.config.weights}.items() if v}
