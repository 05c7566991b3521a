# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss terms of the paper, each a pure function of tensors.

B = batch, T = frames, D = numbers a pose, H = levels. Poses are direction minus mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

HUBER_BETA: Final = 0.1
STYLE_BETA: Final = 0.05
STYLE_LIMIT: Final = 1000.0
TEMPERATURE: Final = 0.07


def huber(predicted: Tensor, target: Tensor) -> Tensor:
    """Smooth-L1 with β = 0.1, the mean over all numbers: d² / 2β inside β, |d| - β/2 outside."""
    return F.smooth_l1_loss(predicted, target, beta=HUBER_BETA)


def hierarchical_huber(
    levels: Sequence[Tensor], target: Tensor, columns: Sequence[Sequence[int]]
) -> Tensor:
    """Paper Eq. 5: the Huber loss of each level's poses, averaged over the levels.

    levels: H tensors (B, T, D_h). target: (B, T, D). columns: which of D each level has.
    """
    terms = [huber(level, target[..., list(c)]) for level, c in zip(levels, columns, strict=True)]
    return torch.stack(terms).mean()


def velocity_huber(predicted: Tensor, target: Tensor) -> Tensor:
    """Huber loss of frame-to-frame change, (B, T, D); ours, 0 in the paper's recipe."""
    return huber(predicted.diff(dim=1), target.diff(dim=1))


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, e^logvar) ‖ N(0, I)), the mean over all entries (Kingma & Welling 2014)."""
    return -0.5 * (1 + logvar - mu.square() - logvar.exp()).mean()


def style_diverging(
    poses: Tensor, other_poses: Tensor, identity: Tensor, other_identity: Tensor
) -> Tensor:
    """Paper Eq. 7: minus how far motion moves for how far the identity moves.

    poses, other_poses: (B, T, D) of the same speech. identity, other_identity: (B, C).
    Smooth-L1 (β = 0.05) of the poses over L1 of the identities, a ratio a sample, clipped at
    1000 so that two equal identities do not rule the batch.
    """
    moved = F.smooth_l1_loss(poses, other_poses, beta=STYLE_BETA, reduction="none")
    apart = (identity - other_identity).abs().flatten(1).mean(dim=1)
    ratio = moved.flatten(1).mean(dim=1) / (apart + 1e-5)
    return -ratio.clamp(max=STYLE_LIMIT).mean()


def contrastive(text: Tensor, low: Tensor, mid: Tensor, high: Tensor) -> Tensor:
    """Paper Eq. 2: text against the aligned high feature, all else being negatives.

    text, low, mid, high: (B, T, C). Cosine similarity over τ = 0.07; the positive of step t
    is high[t], negatives are every other high and all low and mid features of the batch.
    """
    query = F.normalize(text.flatten(0, 1), dim=-1)  # (N, C)
    keys = [F.normalize(part.flatten(0, 1), dim=-1) for part in (high, low, mid)]
    logits = query @ torch.cat(keys).T / TEMPERATURE  # (N, 3N), the diagonal is positive
    return F.cross_entropy(logits, torch.arange(len(query), device=logits.device))


def physical(angles: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """Paper Eq. 8: negative log-likelihood of bone angles under one Gaussian each.

    angles: (…, A), each over π. mean, variance: (A,), same unit. Mean over all entries.
    """
    spread = (angles - mean).square() / (2 * variance)
    return (spread + 0.5 * torch.log(2 * math.pi * variance)).mean()


def bone_angles(directions: Tensor, pairs: Tensor) -> Tensor:
    """Angles over π between pairs of directions.

    directions: (…, bones, 3), any length. pairs: (A, 2) bone indices. Returns (…, A) in [0, 1].
    """
    unit = F.normalize(directions, dim=-1)
    cosine = (unit[..., pairs[:, 0], :] * unit[..., pairs[:, 1], :]).sum(dim=-1)
    return torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6)) / math.pi


def generator_adversarial(fake: Tensor) -> Tensor:
    """Paper Eq. 6, generator: -log D(fake). fake: probabilities (B, 1)."""
    return -torch.log(fake + 1e-8).mean()


def discriminator_adversarial(real: Tensor, fake: Tensor) -> Tensor:
    """Paper Eq. 6, discriminator: -log D(real) - log(1 - D(fake)). Probabilities (B, 1)."""
    return -(torch.log(real + 1e-8) + torch.log(1 - fake + 1e-8)).mean()
