# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics against the reference's numbers and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from ha2g_engine import metrics
from ha2g_engine.body.skeleton import EXPRESSIVE, skeleton
from ha2g_engine.errors import InputError


@pytest.fixture(scope="module")
def reference(golden):
    with np.load(golden / "metrics.npz") as file:
        return dict(file)


def listed(rows):
    return [row[~np.isnan(row)] for row in rows]


def test_angles(reference):
    angles = metrics.bone_angles(reference["directions"], EXPRESSIVE)
    assert np.abs(angles - reference["angles_over_pi"]).max() <= 1e-5


def test_motion_beats_are_the_same_frames(reference):
    threshold = float(reference["beat_threshold"])
    beats = metrics.motion_beats(reference["directions"], EXPRESSIVE, threshold)
    for ours, theirs in zip(beats, listed(reference["motion_beats_s"]), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_beat_consistency(reference):
    sound = [metrics.audio_beats(wave) for wave in reference["waveform_16k"]]
    for ours, theirs in zip(sound, listed(reference["audio_onsets_s"]), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    motion = metrics.motion_beats(reference["directions"], EXPRESSIVE)
    assert abs(metrics.beat_consistency(motion, sound) - reference["beat_consistency"]) <= 1e-5


def test_frechet_distance(reference):
    ours = metrics.frechet_distance(reference["features_a"], reference["features_b"])
    assert ours == pytest.approx(float(reference["frechet_distance"]), rel=1e-6)


def test_frechet_distance_of_known_gaussians():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50_000, 3))
    assert metrics.frechet_distance(x, x) == pytest.approx(0, abs=1e-6)
    # N(0, 1) against N(2, 9): 3 · (2² + (1 - 3)²)
    assert metrics.frechet_distance(x, 3 * x + 2) == pytest.approx(24, rel=0.02)
    with pytest.raises(InputError):
        metrics.frechet_distance(x, x[:1])


def test_perfect_and_missed_beats():
    sound = [np.array([0.5, 1.0])]
    assert metrics.beat_consistency(sound, sound) == 1
    late = metrics.beat_consistency([np.array([0.6, 1.1])], sound)
    assert late == pytest.approx(np.exp(-0.5))
    assert metrics.beat_consistency([np.zeros(0)], sound) == 0


def test_diversity_is_the_mean_distance_of_pairs():
    two = np.array([[0.0, 0.0], [3.0, 4.0]])
    assert metrics.diversity(two) == pytest.approx(5)
    features = np.random.default_rng(0).standard_normal((200, 8))
    assert metrics.diversity(features) == metrics.diversity(features)
    assert metrics.diversity(10 * features) == pytest.approx(10 * metrics.diversity(features))


def test_what_one_sees():
    still = np.broadcast_to(EXPRESSIVE.neutral, (2, 40, 42, 3)).copy()
    assert metrics.wrist_jerk(still, EXPRESSIVE) == 0
    assert metrics.joint_error(still, still, EXPRESSIVE) == 0
    assert metrics.acceleration_difference(still, still, EXPRESSIVE) == 0
    turned = still.copy()
    turned[:, 20:, 4] *= -1  # the left forearm jumps
    assert metrics.wrist_jerk(turned, EXPRESSIVE) > 100
    starts = np.array([0, 20])
    smooth = 0.001 * np.arange(40)[:, None, None] * np.ones((42, 3))
    assert metrics.seam_jump(smooth, starts) == pytest.approx(1)
    assert metrics.seam_jump(smooth + turned[0] - still[0], starts) > 1


def test_gesture_skeleton_has_four_angles():
    table = skeleton("gesture")
    assert metrics.bone_angles(table.neutral[None], table).shape == (1, 4)
