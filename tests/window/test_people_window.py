# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture and the map of people in a real window, with the real engine."""

import pytest

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def walk(session):
    return session("people_scenario")


def test_the_picture_says_what_is_found_in_it(walk):
    facts, out = walk
    assert facts["found"]
    if facts["seen"]:  # the part Pictures is set up
        assert "both arms" in facts["found"]
    assert (out / "people_found.png").is_file()


def test_a_click_on_the_map_chooses_somebody_else(walk):
    facts, out = walk
    assert facts["after"] != facts["before"]
    assert (out / "people_map.png").is_file()
