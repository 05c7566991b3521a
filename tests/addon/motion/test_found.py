# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found in pictures: in words, and drawn on them."""

import numpy as np
import pytest

from blender_addon.motion import found
from blender_addon.motion.found import PARTS, Found

LINE = [0.25, 0.5, 0.75, 0.5, "L"]
SOMEBODY = {"people": 1, "parts": list(PARTS), "lines": [LINE]}


@pytest.mark.parametrize(
    ("people", "parts", "words"),
    [
        (0, [], "Nobody is found in it: hands rest and the take begins without it."),
        (1, PARTS, "Seen: face, shoulders, both arms, both hands."),
        (1, ["face"], "Only a face is seen: hands rest and the take begins without it."),
        (
            1,
            ["face", "shoulders"],
            "Seen: face, shoulders. Not seen: both arms, both hands.",
        ),
        (
            3,
            ["face", "shoulders", "left arm", "right arm", "right hand"],
            "3 people, the largest is taken. Seen: face, shoulders, both arms, right hand. "
            "Not seen: left hand.",
        ),
    ],
)
def test_who_is_in_a_picture_is_one_or_two_sentences(people, parts, words):
    assert Found(people, tuple(parts)).words == words


def test_several_pictures_are_told_together():
    one, other, nobody = Found(1, PARTS[:3]), Found(1, PARTS[3:]), Found(0, ())
    assert found.in_words([one, other, nobody]) == (
        "2 of 3 pictures show somebody. Seen: face, shoulders, both arms, both hands."
    )
    assert found.in_words([nobody, nobody]).startswith("Nobody is found in them")
    assert found.in_words([one]) == one.words


@pytest.mark.parametrize(
    "values",
    [None, 3, [], {}, {"people": "1"}, {"people": None, "parts": []}],
)
def test_what_is_no_answer_is_none(values):
    assert Found.of(values) is None


def test_an_answer_is_read_and_its_strange_rows_are_left_out():
    lines = [LINE, [0, 0, 1, 1, "X"], [0, 0, 1], ["a", 0, 1, 1, ""], [float("nan"), 0, 1, 1, ""], 7]
    one = Found.of({"people": 1, "parts": ["tail", "face"], "lines": lines})
    assert one.parts == ("face",)
    assert one.lines == ((0.25, 0.5, 0.75, 0.5, "L"),)
    assert found.all_of([SOMEBODY, 3, {}]) == (Found.of(SOMEBODY),)
    assert found.all_of(None) == ()


def test_the_skeleton_is_drawn_where_it_was_found():
    grey = np.full((60, 100, 3), 100, np.uint8)
    grey[:10] = 200  # the top rows
    low = Found(1, PARTS, ((0.2, 0.9, 0.8, 0.9, "R"),))
    pixels = found.drawn([grey], [low])
    assert pixels.shape == (60, 100, 4)
    assert np.allclose(pixels[-1, :, :3], 200 / 255)  # rows from the bottom: the top comes last
    red, _, blue, _ = pixels[6, 50]  # a tenth from the bottom
    assert red > 0.8 and blue < 0.45
    assert np.allclose(pixels[30, 50, :3], 100 / 255)


def test_pictures_of_several_sizes_stand_in_a_row():
    pictures = [np.full((h, w, 3), 50, np.uint8) for h, w in ((40, 30), (20, 60))]
    pixels = found.drawn(pictures, [Found(0, ()), Found(0, ())])
    assert pixels.shape == (40, 90, 4)
    assert np.allclose(pixels[20, 60, :3], 50 / 255)
    assert np.allclose(pixels[2, 60, :3], found.PAPER)
