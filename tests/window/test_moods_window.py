# SPDX-License-Identifier: GPL-3.0-or-later
"""Moods in a real window: proposed at a button's press, an end dragged with the mouse, undone."""

import pytest
from conftest import REPOSITORY

pytestmark = pytest.mark.window

JFK = REPOSITORY / "rigs" / "demo" / "jfk.flac"


def test_moods_are_proposed_and_dragged(session):
    facts, _ = session("moods_scenario", WINDOW_SPEECH=JFK, WINDOW_LONG_SPEECH=JFK)
    proposed, dragged = facts["proposed"], facts["dragged"]
    assert len(proposed) >= 2
    assert dragged[0][1] == pytest.approx(proposed[0][1] + 1.0, abs=0.1)
    assert dragged[1:] == proposed[1:]
    assert facts["undone"] == proposed
