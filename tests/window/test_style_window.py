# SPDX-License-Identifier: GPL-3.0-or-later
"""A slider of the shown take, dragged with the mouse in a real window, with the real engine."""

import pytest
from conftest import REPOSITORY

pytestmark = pytest.mark.window

JFK = REPOSITORY / "rigs" / "demo" / "jfk.flac"


def test_keys_follow_the_mouse(session):
    facts, _ = session("style_scenario", WINDOW_SPEECH=JFK, WINDOW_LONG_SPEECH=JFK)
    before, after = facts["slider"]
    assert after > before
    assert facts["column"] == pytest.approx(1.0, abs=1e-4)
    assert facts["changed"]
    assert facts["stall"]["busy"] <= 0.25
