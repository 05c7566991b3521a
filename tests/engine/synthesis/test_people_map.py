# SPDX-License-Identifier: GPL-3.0-or-later
"""Imagined people: two mixed, and all on a map."""

import numpy as np
import pytest

from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.errors import InputError
from ha2g_engine.light_worker import performer
from ha2g_engine.synthesis.people import SIDE, on_map, placed
from ha2g_engine.synthesis.settings import Settings


@pytest.fixture(scope="module")
def default():
    return performer(str(DEFAULT))


def mixture(model, share):
    return model.identity(Settings(identity_seed=3, identity_other=8, identity_share=share))


def test_a_mixture_leads_from_one_to_the_other(default):
    first, second = (default.identity(Settings(identity_seed=seed)) for seed in (3, 8))
    assert np.array_equal(mixture(default, 0.0), first)
    assert np.allclose(mixture(default, 1.0), second, atol=1e-6)
    half = mixture(default, 0.5)
    assert np.allclose(half, (first + second) / np.sqrt(2), atol=1e-5)


def test_mixtures_are_people_like_others(default):
    """As far from the middle, on average, as those that are drawn."""
    seeds = range(200)
    lengths = [
        np.linalg.norm(
            default.identity(Settings(identity_seed=n, identity_other=n + 500, identity_share=0.5))
        )
        for n in seeds
    ]
    drawn = [np.linalg.norm(default.identity(Settings(identity_seed=n))) for n in seeds]
    assert np.mean(lengths) == pytest.approx(np.mean(drawn), rel=0.05)


def test_another_mixture_is_another_take(default, jfk):
    takes = [
        default.generate(jfk, Settings(identity_seed=3, identity_other=8, identity_share=share))
        for share in (0.0, 0.5, 1.0)
    ]
    alone = default.generate(jfk, Settings(identity_seed=8))
    assert not np.array_equal(takes[0].directions, takes[1].directions)
    assert np.allclose(takes[2].style, alone.style, atol=1e-5)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_shares_beyond_one_are_refused(share):
    with pytest.raises(InputError, match="choose 0 to 1"):
        Settings(identity_share=share)


def test_the_map_has_different_people_and_neighbours_are_alike(default):
    found = on_map(None, default.described)
    assert len({person["seed"] for person in found}) == SIDE * SIDE
    style = np.array([np.ravel(person["style"]) for person in found]).reshape(SIDE, SIDE, -1)
    beside = np.linalg.norm(np.diff(style, axis=1), axis=-1).mean()
    everywhere = np.linalg.norm(style.reshape(-1, 1, 18) - style.reshape(1, -1, 18), axis=-1)
    assert beside < 0.8 * everywhere[everywhere > 0].mean()
    assert found == on_map(None, default.described)  # the same map each time


def test_a_plane_is_laid_out_as_it_is():
    across, down = np.meshgrid(np.arange(24) * 3.0, np.arange(24) * 1.0)
    places = placed(np.stack([across.ravel(), down.ravel()], axis=1))
    found = np.array([(across.ravel()[n], down.ravel()[n]) for n in places]).reshape(SIDE, SIDE, 2)
    assert (np.abs(np.diff(found[..., 0], axis=1)) > 0).all()
    assert (np.abs(np.diff(found[..., 1], axis=0)) > 0).all()
    assert np.abs(np.diff(found[..., 0], axis=0)).max() < 9


def test_a_person_of_the_map_moves_as_it_says(default):
    person = on_map(None, default.described)[17]
    style = default.style(Settings(identity_seed=person["seed"]))
    assert np.allclose(style, person["style"], atol=1e-4)
