# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss terms of the paper, each a pure function of tensors.

B = batch, T = frames, D = numbers a pose, H = levels. Poses are direction minus mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

HUBER_BETA: Final = 0.1
STYLE_BETA: Final = 0.05
STYLE_LIMIT: Final = 1000.0
SAME_IDENTITY: Final = 1e-3  # mean difference below which two identities are one
TEMPERATURE: Final = 0.07
CLOSEST: Final = 1e-3  # distance below which two features are one: float32 can tell no more


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
    Smooth-L1 (β = 0.05) of the poses, summed over T and D, over the mean L1 of the identities: a
    ratio a sample, clipped at 1000. As published, nothing is learned by the identities, which
    would move together. A pair of one identity counts as 0: it would reward whatever else differs.
    """
    moved = F.smooth_l1_loss(poses, other_poses, beta=STYLE_BETA, reduction="none")
    apart = (identity - other_identity).detach().abs().flatten(1).mean(dim=1)
    ratio = moved.flatten(1).sum(dim=1) / (apart + 1e-5)
    return -torch.where(apart > SAME_IDENTITY, ratio.clamp(max=STYLE_LIMIT), 0.0).mean()


def contrastive(
    text: Tensor,
    low: Tensor,
    mid: Tensor,
    high: Tensor,
    *,
    high_negatives: bool = True,
    low_mid_negatives: bool = True,
    first: int = 0,
) -> Tensor:
    """Paper Eq. 2: text against the aligned high feature, all else being negatives.

    text, low, mid, high: (B, T, C). Cosine similarity over τ = 0.07; the positive of step t
    is high[t], negatives are every other high and all low and mid features of the batch.
    The switches leave a kind of negatives out (the paper's ablations).
    first: where only some rows' text is given, which row of the audio features it starts with.
    """
    query = F.normalize(text.flatten(0, 1), dim=-1)  # (N, C)
    parts = (high, low, mid) if low_mid_negatives else (high,)
    keys = [F.normalize(part.flatten(0, 1), dim=-1) for part in parts]
    logits = query @ torch.cat(keys).T / TEMPERATURE  # (N, 3N)
    positive = first * text.shape[1] + torch.arange(len(query), device=logits.device)
    if not high_negatives:
        columns = torch.arange(logits.shape[1], device=logits.device)
        others = (columns < len(keys[0])) & (columns != positive[:, None])
        logits = logits.masked_fill(others, -torch.inf)
    return F.cross_entropy(logits, positive)


def distance_contrastive(text: Tensor, audio: Tensor, first: int = 0) -> Tensor:
    """The published code's contrast, by distance and not, as paper Eq. 2, by cosine.

    text, audio: (B, T, C). Cross-entropy of each step of the text over all steps of the audio, the
    logits being 1 over the Euclidean distance of the two at length 1. It is added for the high
    features and subtracted for the low ones. first: see ``contrastive``.
    """
    query, keys = (F.normalize(x.flatten(0, 1), dim=-1) for x in (text, audio))
    gap = 2 - 2 * query @ keys.T  # squared; at length 1 the product says it
    logits = 1 / (gap.clamp(min=CLOSEST**2).sqrt() + 1e-8)
    positive = first * text.shape[1] + torch.arange(len(query), device=logits.device)
    return F.cross_entropy(logits, positive)


def physical(angles: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """Paper Eq. 8: how unlikely the bone angles are under one Gaussian each.

    angles: (…, A), each over π. mean, variance: (A,), same unit. The negative log-likelihood
    above that of the mean angles, summed over the angles, averaged over the rest.
    """
    return ((angles - mean).square() / (2 * variance)).sum(dim=-1).mean()


def bone_angles(directions: Tensor, pairs: Tensor, palms: Sequence[tuple[int, int]]) -> Tensor:
    """Angles over π between pairs of directions.

    directions: (…, bones, 3), any length. pairs: (A, 2) bone indices. palms: pairs of bones
    whose normals (cross products) follow as further bones. Returns (…, A) in [0, 1].
    """
    normals = [torch.linalg.cross(directions[..., a, :], directions[..., b, :]) for a, b in palms]
    every = torch.cat([directions, *(n[..., None, :] for n in normals)], dim=-2)
    unit = F.normalize(every, dim=-1)
    cosine = (unit[..., pairs[:, 0], :] * unit[..., pairs[:, 1], :]).sum(dim=-1)
    return torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6)) / torch.pi


def motion_change(poses: Tensor) -> Tensor:
    """Attention Seq2Seq's continuity: mean absolute frame-to-frame change of (B, T, D)."""
    return poses.diff(dim=1).abs().mean()


def motion_variance(poses: Tensor) -> Tensor:
    """Attention Seq2Seq's variance term, minus: 2-norm over time of (B, T, D), over its count.

    The published code divides the sum of norms by the number of all elements.
    """
    norms: Tensor = torch.linalg.vector_norm(poses, dim=1)
    return -norms.sum() / poses.numel()


def least_squares_generator(fake: Tensor) -> Tensor:
    """LSGAN, generator (Mao et al., ICCV 2017): (D(fake) - 1)², any shape."""
    return (fake - 1).square().mean()


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """LSGAN, discriminator: (D(real) - 1)² + D(fake)²."""
    return (real - 1).square().mean() + fake.square().mean()


def summed_l1(predicted: Tensor, target: Tensor) -> Tensor:
    """Joint Embedding and the autoencoders: L1, mean over a sample, summed over the batch."""
    return (predicted - target).abs().flatten(1).mean(dim=1).sum()


def bone_cosine(predicted: Tensor, target: Tensor) -> Tensor:
    """The autoencoder's Σ (1 - cosine) over bones of directions (B, T, bones, 3)."""
    return (1 - F.cosine_similarity(predicted, target, dim=-1)).sum()


def generator_adversarial(fake: Tensor) -> Tensor:
    """Paper Eq. 6, generator: -log D(fake). fake: probabilities (B, 1)."""
    return -torch.log(fake + 1e-8).mean()


def discriminator_adversarial(real: Tensor, fake: Tensor) -> Tensor:
    """Paper Eq. 6, discriminator: -log D(real) - log(1 - D(fake)). Probabilities (B, 1)."""
    return -(torch.log(real + 1e-8) + torch.log(1 - fake + 1e-8)).mean()
