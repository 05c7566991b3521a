# SPDX-License-Identifier: GPL-3.0-or-later
"""A stroke's handle dragged with the mouse, and another gesture chosen, in a real window."""

import pytest
from conftest import REPOSITORY

pytestmark = pytest.mark.window

JFK = REPOSITORY / "rigs" / "demo" / "jfk.flac"


def test_the_stroke_follows_the_mouse(session):
    facts, _ = session("strokes_scenario", WINDOW_SPEECH=JFK, WINDOW_LONG_SPEECH=JFK)
    moved = facts["moved"]
    assert moved[1] == pytest.approx(8 / 24, abs=0.05)
    assert all(abs(one) < 1e-3 for one in (moved[0], *moved[3:]))
    assert facts["stall"]["busy"] <= 0.25
    assert facts["chosen"].startswith("Stop")
    assert facts["stall_while_chosen"]["busy"] <= 0.25
