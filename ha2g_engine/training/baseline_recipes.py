# SPDX-License-Identifier: GPL-3.0-or-later
"""The baselines' and the autoencoder's training steps, with their published weights."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import cast

import torch
from torch import Tensor

from ha2g_engine import distributed, losses
from ha2g_engine.models.autoencoder import Autoencoder
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.discriminators import MotionDiscriminator, PoseDiscriminator
from ha2g_engine.models.joint_embedding import JointEmbedding
from ha2g_engine.models.layers import Noise
from ha2g_engine.models.system import System
from ha2g_engine.models.trimodal import Trimodal
from ha2g_engine.models.window import Prediction
from ha2g_engine.models.window import Window as Inputs

from .adversary import LEAST_SQUARES, LOGARITHMIC, Adversary
from .recipe import Recipe, Step, exact
from .streams import Window


class BaselineRecipe(Recipe):
    """Systems that read ``models.window.Window``."""

    def model_config(self) -> ModelConfig:
        """With the data set's words, at least the special ones."""
        return replace(super().model_config(), n_words=len(self.streams.vocabulary))

    def run(self, inputs: Inputs, **noise: Noise) -> Prediction:
        """One forward pass, in mixed precision where that is on."""
        with self.precision():
            return exact(cast(Prediction, self.model(inputs, **noise)))

    def predict(
        self, model: System, window: Window, initial: Tensor, identity: Tensor | None
    ) -> Tensor:
        """Z = mu."""
        return cast(Prediction, model(window.inputs(initial))).poses


class TrimodalRecipe(BaselineRecipe):
    """Huber, KL, style diverging, adversarial (Yoon et al., 2020)."""

    DEFAULTS = MappingProxyType({"huber": 500.0, "gan": 5.0, "kl": 0.1, "style": 0.05})
    model: Trimodal

    def build_adversary(self) -> Adversary:
        """HA2G's discriminator with the published slope of 1: no nonlinearity."""
        config = self.model.config
        network = PoseDiscriminator(config.table.pose_dim, 1.0, config.frames)
        return self.judge(network, LOGARITHMIC)

    def step(self, window: Window, initial: Tensor, identity: Tensor | None) -> Step:
        """One forward pass, and one without a graph for another speaker."""
        inputs = window.inputs(initial)
        out = self.run(inputs, noise=True)
        terms = {"huber": losses.huber(out.poses, window.poses)}
        if out.mu is not None and out.logvar is not None:
            terms["kl"] = losses.kl_divergence(out.mu, out.logvar)
            terms["style"] = self._style(out, window, initial)
        return Step(out.poses, {k: v for k, v in terms.items() if k in self.weights})

    def _style(self, out: Prediction, window: Window, initial: Tensor) -> Tensor:
        others = distributed.shifted(window.speakers)
        with torch.no_grad():
            inputs = replace(window.inputs(initial), speaker=others)
            other = self.run(inputs, noise=True)
        people = (self.model.speaker_embedding(one) for one in (window.speakers, others))
        return losses.style_diverging(out.poses, other.poses, *people)

    def predict(
        self, model: System, window: Window, initial: Tensor, identity: Tensor | None
    ) -> Tensor:
        """With the take's own z where the data knows it, else z = mu."""
        noise = False
        return cast(Prediction, model(window.inputs(initial), noise)).poses


class Seq2SeqRecipe(BaselineRecipe):
    """Squared error, continuity and variance (Yoon et al., 2019)."""

    DEFAULTS = MappingProxyType({"mse": 250.0, "continuity": 0.1, "variance": 25.0})

    def step(self, window: Window, initial: Tensor, identity: Tensor | None) -> Step:
        """Poses one by one from the words."""
        poses = self.run(window.inputs(initial)).poses
        terms = {
            "mse": (poses - window.poses).square().mean(),
            "continuity": losses.motion_change(poses),
            "variance": losses.motion_variance(poses),
        }
        return Step(poses, {k: v for k, v in terms.items() if k in self.weights})


class Speech2GestureRecipe(BaselineRecipe):
    """L1 and a least-squares discriminator of motion (Ginosar et al., 2019)."""

    DEFAULTS = MappingProxyType({"l1": 100.0, "gan": 10.0})

    def build_adversary(self) -> Adversary:
        """A patch discriminator of frame differences."""
        network = MotionDiscriminator(self.model.config.table.pose_dim)
        return self.judge(network, LEAST_SQUARES)

    def step(self, window: Window, initial: Tensor, identity: Tensor | None) -> Step:
        """Spectrogram to poses."""
        poses = self.run(window.inputs(initial)).poses
        return Step(poses, {"l1": (poses - window.poses).abs().mean()})


class JointEmbeddingRecipe(BaselineRecipe):
    """L1 of what is decoded from speech or from the true poses, at random."""

    DEFAULTS = MappingProxyType({"l1": 1.0})
    model: JointEmbedding

    def step(self, window: Window, initial: Tensor, identity: Tensor | None) -> Step:
        """Through the speech's code or the poses' code."""
        if torch.rand(()) < 0.5:
            poses = self.run(window.inputs(initial), noise=True).poses
        else:
            with self.precision():
                noise = self.config.training.sample_poses
                poses = exact(self.model.from_poses(window.poses, noise=noise)).poses
        return Step(poses, {"l1": distributed.count() * losses.summed_l1(poses, window.poses)})


class AutoencoderRecipe(Recipe):
    """Reconstruction of poses, of their change, and of each bone's direction.

    pose_cosine: as published, of the directions minus their mean; off unless asked for.
    """

    DEFAULTS = MappingProxyType({"l1": 1.0, "change": 1.0, "cosine": 0.001, "pose_cosine": 0.0})
    model: Autoencoder

    def step(self, window: Window, initial: Tensor, identity: Tensor | None) -> Step:
        """Poses through the bottleneck; the initial poses are not used."""
        with self.precision():
            poses = self.model(window.poses)[0].to(window.poses)
        terms = self._terms(poses, window)  # sums over the batch
        return Step(poses, {k: distributed.count() * v for k, v in terms.items()})

    def _terms(self, poses: Tensor, window: Window) -> dict[str, Tensor]:
        terms = {
            "l1": losses.summed_l1(poses, window.poses),
            "change": losses.summed_l1(poses.diff(dim=1), window.poses.diff(dim=1)),
            "cosine": losses.bone_cosine(self.vectors(poses), self.vectors(window.poses)),
            "pose_cosine": losses.bone_cosine(_by_bone(poses), _by_bone(window.poses)),
        }
        return {name: term for name, term in terms.items() if name in self.weights}

    def selecting_loss(self, poses: Tensor, window: Window) -> Tensor:
        """Where that is asked for, the training loss of a sample."""
        if self.config.training.select != "loss":
            return super().selecting_loss(poses, window)
        return self.total(self._terms(poses, window)) / len(poses)

    def predict(
        self, model: System, window: Window, initial: Tensor, identity: Tensor | None
    ) -> Tensor:
        """The reconstruction."""
        return cast(tuple[Tensor, Tensor], model(window.poses))[0]


def _by_bone(poses: Tensor) -> Tensor:
    """(B, T, D) → (B, T, bones, 3)."""
    return poses.reshape(*poses.shape[:-1], -1, 3)
