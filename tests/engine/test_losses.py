# SPDX-License-Identifier: GPL-3.0-or-later
"""Each loss against a closed form, and its gradient against finite differences."""

import math

import numpy as np
import pytest
import torch

from ha2g_engine import losses
from ha2g_engine.body.skeleton import EXPRESSIVE
from ha2g_engine.models.config import ModelConfig


def test_huber_is_quadratic_inside_and_linear_outside():
    target = torch.zeros(2)
    assert losses.huber(torch.tensor([0.04, 0.04]), target).item() == pytest.approx(0.04**2 / 0.2)
    assert losses.huber(torch.tensor([0.5, -0.5]), target).item() == pytest.approx(0.5 - 0.05)


def test_hierarchical_huber_is_the_mean_over_levels():
    columns = [ModelConfig().level_columns(h) for h in range(6)]
    target = torch.zeros(1, 34, 126)
    levels = [torch.full((1, 34, len(c)), 0.1 * (h + 2)) for h, c in enumerate(columns)]
    expected = sum(0.1 * (h + 2) - 0.05 for h in range(6)) / 6
    assert losses.hierarchical_huber(levels, target, columns).item() == pytest.approx(expected)


def test_velocity_huber_ignores_a_constant_offset():
    target = torch.randn(2, 34, 9)
    assert losses.velocity_huber(target + 3, target).item() == pytest.approx(0, abs=1e-9)
    ramp = torch.arange(34.0)[None, :, None] * torch.ones(1, 1, 9)
    assert losses.velocity_huber(ramp, 0 * ramp).item() == pytest.approx(1 - 0.05)


def test_kl_divergence_of_known_gaussians():
    zero = torch.zeros(3, 16)
    assert losses.kl_divergence(zero, zero).item() == 0
    mu, logvar = zero + 2, zero + math.log(4)
    assert losses.kl_divergence(mu, logvar).item() == pytest.approx((4 + 4 - 1 - math.log(4)) / 2)


def test_style_diverging_is_a_clipped_ratio():
    poses, identity = torch.zeros(2, 34, 6), torch.zeros(2, 16)
    expected = -34 * 6 * (1 - 0.025) / (0.5 + 1e-5)
    moved = losses.style_diverging(poses, poses + 1, identity, identity + 0.5)
    assert moved.item() == pytest.approx(expected, rel=1e-5)
    assert losses.style_diverging(poses, poses + 4, identity, identity + 0.5).item() == -1000


def test_a_pair_of_one_identity_has_no_style_to_diverge():
    poses, identity = torch.zeros(2, 34, 6, requires_grad=True), torch.zeros(2, 16)
    other = identity + torch.tensor([[0.0], [0.5]])
    loss = losses.style_diverging(poses, torch.ones(2, 34, 6), identity, other)
    assert loss.item() == pytest.approx(-34 * 6 * (1 - 0.025) / (0.5 + 1e-5) / 2, rel=1e-5)
    loss.backward()
    assert not poses.grad[0].any() and poses.grad[1].all()


def test_style_is_not_learned_by_identities_coming_together():
    poses = torch.zeros(2, 34, 6, requires_grad=True)
    people = [torch.randn(2, 16, requires_grad=True) for _ in range(2)]
    losses.style_diverging(poses, torch.ones(2, 34, 6), *people).backward()
    assert people[0].grad is None and people[1].grad is None


def test_contrastive_matches_a_loop():
    torch.manual_seed(0)
    text, low, mid, high = torch.randn(4, 2, 3, 5)
    flat = [part.reshape(6, 5) for part in (high, low, mid)]
    total = 0.0
    for i, query in enumerate(text.reshape(6, 5)):
        scores = [
            torch.cosine_similarity(query, key, dim=0).item() / 0.07
            for part in flat
            for key in part
        ]
        total -= scores[i] - math.log(sum(math.exp(s) for s in scores))
    assert losses.contrastive(text, low, mid, high).item() == pytest.approx(total / 6, rel=1e-5)


def test_physical_is_the_gaussian_likelihood_above_that_of_the_mean():
    mean, variance = torch.tensor([0.2, 0.5]), torch.tensor([0.01, 0.04])
    angles = torch.tensor([[0.3, 0.1], [0.2, 0.6]])
    normal = torch.distributions.Normal(mean, variance.sqrt())
    expected = (normal.log_prob(mean) - normal.log_prob(angles)).sum(dim=-1).mean()
    assert losses.physical(angles, mean, variance).item() == pytest.approx(expected.item())


