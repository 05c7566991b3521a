# SPDX-License-Identifier: GPL-3.0-or-later
"""What a style may be."""

import numpy as np
import pytest
import torch

from ha2g_engine.errors import InputError
from ha2g_engine.synthesis.settings import normalised_style


@pytest.mark.parametrize("style", [np.ones((2, 6)), np.zeros((3, 6)), -np.ones((3, 6))])
def test_an_impossible_style_is_refused(style):
    with pytest.raises(InputError, match="style"):
        normalised_style(style, 6)


def test_a_normalised_style_stays_as_it_is():
    raw = np.random.default_rng(0).standard_normal((200, 3, 6)).astype(np.float32)
    columns = torch.softmax(torch.from_numpy(raw), dim=1).numpy()
    assert (columns.sum(axis=1) != 1).any()  # rounding
    for style in columns:
        np.testing.assert_array_equal(normalised_style(style, 6), style)
    doubled = normalised_style(2 * columns[0], 6)
    np.testing.assert_allclose(doubled, columns[0], atol=1e-6)
