# SPDX-License-Identifier: GPL-3.0-or-later
"""``ha2g bench --training`` measures whole steps; speed itself is not a test's business."""

from __future__ import annotations

import json

import pytest

from ha2g_engine.cli.main import main
from ha2g_engine.training.speed import measure_training

SMALL = (
    "model.audio_widths=[8, 8, 8, 16]", "model.audio_blocks=[1, 1, 1, 1]", "model.hidden=16",
    "model.gru_layers=1", "model.word_dim=8", "model.text_layers=1",
)  # fmt: skip


def test_each_batch_size_has_a_row():
    rows = measure_training([2, 4], steps=1, overrides=SMALL)
    assert [row["batch"] for row in rows] == [2, 4]
    for row in rows:
        assert row["samples_a_second"] == pytest.approx(row["batch"] / row["step_s"], rel=0.1)


@pytest.mark.parametrize("sizes", ["", "16,", "one", "1", "-3"])
def test_a_batch_that_is_no_size_is_one_sentence(sizes, capsys):
    assert main(["bench", "--training", f"--batch={sizes}"]) == 2
    assert f"--batch {sizes}: write sizes" in capsys.readouterr().err


def test_the_command_prints_json(monkeypatch, capsys):
    monkeypatch.setattr(
        "ha2g_engine.training.speed.measure_training",
        lambda sizes, overrides: [{"batch": b, "set": list(overrides)} for b in sizes],
    )
    command = ["bench", "--training", "--batch", "3,4", "--set", "training.amp=false", "--json"]
    assert main(command) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows == [{"batch": b, "set": ["training.amp=false"]} for b in (3, 4)]


@pytest.mark.parametrize(
    "options",
    [("--batch", "4"), ("--set", "seed=1"), ("--training", "--checkpoint", "m.safetensors")],
)
def test_an_option_that_would_do_nothing_is_one_sentence(options, capsys):
    assert main(["bench", *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1
