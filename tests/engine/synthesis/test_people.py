# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds stand for whom they stood for when torch drew them."""

import numpy as np
import pytest
import torch

from ha2g_engine.synthesis import people

SEEDS = [0, 1, 2, 77, 2**31, 2**32 - 1, 2**32 + 5, -3]


@pytest.mark.parametrize("seed", SEEDS)
def test_people_are_those_that_torch_drew(seed):
    for count in (16, 32):
        expected = torch.randn(1, count, generator=torch.Generator().manual_seed(seed))
        np.testing.assert_allclose(people.normal(seed, count), expected, atol=2e-6)


def test_any_number_of_numbers():
    assert people.normal(3, 5).shape == (1, 5)
    assert people.normal(3, 4096).std() == pytest.approx(1, abs=0.05)
