# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion files as the shell's half reads them: whole ones, older ones, and what is none."""

import json

import numpy as np
import pytest

from blender_addon.errors import GestureError
from blender_addon.headless import perform

DIRECTIONS = np.tile(np.array([0.0, 1.0, 0.0], np.float32), (45, 42, 1))
STYLE = np.tile(np.float32([[0.2], [0.3], [0.5]]), (1, 6))


def saved(path, **more):
    np.savez(path, **{"directions": DIRECTIONS, "fps": np.float32(15.0), **more})
    return path


def test_all_that_it_says_is_read(tmp_path):
    asked = {"speech": "/a.wav", "own_style": False}
    path = saved(
        tmp_path / "m.npz",
        style=STYLE,
        seed=np.int64(3),
        level_rate=np.float32(50.0),
        beats=np.float64([0.5, 1.0]),
        bones=np.array(["hip", "spine"]),
        asked=np.array(json.dumps(asked)),
        engine=np.array(json.dumps({"version": "1"})),
    )
    result, found = perform.read_motion(path)
    assert found == asked
    assert np.array_equal(result.arrays["directions"], DIRECTIONS)
    assert result.arrays["beats"].dtype == np.float32
    assert set(result.arrays) == {"directions", "beats"}
    assert result.values["style"] == STYLE.tolist()
    rest = {"fps": 15.0, "seed": 3, "level_rate": 50.0, "engine": {"version": "1"}}
    assert {name: result.values[name] for name in rest} == rest


def test_an_older_one_says_nothing_of_itself(tmp_path):
    result, asked = perform.read_motion(saved(tmp_path / "m.npz"))
    assert asked == {}
    assert result.values == {"fps": 15.0, "engine": {}}


@pytest.mark.parametrize(
    "strange",
    [
        {"fps": 0.0},
        {"fps": -15.0},
        {"fps": np.nan},
        {"fps": 1e9},
        {"fps": np.ones(3)},
        {"style": np.ones((2, 6))},
        {"style": np.ones((3, 9)) / 3},
        {"style": np.full((3, 6), np.nan)},
        {"style": np.array(1.0)},
        {"level_rate": np.ones(3)},
        {"beats": np.array(["a"])},
        {"seed": np.array("many")},
        {"asked": np.array("[1]")},
        {"asked": np.array("{")},
        {"engine": np.array("3")},
    ],
)
def test_what_is_no_motion_is_a_sentence(tmp_path, strange):
    with pytest.raises(GestureError, match="is no motion"):
        perform.read_motion(saved(tmp_path / "m.npz", **strange))
