# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion files as the shell's half reads them: whole ones, older ones, and what is none."""

import json
import time
import zipfile

import numpy as np
import pytest

from blender_addon.errors import GestureError
from blender_addon.headless import motion_file, perform

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
        {"fps": 0.001},
        {"fps": np.array(True)},
        {"fps": np.array("15")},
        {"directions": np.full((45, 42, 3), np.nan, np.float32)},
        {"directions": np.full((45, 42, 3), np.inf)},
        {"directions": np.full((45, 42, 3), 1e38)},
        {"directions": np.zeros((0, 42, 3))},
        {"directions": np.zeros((42, 3))},
        {"directions": np.array("x")},
        {"level_rate": np.nan},
        {"level_rate": -1.0},
        {"level": np.float32([0.5, np.nan])},
        {"seed": np.array(-1)},
        {"seed": np.array(2**62)},
        {"asked": np.array("[" * 100_000)},
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


def declaring(path, shape, content):
    """A motion file whose directions have SHAPE in their header, and CONTENT behind it."""
    saved(path)
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    array = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + content
    with zipfile.ZipFile(path) as before:
        fps = before.read("fps.npy")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as now:
        now.writestr("fps.npy", fps)
        now.writestr("directions.npy", array)
    return path


@pytest.mark.parametrize("shape", ["(10000000000, 42, 3)", "(-1,)", "(1e9,)", "(True, 42, 3)"])
def test_a_size_that_the_file_does_not_hold_is_a_sentence_at_once(tmp_path, shape):
    path, began = declaring(tmp_path / "m.npz", shape, bytes(1000)), time.perf_counter()
    with pytest.raises(GestureError, match="is no motion"):
        perform.read_motion(path)
    assert time.perf_counter() - began < 1.0


def test_a_file_that_unfolds_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(motion_file, "MOST_BYTES", 10 << 20)
    path = declaring(tmp_path / "m.npz", "(100000, 42, 3)", bytes(100_000 * 42 * 3 * 4))
    monkeypatch.setattr(np, "load", None)
    with pytest.raises(GestureError, match="is no motion"):
        perform.read_motion(path)


@pytest.mark.parametrize(
    "strange", [{"phrases": [[0.0, np.nan]]}, {"seconds": np.inf}, {"seconds": -1.0},
                {"seconds": np.array(True)}, {"phrases": [1.0, 2.0, 3.0]}, {"seconds": 1e9}]
)  # fmt: skip
def test_what_holds_no_phrases_is_a_sentence(tmp_path, strange):
    np.savez(tmp_path / "p.npz", **{"phrases": [[0.0, 1.0]], "seconds": 2.0, **strange})
    with pytest.raises(GestureError, match="holds no phrases"):
        motion_file.read_phrases(tmp_path / "p.npz")
