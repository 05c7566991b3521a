# SPDX-License-Identifier: GPL-3.0-or-later
"""HA2G's training step: all terms of paper Eq. 2 and 5-9."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ha2g_engine import distributed, losses
from ha2g_engine.data import statistics
from ha2g_engine.errors import InputError
from ha2g_engine.models.audio_learner import blend
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.discriminators import PoseDiscriminator
from ha2g_engine.models.ha2g import HA2G, Output
from ha2g_engine.models.identity import ImageIdentity
from ha2g_engine.models.system import System

from .adversary import LOGARITHMIC, Adversary
from .places import points_near, speaker_codes
from .recipe import Recipe, Step, exact
from .streams import SETS_PER_SPEAKER, Window, portrait_set
from .vocabulary import SPECIAL

SITTERS = 1  # seed of the places of those who are only pictured
CONTRASTIVE = ("contrastive", "contrastive_high", "contrastive_low")


class HA2GRecipe(Recipe):
    """Huber over levels, adversarial, style, KL, contrastive, physical.

    contrastive is paper Eq. 2; contrastive_high and contrastive_low are what the published code
    has instead (0.2 and 0.005): text drawn to the high features, and away from the low ones.
    Where the pose that is shown is composed of the levels' it stands beside them in Huber, and is
    what all other terms judge. Ours, off unless asked for: pose (Huber of the shown pose alone,
    which is mostly fingers), velocity, identity (see ``places``), and coordinator: how far the
    coordinator's style is from the speaker's own, where the data tells the style of each take.
    """

    DEFAULTS = MappingProxyType(
        {
            "huber": 200.0,
            "pose": 0.0,
            "velocity": 0.0,
            "gan": 1.0,
            "style": 0.05,
            "kl": 0.1,
            "contrastive": 0.1,
            "contrastive_high": 0.0,
            "contrastive_low": 0.0,
            "physical": 0.1,
            "identity": 0.0,
            "coordinator": 0.0,
        }
    )
    model: HA2G

    def model_config(self) -> ModelConfig:
        """With words unless the configuration has none."""
        config = super().model_config()
        if config.whisper and self.streams.store.wave is None:
            raise InputError(
                f"'{self.config.data}' has no wave.npy, which model.whisper listens to: convert it "
                "with its speech."
            )
        self._check_words(config)
        words = len(self.streams.vocabulary) if config.n_words else 0
        store = self.streams.store
        if config.code_dim and config.code_dim != store.index.get("codes"):
            raise InputError(
                f"'{store.folder}' tells {store.index.get('codes', 0)} numbers of its gestures a "
                f"frame and model.code_dim is {config.code_dim}: set it alike."
            )
        known = len(store.gestures.facts) if store.gestures and config.code_dim else 0
        return replace(config, n_words=words, n_gestures=known)

    def _check_words(self, config: ModelConfig) -> None:
        """Raise InputError where sound is to be compared with words that there are not."""
        asked = self.weights if config.n_words else self.config.weights
        name = next((n for n in CONTRASTIVE if asked.get(n)), None)
        if name is None:
            return
        if not config.n_words:
            raise InputError(
                f"weights.{name} compares sound with words, and model.n_words is 0: set it "
                "to 1, or the weight to 0."
            )
        if len(self.streams.vocabulary) == len(SPECIAL):
            raise InputError(
                f"No clip that '{self.config.data}' has for training has a transcript, and "
                f"weights.{name} compares sound with words: set the weight to 0."
            )

    def know_gestures(self) -> None:
        """The codes of the data's gestures."""
        gestures = self.streams.store.gestures
        if self.model.config.n_gestures and gestures is not None:
            self.model.gestures.copy_(torch.from_numpy(gestures.codes))

    def notes(self) -> dict[str, Any]:
        """What is known of these gestures, of the speakers' places and hands, and of sitters."""
        store = self.streams.store
        if not self.model.config.n_gestures or store.gestures is None:
            return {}
        hands = [speaker.hands for speaker in store.speakers]
        known = "identity" in self.weights
        places = self.codes.tolist() if known else []
        sitters = zip(store.sitters, self.sitters.tolist(), strict=True) if known else ()
        return {
            "gestures": [fact.row() for fact in store.gestures.facts],
            "hands": hands,
            "places": places,
            "sitters": [[one.home, one.like, place] for one, place in sitters],
        }

    def build_adversary(self) -> Adversary:
        """The convolutional discriminator, leaky slope 0.01."""
        config = self.model.config
        network = PoseDiscriminator(config.table.pose_dim, 0.01, config.frames)
        return self.judge(network, LOGARITHMIC)

    def step(self, window: Window, initial: Tensor, identity: Tensor | None) -> Step:
        """One forward pass; the other identity's pass, for style, keeps no graph."""
        assert identity is not None
        words = window.words if self.model.text is not None else None
        guide = window.guide(self.model)
        with self.precision():
            sound = self.model.sound(window.mel, window.waveform)
            found = self.model(sound, initial, identity, words, guide is None, guide)
            output = exact(cast(Output, found))
        terms = self._terms(output, window)
        if "style" in self.weights:
            terms["style"] = self._style(output, window, initial, identity)
        if "coordinator" in self.weights:
            terms["coordinator"] = self._coordinator(window, identity)
        return Step(output.pose, terms)

    def steady_parts(self) -> list[nn.Module]:
        """The audio trunk and the words; cuDNN's GRUs are left alone."""
        texts = [level.text for level in self.model.levels if level.text is not None]
        return [self.model.audio, *texts]

    def predict(
        self, model: System, window: Window, initial: Tensor, identity: Tensor | None
    ) -> Tensor:
        """With the take's own plan and style where the data knows them; z = mu."""
        network = cast(HA2G, model)
        words = window.words if network.text is not None else None
        guide = window.guide(network)
        sound = network.sound(window.mel, window.waveform)
        found = network(sound, initial, identity, words, False, guide)
        return cast(Output, found).pose

    def people(self, model: System, window: Window, random: np.random.Generator) -> Tensor:
        """f_id of each sample.

        A speaker model's embedding; with the identity term a point near the speaker's place;
        else, as in the paper, what the encoder sees in pictures, encoded once a speaker.
        """
        network = cast(HA2G, model)
        if self.config.model.identity == "speaker":
            return network.identity_from_speakers(window.speakers)
        if "identity" in self.weights:
            return points_near(self.codes, window.speakers, random)
        people = network.identity_from_images(self._portraits(random))
        return people[portrait_set(window.speakers, random)]

    def people_term(
        self, model: System, random: np.random.Generator, *, small: bool = False
    ) -> Tensor | None:
        """How far pictures land from their speaker's place; None if that is not trained.

        small: see the pictures at half size, which is four times quicker, to begin with.
        """
        wanted = "identity" in self.weights and self.config.training.identity_steps
        if self.config.model.identity == "speaker" or not wanted:
            return None
        frames = self._portraits(random)
        if small:
            halved = F.avg_pool2d(frames.flatten(0, 1), 2)
            frames = halved.reshape(*frames.shape[:2], *halved.shape[1:])
        found = cast(ImageIdentity, cast(HA2G, model).identity).before_norm(frames)
        places = torch.cat((self.codes, self.sitters))
        return (found - places.repeat_interleave(SETS_PER_SPEAKER, dim=0)).square().mean()

    @cached_property
    def codes(self) -> Tensor:
        """(S, 16) the speakers' places."""
        config = self.model.config
        return speaker_codes(config.n_speakers, config.identity_dim).to(self.model.rest_pose)

    @cached_property
    def sitters(self) -> Tensor:
        """(N, 16) the places of those who are only pictured."""
        size = self.model.config.identity_dim
        return speaker_codes(len(self.streams.store.sitters), size, SITTERS).to(self.codes)

    def _portraits(self, random: np.random.Generator) -> Tensor:
        frames = self.config.training.frames
        return self.streams.portraits(random, frames).to(self.model.rest_pose.device)

    def _terms(self, output: Output, window: Window) -> dict[str, Tensor]:
        terms = {"huber": self._huber(output, window.poses)}
        if "pose" in self.weights:
            terms["pose"] = losses.huber(output.pose, window.poses)
        if "velocity" in self.weights:
            terms["velocity"] = losses.velocity_huber(output.pose, window.poses)
        if "kl" in self.weights:
            levels = slice(-1, None) if self.config.training.kl_last else slice(None)
            terms["kl"] = losses.kl_divergence(output.mu[:, levels], output.logvar[:, levels])
        if "physical" in self.weights:
            terms["physical"] = self._physical(output.pose)
        return terms | self._contrasts(output)

    def _contrasts(self, output: Output) -> dict[str, Tensor]:
        """Text against sound, of all processes' samples."""
        text = output.text
        if text is None or not any(name in self.weights for name in CONTRASTIVE):
            return {}
        low, mid, high = (distributed.gathered(f) for f in (output.low, output.mid, output.high))
        first, plan = distributed.rank() * len(text), self.config.training
        terms: dict[str, Tensor] = {}
        if "contrastive" in self.weights:
            terms["contrastive"] = losses.contrastive(
                text, low, mid, high, high_negatives=plan.high_negatives,
                low_mid_negatives=plan.low_mid_negatives, first=first,
            )  # fmt: skip
        if "contrastive_high" in self.weights:
            terms["contrastive_high"] = losses.distance_contrastive(text, high, first)
        if "contrastive_low" in self.weights:
            terms["contrastive_low"] = -losses.distance_contrastive(text, low, first)
        return terms

    def _huber(self, output: Output, poses: Tensor) -> Tensor:
        config = self.model.config
        levels = list(output.levels)
        columns = [config.level_columns(h) for h in range(len(levels))]
        if config.composed:
            levels.append(output.pose)
            columns.append(list(range(config.table.pose_dim)))
        return losses.hierarchical_huber(levels, poses, columns)

    def _physical(self, poses: Tensor) -> Tensor:
        table = self.model.config.table
        pairs = torch.from_numpy(table.angle_pairs)
        angles = losses.bone_angles(self.vectors(poses), pairs, table.palms)
        return losses.physical(angles, *(s.to(poses) for s in self.likely_angles))

    @cached_property
    def likely_angles(self) -> tuple[Tensor, Tensor]:
        """(angles,) mean and variance: the configured file's, or the published data's."""
        table, path = self.model.config.table, self.config.statistics
        known = (table.angle_mean, table.angle_variance)
        mean, variance = known if path is None else statistics.angles(path, table)
        return torch.from_numpy(mean), torch.from_numpy(variance)

    def _coordinator(self, window: Window, identity: Tensor) -> Tensor:
        """Squared distance of the coordinator's style from the speakers' own."""
        return (self.model.style(identity) - self.own_styles[window.speakers]).square().mean()

    @cached_property
    def own_styles(self) -> Tensor:
        """(S, 3, H) of the data's speakers. Raises InputError where it does not say."""
        styles = [speaker.style for speaker in self.streams.store.speakers]
        if any(style is None for style in styles):
            raise InputError(
                f"'{self.config.data}' does not tell its speakers' styles, which "
                "weights.coordinator compares with: set it to 0."
            )
        return torch.tensor(styles).to(self.model.rest_pose)

    def _style(self, output: Output, window: Window, initial: Tensor, identity: Tensor) -> Tensor:
        """Paper Eq. 7 with another sample's identity; what is heard is not heard again."""
        other = distributed.shifted(identity)
        guide = window.guide(self.model)
        with torch.no_grad(), self.precision():
            features = (output.low, output.mid, output.high)
            levels = blend(features, self.model.style(other))
            poses, _, _ = self.model.infer(
                levels, initial, other, noise=guide is None, texts=output.texts, guide=guide
            )
            moved = self.model.pose(poses).to(output.pose)
        return losses.style_diverging(output.pose, moved, identity, other)
