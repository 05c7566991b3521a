# SPDX-License-Identifier: GPL-3.0-or-later
"""A slider of the shown take, dragged with the mouse in a real window, with the real engine."""

import pytest
from conftest import REPOSITORY

pytestmark = pytest.mark.window

JFK = REPOSITORY / "rigs" / "demo" / "jfk.flac"


@pytest.fixture(scope="module")
def walk(session):
    return session("style_scenario", WINDOW_SPEECH=JFK, WINDOW_LONG_SPEECH=JFK)


def test_keys_follow_the_mouse(walk):
    facts, _ = walk
    before, after = facts["slider"]
    assert after > before
    assert facts["column"] == pytest.approx(1.0, abs=1e-4)
    assert facts["changed"]
    assert facts["stall"]["busy"] <= 0.25


def test_a_question_mark_opens_the_panels_page(walk):
    facts, _ = walk
    assert facts["help"].startswith("file://")
    assert facts["help"].endswith("/docs/panels/speech-and-character.html")


def test_the_tabs_pictures_are_there(walk):
    _, out = walk
    assert len(list(out.glob("window_tab_*.png"))) == 5
