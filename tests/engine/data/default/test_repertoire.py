# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has which gestures."""

import numpy as np
from shared_folder import GESTURES, needs_gestures

from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.data.default import repertoire


@needs_gestures
def test_no_clip_is_shown_both_in_training_and_in_the_test_split():
    def names(test):
        groups = repertoire.repertoires(GESTURES, repertoire.SPEAKERS, test=test)
        return {c.name for r in groups for g in (*r.opening, *r.running) for c in g}

    shown, kept = names(False), names(True)
    assert len(shown) > 30
    assert len(kept) > 8
    assert not shown & kept


@needs_gestures
def test_one_hand_leads_and_the_other_stays_at_home():
    right = next(s for s in repertoire.SPEAKERS if s.name == "ready/right")
    (own,) = repertoire.repertoires(GESTURES, [right])
    for clip in (c for group in own.running for c in group):
        left = clip.directions[:, list(repertoire.LEFT_ARM)]
        np.testing.assert_allclose(left, np.broadcast_to(own.home[3:20][None], left.shape)[:, :17])
        assert wrist_speed(clip.directions)[:, 1].max() > 0.6
