# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech to hear where nobody is at hand."""

import numpy as np

from ha2g_engine.speech.sizes import SAMPLE_RATE


def bursts(times, seconds=10.0):
    """Speech-like bursts of noise at ``times`` s over a faint hiss."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    loud = sum(np.exp(-(((time - t) / 0.08) ** 2)) for t in times)
    hiss = np.random.default_rng(0).standard_normal(len(time))
    return (hiss * (0.3 * loud + 1e-4)).astype(np.float32)
