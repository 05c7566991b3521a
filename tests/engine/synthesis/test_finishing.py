# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows that lead on, hands that rest, gestures as large as speech is loud."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ha2g_engine.body.skeleton import EXPRESSIVE, unit
from ha2g_engine.synthesis import finishing


def test_windows_lead_on_in_place_and_speed():
    t = np.arange(34, dtype=np.float32)
    windows = np.stack([0.1 * t, 3.5 - 0.05 * t])[..., None]  # 0.5 apart where both begin
    joined = finishing.joined(windows)[:, 0]
    assert len(joined) == 64
    np.testing.assert_allclose(joined[:31], windows[0, :31, 0], atol=1e-5)
    np.testing.assert_allclose(joined[35:], windows[1, 5:, 0], atol=1e-5)
    faded = finishing.joined(windows, lead=False)[:, 0]
    np.testing.assert_allclose(faded[34:], windows[1, 4:, 0], atol=1e-6)
    left = np.concatenate([windows[0, :30, 0], windows[1, :, 0]])  # neither
    jerks = [np.abs(np.diff(one, n=2)).max() for one in (joined, left)]
    assert jerks[0] < 0.4 * jerks[1]


def test_activity_leads_and_outlasts_speech():
    loudness = np.full(150, -55, np.float32)
    loudness[60:90] = -20
    active = finishing.speech_activity(loudness) > 0.5
    assert 0.3 <= (60 - np.flatnonzero(active)[0]) / 15 <= 0.7
    assert 0.6 <= (np.flatnonzero(active)[-1] - 89) / 15 <= 1.0


def test_gestures_are_larger_where_speech_is_louder_and_can_be_left_alone():
    rest = EXPRESSIVE.mean_direction / np.linalg.norm(
        EXPRESSIVE.mean_direction, axis=-1, keepdims=True
    )
    lifted = rest.copy()
    lifted[4] = unit(rest[4] + [0.0, -0.5, 0.0])
    motion = np.repeat(lifted[None], 150, axis=0).astype(np.float32)
    loudness = np.where(np.arange(150) < 75, -30.0, -15.0).astype(np.float32)
    loudness[-20:] = -80  # a pause, by which speech is told from noise
    assert finishing.energise(motion, rest, loudness, 0.0) is motion
    moved = finishing.energise(motion, rest, loudness, 1.0)
    angle = np.degrees(np.arccos(np.clip(moved[:, 4] @ rest[4], -1, 1)))
    own = np.degrees(np.arccos(lifted[4] @ rest[4]))
    assert angle[20] == pytest.approx(0.7 * own, rel=0.03)
    assert angle[110] == pytest.approx(1.3 * own, rel=0.03)
    assert np.abs(np.diff(angle[:120])).max() < 2


def test_a_turned_hand_goes_to_rest_in_its_own_shape():
    rest = np.asarray(unit(EXPRESSIVE.mean_direction), np.float32)
    hand, index, pinky = slice(5, 20), 5, 11
    turned = rest.copy()
    turned[hand] = Rotation.from_rotvec([0.0, 2.5, 0.0]).apply(rest[hand])
    motion = np.repeat(turned[None], 31, axis=0)
    moved = finishing.settle(motion, np.linspace(0, 1, 31, dtype=np.float32), rest)
    spread = (moved[:, index] * moved[:, pinky]).sum(-1)
    np.testing.assert_allclose(spread, spread[0], atol=1e-4)
    np.testing.assert_allclose(moved[[0, -1]], [rest, turned], atol=1e-4)
    assert np.degrees(np.arccos((moved[1:] * moved[:-1]).sum(-1).clip(-1, 1))).max() < 12


def test_what_shakes_from_frame_to_frame_is_calmed_and_strokes_are_not():
    random = np.random.default_rng(0)
    slow = np.repeat(EXPRESSIVE.neutral[None], 120, axis=0).astype(np.float64)
    stroke = np.radians(40 * np.exp(-(((np.arange(120) - 60) / 5) ** 2)))
    slow[:, 4] = Rotation.from_rotvec(stroke[:, None] * [0, 0, 1]).apply(slow[:, 4])
    shaking = unit((slow + random.normal(0, 0.02, slow.shape)).astype(np.float32))
    calm = finishing.calmed(shaking)
    jerks = [np.abs(np.diff(motion, n=3, axis=0)).mean() for motion in (calm, shaking)]
    assert jerks[0] < 0.5 * jerks[1]
    kept = finishing.calmed(unit(slow.astype(np.float32)))
    assert np.ptp(kept[:, 4], axis=0).max() > 0.95 * np.ptp(slow[:, 4], axis=0).max()
    np.testing.assert_allclose(np.linalg.norm(calm, axis=-1), 1, atol=1e-5)


def test_an_exchange_changes_no_frame_beyond_its_share():
    random = np.random.default_rng(0)
    ours, theirs = (unit(EXPRESSIVE.neutral + random.normal(0, 0.2, (20, 42, 3))) for _ in range(2))
    share = np.clip((np.arange(20) - 5) / 8, 0, 1)
    mixed = finishing.exchanged(ours, theirs, share)
    np.testing.assert_array_equal(mixed[:6], ours[:6])
    np.testing.assert_array_equal(mixed[13:], theirs[13:])
    assert (np.abs(mixed[6:13] - ours[6:13]).max(axis=(1, 2)) > 0.01).all()
