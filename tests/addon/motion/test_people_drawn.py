# SPDX-License-Identifier: GPL-3.0-or-later
"""Imagined people as small pictures."""

import numpy as np
import pytest

from blender_addon.motion import people
from blender_addon.motion.people import FRAME, HANDS, INK, ROWS, SIZE, Person

EVEN = [[1 / 3] * 6] * 3
BEATS = [[0.4] * 6, [0.3] * 6, [0.3] * 6]


def person(style, hands=(0.1, 0.6, 0.3)):
    return Person.of({"seed": 3, "style": style, "hands": list(hands) if hands else None})


def test_who_follows_the_beat_has_the_largest_bars_of_its_ink():
    pixels = people.pictures([person(EVEN), person(BEATS)])
    share = [np.isclose(one[..., :3], ROWS[0], atol=0.01).all(axis=-1).sum() for one in pixels]
    assert share[1] > 1.3 * share[0]
    assert pixels[0].shape == (SIZE, SIZE, 4)
    assert (pixels[0][..., 3] == 1).all()


def test_the_right_hand_stands_on_the_left_as_one_sees_it():
    row = people.pictures([person(EVEN, (0.5, 0.5, 0.0))])[0][FRAME + HANDS // 2, :, :3]
    assert np.allclose(row[FRAME + 2], INK["R"])
    assert np.allclose(row[SIZE - FRAME - 3], INK["L"])


def test_a_model_without_gestures_has_no_hands():
    one = person(EVEN, None)
    assert one.words == "The whole body does some of each."
    assert not np.isclose(people.pictures([one])[0][..., :3], INK["R"]).all(axis=-1).any()


@pytest.mark.parametrize(
    "values",
    [None, {}, {"seed": "1", "style": EVEN}, {"seed": 1, "style": [[1]]}, {"seed": 1},
     {"seed": -1, "style": EVEN}, {"seed": 1, "style": [[float("nan")] * 6] * 3},
     {"seed": 1, "style": [[1], [1, 2], [3]]}],
)  # fmt: skip
def test_what_is_nobody_is_left_out(values):
    assert Person.of(values) is None
    assert people.all_of([values, {"seed": 4, "style": EVEN}])[0].seed == 4


def test_people_of_two_models_are_no_map():
    assert people.all_of([{"seed": 1, "style": EVEN}, {"seed": 2, "style": [[1], [0], [0]]}]) == ()