def test_physical_is_the_references(golden):
    with np.load(golden / "metrics.npz") as file:
        directions, expected = torch.from_numpy(file["directions"]), float(file["physical_loss"])
    pairs = torch.from_numpy(EXPRESSIVE.angle_pairs)
    angles = losses.bone_angles(directions.double(), pairs, EXPRESSIVE.palms)
    statistics = (EXPRESSIVE.angle_mean, EXPRESSIVE.angle_variance)
    ours = losses.physical(angles, *(torch.from_numpy(s) for s in statistics))
    assert ours.item() == pytest.approx(expected, rel=1e-4)


def test_bone_angles_are_shares_of_half_a_turn():
    directions = torch.tensor([[1.0, 0, 0], [0, 2.0, 0], [-3.0, 1e-9, 0]])
    pairs = torch.tensor([[0, 1], [0, 2], [1, 2], [0, 3]])
    angles = losses.bone_angles(directions, pairs, [(0, 1)]).tolist()
    assert angles == pytest.approx([0.5, 1.0, 0.5, 0.5], abs=1e-3)


def test_contrastive_without_high_or_without_low_and_mid_negatives():
    torch.manual_seed(0)
    text, low, mid, high = torch.randn(4, 1, 2, 5)
    whole = losses.contrastive(text, low, mid, high)
    few = losses.contrastive(text, low, mid, high, high_negatives=False)
    fewer = losses.contrastive(text, low, mid, high, low_mid_negatives=False)
    alone = losses.contrastive(text, low, mid, high, high_negatives=False, low_mid_negatives=False)
    assert whole > few > 0
    assert whole > fewer > 0
    assert alone.item() == pytest.approx(0, abs=1e-6)


def test_motion_terms_of_seq2seq():
    ramp = torch.arange(4.0)[None, :, None].expand(2, 4, 3)
    assert losses.motion_change(ramp).item() == 1
    expected = -(2 * 3 * math.sqrt(0 + 1 + 4 + 9)) / (2 * 4 * 3)
    assert losses.motion_variance(ramp).item() == pytest.approx(expected)


def test_least_squares_game():
    real, fake = torch.full((2, 9), 0.5), torch.full((2, 9), 0.25)
    assert losses.least_squares_generator(fake).item() == pytest.approx(0.5625)
    assert losses.least_squares_discriminator(real, fake).item() == pytest.approx(0.3125)


def test_summed_l1_and_bone_cosine():
    predicted, target = torch.ones(3, 34, 6), torch.zeros(3, 34, 6)
    assert losses.summed_l1(predicted, target).item() == 3
    x, y = torch.eye(3)[0].expand(2, 4, 5, 3), torch.eye(3)[1].expand(2, 4, 5, 3)
    assert losses.bone_cosine(x, y).item() == pytest.approx(2 * 4 * 5)
    assert losses.bone_cosine(x, 7 * x).item() == pytest.approx(0, abs=1e-5)


def test_adversarial_terms_at_even_odds():
    even = torch.full((4, 1), 0.5)
    assert losses.generator_adversarial(even).item() == pytest.approx(math.log(2), rel=1e-5)
    both = losses.discriminator_adversarial(even, even).item()
    assert both == pytest.approx(2 * math.log(2), rel=1e-5)


@pytest.mark.parametrize(
    "term",
    [
        lambda x: losses.huber(x, torch.zeros_like(x)),
        lambda x: losses.velocity_huber(x, torch.zeros_like(x)),
        lambda x: losses.kl_divergence(x, 0.5 * x),
        lambda x: losses.style_diverging(x, 0 * x, torch.zeros(2, 4), torch.ones(2, 4)),
        lambda x: losses.contrastive(x, 2 * x + 1, x - 1, x + 0.5),
        lambda x: losses.physical(x, torch.zeros(4).double(), torch.ones(4).double()),
        lambda x: losses.hierarchical_huber([x, x[..., :2]], 0 * x, [range(4), range(2)]),
        lambda x: losses.motion_change(x),
        lambda x: losses.motion_variance(x),
        lambda x: losses.least_squares_generator(x),
        lambda x: losses.least_squares_discriminator(x, 2 * x),
        lambda x: losses.generator_adversarial(x.sigmoid()),
        lambda x: losses.discriminator_adversarial(x.sigmoid(), (2 * x).sigmoid()),
        lambda x: losses.summed_l1(x, 2 * x + 5),
        lambda x: losses.bone_cosine(x, torch.ones_like(x)),
        lambda x: losses.bone_angles(x[..., :3], torch.tensor([[0, 1], [1, 3]]), [(0, 2)]),
    ],
)
def test_gradients_in_double_precision(term):
    torch.manual_seed(1)
    x = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(term, (x,))
