# SPDX-License-Identifier: GPL-3.0-or-later
"""A style and a manner in words: each says what its numbers say, and no more."""

import numpy as np
import pytest

from blender_addon.motion import words
from blender_addon.motion.words import Manner

LONGEST = 76  # characters: two lines of the sidebar
BEAT, RHYTHM, MEANING, ALIKE = (
    np.array(shares) for shares in ([0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.2, 0.2, 0.6], [1 / 3] * 3)
)


def style(torso, arms, hands):
    return np.stack([torso, arms, arms, hands, hands, hands], axis=1).tolist()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (style(BEAT, BEAT, BEAT), "The whole body follows the beat."),
        (style(RHYTHM, RHYTHM, RHYTHM), "The whole body follows the rhythm."),
        (style(MEANING, MEANING, MEANING), "The whole body follows meaning."),
        (style(ALIKE, ALIKE, ALIKE), "The whole body does some of each."),
        (style(RHYTHM, MEANING, BEAT), "Arms follow meaning, hands the beat; torso sways."),
        (style(BEAT, MEANING, MEANING), "Arms and hands follow meaning; torso nods the beat."),
        (style(MEANING, BEAT, ALIKE),
         "Arms follow the beat; torso turns with strokes; hands do some of each."),
        (style(ALIKE, ALIKE, MEANING), "Hands follow meaning; arms and torso do some of each."),
        (style(RHYTHM, ALIKE, ALIKE), "Torso sways; arms and hands do some of each."),
        (style(ALIKE, BEAT, RHYTHM),
         "Arms follow the beat, hands the rhythm; torso does some of each."),
        ([[0.5], [0.3], [0.2]], "The whole body follows the beat."),  # a model of one level
        ([[0.2, 0.7], [0.6, 0.2], [0.2, 0.1]], "Arms follow the beat; torso sways."),  # of two
        ([[], [], []], ""),
        ((), ""),
    ],
)  # fmt: skip
def test_a_style_in_words(given, said):
    assert words.of_style(given) == said


def test_no_style_is_longer_than_its_place():
    random = np.random.default_rng(3)
    drawn = [random.dirichlet([0.5] * 3, 6).T for _ in range(400)]
    said = {words.of_style(one) for one in drawn}
    assert len(said) > 40
    assert max(map(len, said)) <= LONGEST


def test_a_part_follows_what_leads_by_enough_alone():
    near = np.array([0.36, 0.32, 0.32])
    assert "some of each" in words.of_style(style(near, near, near))
    far = np.array([0.40, 0.31, 0.29])
    assert "the beat" in words.of_style(style(far, far, far))


@pytest.mark.parametrize(
    ("home", "hands", "said"),
    [
        ("hanging", (0.15, 0.2, 0.65), "Mostly both hands; at rest hands hang."),
        ("held", (0.08, 0.57, 0.35), "Mostly the right hand; at rest hands are held up."),
        ("held", (0.57, 0.08, 0.35), "Mostly the left hand; at rest hands are held up."),
        ("hanging", (0.3, 0.35, 0.35), "Either hand; at rest hands hang."),
        ("hanging", None, "At rest hands hang."),
    ],
)
def test_a_manner_in_words(home, hands, said):
    assert Manner(home, hands).words == said


@pytest.mark.parametrize(
    ("distances", "said"),
    [
        ((0.6, 5.0), "Sure."),
        ((1.9, 4.9), "Fairly sure."),
        ((2.2, 4.6), "Unsure: unlike the people it knows."),
        ((0.0, 0.0), ""),
        (None, ""),
    ],
)
def test_how_sure_a_picture_is(distances, said):
    assert Manner("hanging", None, distances).sureness == said


@pytest.mark.parametrize(
    "values",
    [None, 5, [], {}, {"home": "flying"}, {"hands": [0.1, 0.1, 0.8]}],
)
def test_what_is_no_manner_counts_as_none(values):
    assert Manner.of(values) is None


@pytest.mark.parametrize("hands", [[1], "abc", [0.1, float("nan"), 0.9], [-1, 0, 0], {}])
def test_strange_numbers_are_left_out(hands):
    found = Manner.of({"home": "held", "hands": hands, "distances": hands})
    assert found == Manner("held")
