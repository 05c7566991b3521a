# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said, in a real window: pasted, aligned, a word dragged, a gesture asked for; undone."""

import pytest
from conftest import REPOSITORY

pytestmark = pytest.mark.window

JFK = REPOSITORY / "rigs" / "demo" / "jfk.flac"
WORD = 5
NEAR = 0.5  # s from a word to its stroke


@pytest.fixture(scope="module")
def facts(session):
    pytest.importorskip("pocketsphinx")
    told, _ = session("words_scenario", WINDOW_SPEECH=JFK, WINDOW_LONG_SPEECH=JFK)
    return told


def test_a_text_is_pasted_and_aligned(facts):
    assert facts["pasted"].startswith("And so, my fellow Americans")
    assert facts["unpasted"]
    assert facts["words"][:5] == ["And", "so,", "my", "fellow", "Americans,"]
    assert len(facts["words"]) == 22
    assert facts["unaligned"] == 0
    assert ["ask", "negation"] in [[word, meaning] for word, meaning, _ in facts["meant"]]


def test_a_word_follows_the_mouse_and_comes_back(facts):
    before, after = facts["before"], facts["after"]
    assert after[WORD] - before[WORD] == pytest.approx(10 / 24, abs=0.05)
    assert after[:WORD] == before[:WORD]
    assert facts["undone"] == before


def test_a_tag_brings_its_gesture(facts):
    assert facts["tagged"] == [["ask", "shrug"]]
    assert facts["untagged"] == []
    time, title = min(facts["strokes"], key=lambda one: abs(one[0] - facts["at"]))
    assert abs(time - facts["at"]) < NEAR
    assert "shrug" in title.lower() or "know" in title.lower()
    assert facts["ungenerated"]
