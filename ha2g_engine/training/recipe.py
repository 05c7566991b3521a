# SPDX-License-Identifier: GPL-3.0-or-later
"""What one step of HA2G training computes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ha2g_engine import losses
from ha2g_engine.models.audio_learner import blend
from ha2g_engine.models.ha2g import HA2G, Output
from ha2g_engine.skeleton import INITIAL_FRAMES
from ha2g_engine.training.config import TrainingConfig
from ha2g_engine.training.streams import SETS_PER_SPEAKER, Streams, Window

FROM_REST = 0.25  # of the first windows start as synthesis does, from the rest pose
CODE_NOISE = 0.3
TRIES = 24
FROM_ELSEWHERE = 0.1  # start from another clip's poses: a way back from anywhere


class Recipe:
    """Losses of HA2G over a sequence of windows."""

    def __init__(self, config: TrainingConfig, model: HA2G, streams: Streams) -> None:
        self.config, self.model, self.streams = config, model, streams
        table = config.model.table
        self.codes = speaker_codes(config.model.n_speakers, config.model.identity_dim)
        self.columns = [table.level_columns(h) for h in range(len(table.levels))]

    def identities(self, window: Window, random: np.random.Generator) -> Tensor:
        """f_id of each sample: an index's embedding, or a point in its speaker's region."""
        if self.config.model.identity == "speaker":
            return self.model.identity_from_speakers(window.speakers)
        return points_near(self.codes, window.speakers, random)

    def people(self, random: np.random.Generator, *, small: bool = False) -> Tensor:
        """How far pictures land from their speaker's place, for the picture encoder alone.

        small: see the pictures at half size, which is four times quicker, to begin with.
        """
        frames = self.streams.portraits(random)
        if small:
            frames = F.avg_pool2d(frames.flatten(0, 1), 2)[:, None]
        found = self.model.identity_from_images(frames)
        return (found - self.codes.repeat_interleave(SETS_PER_SPEAKER, dim=0)).square().mean()

    def first_initial(self, window: Window, random: np.random.Generator) -> Tensor:
        """(B, 4, D) for a stream's first window: true, at rest, or somebody else's."""
        true = self._noisy(window.poses[:, :INITIAL_FRAMES], random)
        rest = self.model.rest_pose.expand_as(true)
        chance = torch.from_numpy(random.random(len(true)))[:, None, None]
        start = torch.where(chance < FROM_REST, rest, true)
        elsewhere = chance > 1 - FROM_ELSEWHERE
        return torch.where(elsewhere, true.roll(1, dims=0), start)

    def next_initial(self, window: Window, output: Output, random: np.random.Generator) -> Tensor:
        """(B, 4, D): the model's own last frames, or the true ones."""
        own = output.levels[-1][:, -INITIAL_FRAMES:].detach()
        true = self._noisy(window.poses[:, :INITIAL_FRAMES], random)
        chance = torch.from_numpy(random.random(len(true)))[:, None, None]
        return torch.where(chance < self.config.training.own_start, own, true)

    def _noisy(self, poses: Tensor, random: np.random.Generator) -> Tensor:
        noise = random.normal(0, self.config.training.pose_noise, (len(poses), 1, poses.shape[-1]))
        return poses + torch.from_numpy(noise).to(poses.dtype)

    def terms(self, output: Output, window: Window) -> dict[str, Tensor]:
        """Each switched-on term, not yet weighted."""
        weights = self.config.weights
        terms = {"huber": losses.hierarchical_huber(output.levels, window.poses, self.columns)}
        if weights.velocity:
            terms["velocity"] = losses.velocity_huber(output.levels[-1], window.poses)
        if weights.kl:
            terms["kl"] = losses.kl_divergence(output.mu, output.logvar)
        return terms

    def style_term(self, output: Output, initial: Tensor, identity: Tensor) -> Tensor:
        """Paper Eq. 7 with another sample's identity, whose pass keeps no graph."""
        other = identity.roll(1, dims=0)
        with torch.no_grad():
            features = (output.low, output.mid, output.high)
            levels = blend(features, self.model.style(other))
            poses, _, _ = self.model.infer(levels, initial, other, None, False)
        return losses.style_diverging(output.levels[-1], poses[-1], identity, other.detach())

    def total(self, terms: dict[str, Tensor]) -> Tensor:
        """The weighted sum."""
        weights = self.config.weights
        return torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()


def speaker_codes(speakers: int, size: int) -> Tensor:
    """(S, size) places of the speakers in the space of f_id: mean 0, variance 1 in each axis.

    With few speakers a picture encoder trained through the poses alone learns nothing for
    hours, so it is taught these places, and the pose inferer is taught from them directly.
    """
    codes = torch.randn(speakers, size, generator=torch.Generator().manual_seed(0))
    if speakers == 1:
        return codes
    return (codes - codes.mean(dim=0)) / codes.std(dim=0, unbiased=False)


def points_near(codes: Tensor, speakers: Tensor, random: np.random.Generator) -> Tensor:
    """A point for each of ``speakers`` (B,) → (B, size): its code with noise, or any point near it.

    Any point is one of N(0, I) nearest to that code: a person never seen moves like somebody.
    """
    noise = torch.from_numpy(random.standard_normal((len(speakers), TRIES, codes.shape[-1])))
    anywhere = noise.to(codes.dtype)
    nearest = torch.cdist(anywhere, codes[None]).argmin(dim=-1)  # (B, tries)
    fits = nearest == speakers[:, None]
    chosen = anywhere[torch.arange(len(speakers)), fits.int().argmax(dim=1)]
    known = codes[speakers] + CODE_NOISE * anywhere[:, -1]
    use_known = ~fits.any(dim=1) | torch.from_numpy(random.random(len(speakers)) < 0.5)
    return torch.where(use_known[:, None], known, chosen)
