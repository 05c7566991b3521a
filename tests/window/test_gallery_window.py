# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery in a real window: pictures that move on a click, kept with the file."""

import pytest
from conftest import REPOSITORY

pytestmark = pytest.mark.window

JFK = REPOSITORY / "rigs" / "demo" / "jfk.flac"
SPEAKER = REPOSITORY / "rigs" / "demo" / "speaker.jpg"
HELD = 0.05  # seconds of the window's own time, at most


@pytest.fixture(scope="module")
def seen(session):
    more = {"WINDOW_SPEECH": JFK, "WINDOW_LONG_SPEECH": JFK, "WINDOW_PICTURE": SPEAKER}
    return session("gallery_scenario", **more)[0]


def test_it_is_told_what_was_found_in_the_picture(seen):
    assert "; at rest hands " in seen["found"]


def test_a_click_lets_a_picture_move_until_it_is_over(seen, capsys):
    with capsys.disabled():
        print(f"\n{ {name: one for name, one in seen.items() if 'stall' in name} }")
    assert seen["changes"] >= 8
    assert seen["stall_while_moving"]["busy"] <= HELD
    assert seen["stall_while_drawing"]["busy"] <= HELD
    assert seen["stopped"]


def test_opened_again_they_are_there_and_used_without_the_engine(seen):
    assert seen["same"] and seen["known"] == 6
    assert seen["used"] == ["jfk take 1", "jfk take 2"]
