# SPDX-License-Identifier: GPL-3.0-or-later
"""Accents, beats and pauses are where they are heard."""

import numpy as np
import pytest
from bursts import bursts

from ha2g_engine.speech import prosody


def test_accents_are_the_bursts_far_enough_apart():
    times = [1.0, 2.6, 4.5, 8.0]
    found = prosody.accents(bursts(times))
    assert [a.time for a in found] == pytest.approx(times, abs=0.05)
    assert [a.initial for a in found] == [True, True, True, True]
    crowded = prosody.accents(bursts([1.0, 1.5, 2.0, 2.5, 3.0]))
    assert np.diff([a.time for a in crowded]).min() >= prosody.ACCENT_GAP


def test_pauses_are_where_nothing_is_said():
    spans = prosody.pauses(bursts([1.0, 5.0]))
    assert any(start < 2.5 and end > 4.0 for start, end in spans)


def test_aligned_share_counts_within_the_tolerance():
    speech = bursts([1.0, 4.0])
    assert prosody.aligned_share(np.array([1.1, 4.1, 2.5, 7.0]), speech) == 0.5


def test_spaced_keeps_the_foremost_of_those_too_near():
    random = np.random.default_rng(0)
    for gap in (0.0, 0.35, 2.0):
        times = random.uniform(0, 60, 300)
        kept = []
        for time in times:
            if all(abs(time - other) >= gap for other in kept):
                kept.append(time)
        assert prosody.spaced(times, gap) == sorted(kept)
