# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters and peaks in numpy are scipy's."""

import numpy as np
import pytest
from scipy import ndimage, signal

from ha2g_engine import series


def walk(length, seed=0):
    return np.cumsum(np.random.default_rng(seed).standard_normal(length))


@pytest.mark.parametrize("edge", ["reflect", "nearest"])
@pytest.mark.parametrize(
    ("width", "truncate", "length"), [(6.0, 4.0, 300), (0.7, 3.0, 9), (9, 4, 5)]
)
def test_gaussian(edge, width, truncate, length):
    values = walk(length * 6).reshape(length, 2, 3).astype(np.float32)
    expected = ndimage.gaussian_filter1d(
        values.astype(float), width, axis=0, mode=edge, truncate=truncate
    )
    np.testing.assert_allclose(series.gaussian(values, width, edge, truncate), expected, atol=1e-12)


@pytest.mark.parametrize("length", [1, 4, 200])
def test_mean_and_maximum(length):
    values = (walk(length) > 0).astype(np.float32)
    expected = ndimage.uniform_filter1d(values.astype(float), 15, mode="nearest")
    np.testing.assert_allclose(series.mean(values, 15), expected, atol=1e-12)
    expected = ndimage.maximum_filter1d(values, 21, origin=2, mode="constant")
    np.testing.assert_array_equal(series.maximum(values, 12, 8), expected)
    np.testing.assert_array_equal(series.mean(np.ones(length), 15), 1)  # and not a bit less


@pytest.mark.parametrize("prominence", [0.0, 0.15, 2.0])
@pytest.mark.parametrize("steps", [None, 1.0])  # the second makes plateaus and equal heights
@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 2000])
def test_peaks(length, steps, prominence):
    for seed in range(8):
        values = walk(length, seed) if steps is None else np.round(walk(length, seed) / steps)
        expected, facts = signal.find_peaks(values, prominence=prominence)
        found, heights = series.peaks(values, prominence)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_allclose(heights, facts["prominences"], atol=1e-12)
