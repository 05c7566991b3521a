# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes over the pipe: values of the right kind, or a sentence that names the wrong one."""

import numpy as np
import pytest

from ha2g_engine.body.skeleton import EXPRESSIVE
from ha2g_engine.errors import InputError
from ha2g_engine.synthesis import asking
from ha2g_engine.synthesis.settings import Settings, Take


def deep(depth):
    return [deep(depth - 1)] if depth else []


@pytest.mark.parametrize(
    ("key", "values"),
    {
        "energy": [float("nan"), float("inf"), -0.1, 1.1, "0.5", [0.5], 10**400],
        "seed": [-1, 2**31, 10**400, 0.5, float("nan"), float("inf"), "1", [1], {}],
        "identity_seed": [-1, 10**30, "x", [1]],
        "style": ["x", [[1, 2], [3]], deep(100), {"a": 1}, [[1e39] * 6] * 3, [[None] * 6] * 3],
        "transcript": [3, ["a"], True],
        "image": [3, {"a": 1}, True],
        "images": ["a.png", 3, [3], [["a.png"]], {"a": 1}],
        "plan": [3, "x", [1], {"strokes": 1}],
        "channel": [3, "middle", True, ["left"]],
    }.items(),
)
def test_a_value_of_another_kind_is_one_sentence(key, values):
    for value in values:
        with pytest.raises(InputError) as caught:
            asking.settings({key: value})
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 500


def test_what_is_left_out_is_as_usual():
    usual = Settings(images=[])
    for params in (
        {},
        {"style": None, "seed": None, "image": "", "transcript": None, "plan": None},
    ):
        assert asking.settings(params) == usual
    assert asking.settings({}).energy is asking.settings({"energy": None}).energy is None
    found = asking.settings({"seed": 3.0, "energy": 1, "rest": False, "image": "a.png"})
    assert (found.seed, found.energy, found.rest, found.images) == (3, 1.0, False, ["a.png"])


def test_several_pictures_are_all_taken():
    both = {"image": "a.png", "images": ["a.png", "b.png"]}
    assert asking.settings(both).images == ["a.png", "b.png"]
    assert asking.settings({"image": "a.png", "images": []}).images == ["a.png"]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_no_take_has_numbers_that_are_none(number):
    directions = np.tile(np.float32([0, 1, 0]), (15, 42, 1))
    style = np.full((3, 6), 1 / 3, np.float32)
    Take(directions, style, 0, EXPRESSIVE)
    for array in (directions, style):
        spoiled = [directions.copy(), style.copy()]
        spoiled[array is style].flat[7] = number
        with pytest.raises(InputError, match="no motion"):
            Take(*spoiled, 0, EXPRESSIVE)


@pytest.mark.parametrize("number", [np.nan, np.inf, -1.0, 1e7])
def test_a_style_of_such_numbers_is_refused_whoever_asks(number, small_checkpoint, write_speech):
    from ha2g_engine.synthesis.synthesizer import Synthesizer

    style = np.ones((3, 6), np.float32)
    style[1, 2] = number
    with pytest.raises(InputError, match="The style needs"):
        Synthesizer(small_checkpoint).style(Settings(style=style))
