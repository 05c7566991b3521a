# SPDX-License-Identifier: GPL-3.0-or-later
"""A data set reads back, names what is wrong with it, and is replaced as a whole."""

import numpy as np
import pytest

from ha2g_engine.body.skeleton import NEUTRAL
from ha2g_engine.cli.main import main
from ha2g_engine.data import store
from ha2g_engine.data.default import build
from ha2g_engine.errors import InputError


def tiny_store(folder, frames=400):
    """A data set of one speaker and two clips that never move."""
    motion = np.repeat(NEUTRAL[None], frames, axis=0).astype(np.float16)
    mel = np.full((int(frames * 2.0833) + 1, 128), -80, np.float16)
    entries = [
        store.ClipEntry(name, split, 0, (0, len(mel)), (0, frames))
        for name, split in (("a", "train"), ("b", "val"))
    ]
    people = [store.SpeakerEntry("one", (0, 2))]
    arrays = {"mel": mel, "directions": motion, "portraits": np.zeros((2, 224, 224, 3), np.uint8)}
    store.write(folder, {"skeleton": "expressive"}, people, entries, arrays)
    return store.Store(folder)


def test_store_reads_back_what_was_written(tmp_path):
    data = tiny_store(tmp_path)
    assert [clip.name for clip in data.split("train")] == ["a"]
    assert data.directions.shape == (400, 42, 3)
    with pytest.raises(InputError, match="test split"):
        data.split("test")


def test_a_folder_without_data_and_a_cut_array_are_named(tmp_path):
    with pytest.raises(InputError, match="holds no data set"):
        store.Store(tmp_path)
    tiny_store(tmp_path)
    (tmp_path / "mel.npy").write_bytes((tmp_path / "mel.npy").read_bytes()[:5000])
    with pytest.raises(InputError, match=r"mel\.npy"):
        store.Store(tmp_path)


def test_a_data_set_is_built_beside_the_one_that_it_replaces(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "data"
    tiny_store(folder)
    command = ["data", "build-default", "--gestures", str(tmp_path / "none"), "--out", str(folder)]
    assert main(command) == 2
    assert "--overwrite" in capsys.readouterr().err

    def die(part, *_):
        tiny_store(part, frames=100)
        raise InputError("Half-way.")

    with monkeypatch.context() as patch:
        patch.setattr(build, "_build", die)
        assert main([*command, "--overwrite"]) == 2
    assert len(store.Store(folder).directions) == 400
    monkeypatch.setattr(build, "_build", lambda part, *_: tiny_store(part, frames=100))
    assert main([*command, "--overwrite"]) == 0
    assert len(store.Store(folder).directions) == 100
    assert list(tmp_path.iterdir()) == [folder]
