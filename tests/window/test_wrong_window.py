# SPDX-License-Identifier: GPL-3.0-or-later
"""In a real Blender window: what is wrong is said in plain words, and nothing breaks."""

import re

import pytest

pytestmark = pytest.mark.window
EXPECTED = {
    "no_speech": "Choose a speech file",
    "no_such_speech": r"gone\.wav.*does not exist",
    "text_as_speech": "not a sound file that can be read",
    "a_picture_that_is_none": "not a picture that can be read",
    "a_cube": "Select your character",
    "an_animal": "legs do not stand below its spine",
    "no_fingers": "",
    "linked": "linked",
    "a_folder_that_takes_nothing": "cannot|could not|Permission|read-only",
    "a_dead_engine": "stopped unexpectedly",
}


@pytest.fixture(scope="module")
def walk(session):
    return session("wrong_scenario")


@pytest.mark.parametrize("situation", EXPECTED)
def test_it_is_said(walk, situation):
    facts, out = walk
    sentence = facts["said"][situation]
    assert re.search(EXPECTED[situation], sentence), sentence
    assert "Traceback" not in sentence
    assert (out / f"window_wrong_{situation}.png").is_file()
