# SPDX-License-Identifier: GPL-3.0-or-later
"""Strokes fall on accents, hands go home, heads nod."""

import numpy as np
import pytest
from shared_folder import GESTURES, needs_gestures

from ha2g_engine.body.skeleton import FPS, NEUTRAL
from ha2g_engine.body.strokes import wrist_speed
from ha2g_engine.data.default import choreography, repertoire
from ha2g_engine.speech import prosody


def test_nods_dip_the_nose_after_the_accent_only():
    still = np.repeat(NEUTRAL[None], 60, axis=0)
    accent = prosody.Accent(2.0, 0.0, initial=False)
    nodded = choreography._nodding(still, [accent])
    nose = nodded[:, 37, 1]
    assert int(nose.argmax()) == pytest.approx(2.1 * FPS, abs=1)
    np.testing.assert_allclose(nodded[0], still[0], atol=1e-5)


def test_small_beats_dip_raised_forearms_and_leave_hanging_ones():
    still = np.repeat(NEUTRAL[None], 60, axis=0)
    still[:, 20] = still[:, 21] = [0, 1, 0]  # the right arm hangs straight
    accent = prosody.Accent(1.0, 0.0, initial=False, beats=(2.0,))
    beaten = choreography._beating(still, [accent])
    dip = np.degrees(np.arccos(np.clip((beaten[:, 4] * still[:, 4]).sum(-1), -1, 1)))
    assert int(dip.argmax()) == 2 * FPS
    assert 5 < dip.max() < 12
    assert beaten[30, 4, 1] > still[30, 4, 1]  # y points down
    np.testing.assert_allclose(beaten[:, 21], still[:, 21], atol=1e-5)


@needs_gestures
@pytest.mark.parametrize("speaker", repertoire.SPEAKERS, ids=lambda s: s.name)
def test_strokes_peak_on_accents_and_hands_go_home_in_silence(speaker):
    (own,) = repertoire.repertoires(GESTURES, [speaker])
    habit = repertoire.habit(own, np.zeros(repertoire.LATENT), (-6.0, -3.0))
    accents = [prosody.Accent(t, -2.0, initial=True) for t in (2.0, 4.0, 8.0)]
    poses = choreography.perform(habit, accents, [(9.0, 15.0)], 225)
    speed = wrist_speed(poses).max(axis=1)
    for accent in accents:
        first = int((accent.time - 0.5) * FPS)
        peak = (first + speed[first : first + 15].argmax()) / FPS
        assert peak == pytest.approx(accent.time, abs=0.14)
    assert speed[-30:].max() < 0.02
    np.testing.assert_allclose(poses[-1], own.home, atol=0.02)
    assert np.linalg.norm(np.diff(poses, axis=0), axis=-1).max() < 1.2
