# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints from before a setting was stored are read as they were meant."""

from __future__ import annotations

import json

import pytest
import safetensors
from safetensors.torch import save

from ha2g_engine.checkpoints import files
from ha2g_engine.cli.main import main


def without_the_setting(path):
    """The file as an engine wrote it that did not know `composed`."""
    with safetensors.safe_open(path, "pt") as file:
        header = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    config = json.loads(header["config"])
    del config["composed"]
    path.write_bytes(save(tensors, {**header, "config": json.dumps(config)}))
    return path


@pytest.mark.parametrize("old", [False, True])
def test_published_files_keep_the_published_rule(golden, tmp_path, old):
    path = tmp_path / "published.safetensors"
    main(["checkpoint", "import", str(golden / "ha2g_gesture.bin"), "--out", str(path)])
    model, _ = files.load(without_the_setting(path) if old else path)
    assert not model.config.composed
    assert files.info(path)["config"]["composed"] is False


def test_files_of_our_training_are_composed(small_checkpoint, tmp_path):
    path = tmp_path / "ours.safetensors"
    path.write_bytes(small_checkpoint.read_bytes())
    model, _ = files.load(without_the_setting(path))
    assert model.config.composed
    shipped, _ = files.load()
    assert shipped.config.composed
