# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the user's: whole or not at all, never replaced unasked."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from blender_addon import files
from blender_addon.bones import families
from blender_addon.bones.roles import BoneMap
from blender_addon.errors import GestureError
from blender_addon.headless import animate, pixels

SOURCES = Path(__file__).resolve().parents[2] / "blender_addon"


def test_a_file_is_replaced_when_the_new_one_is_whole(tmp_path):
    path = tmp_path / "one.toml"
    path.write_text("before")
    with files.replacing(path) as part:
        part.write_text("after")
        assert path.read_text() == "before"
        assert (part.parent, part.suffix) == (path.parent, path.suffix)
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("before", [True, False])
def test_nothing_is_left_of_a_file_that_failed(tmp_path, before):
    path = tmp_path / "one.toml"
    if before:
        path.write_text("before")
    with pytest.raises(KeyboardInterrupt), files.replacing(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == ([path] if before else [])
    assert not before or path.read_text() == "before"


def test_a_file_that_was_never_written_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "one.toml"):
        pass


def test_the_folder_has_to_be_there(tmp_path):
    with pytest.raises(OSError), files.replacing(tmp_path / "no" / "one.toml") as part:
        part.write_text("text")
    assert not list(tmp_path.iterdir())


def test_what_is_being_written_is_not_read(addon, tmp_path, monkeypatch):
    presets, rigs = addon.takes.style_presets, addon.rig.families
    monkeypatch.setattr(presets, "folder", lambda: tmp_path)
    monkeypatch.setattr(rigs, "preset_folder", lambda: tmp_path)
    presets.save("calm", presets.Preset([[0.5], [0.3], [0.2]]))
    families.save_preset(BoneMap("Mine", {"head": ("Head",)}), tmp_path / "mine.toml")
    for whole in ("calm.json", "mine.toml"):
        (tmp_path / f"{files.PART}{whole}").write_text("{")  # another Blender is at it
    assert presets.names() == ["calm"]
    assert [one.family for one in rigs.user_presets()[0]] == ["Mine"]
    assert rigs.user_presets()[1] == ()
    assert [one.family for one in families.load_presets(tmp_path)] == ["Mine"]


def test_each_says_that_it_could_not_be_written(addon, tmp_path, monkeypatch):
    presets = addon.takes.style_presets
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(presets, "folder", lambda: tmp_path / "file")
    with pytest.raises(GestureError, match=r"The preset 'calm' cannot be saved: [A-Z]"):
        presets.save("calm", presets.Preset([[0.5], [0.3], [0.2]]))
    with pytest.raises(GestureError, match=r"'.*mine\.toml' cannot be written \([A-Z]"):
        families.save_preset(BoneMap("Mine", {}), tmp_path / "no" / "mine.toml")
    with pytest.raises(GestureError, match="could not save"):
        animate._save_blend(tmp_path / "no" / "one.blend")
    with pytest.raises(GestureError, match="could not write"):
        pixels.save(np.zeros((2, 3, 3), np.float32), tmp_path / "file" / "one.png")
    assert sorted(os.listdir(tmp_path)) == ["file"]  # noqa: PTH208 - hidden ones, too


def test_none_is_replaced_unasked(tmp_path):
    path = tmp_path / "mine.toml"
    families.save_preset(BoneMap("Mine", {}), path)
    with pytest.raises(GestureError, match=r"bone mapping 'mine\.toml' already"):
        families.save_preset(BoneMap("Other", {}), path)
    families.save_preset(BoneMap("Other", {}), path, overwrite=True)
    assert families.load_preset(path).family == "Other"


def test_files_are_renamed_in_few_places():
    """One helper writes files whole; the engine's folder and USD's textures move as they are."""
    renames = re.compile(r"os\.(replace|rename)|\.(replace|rename)\((new|name|path|target|_aside)")
    found = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if renames.search(path.read_text("utf-8"))
    }
    assert found == {"files.py", "export/writers.py", "engine/install.py"}
