# SPDX-License-Identifier: GPL-3.0-or-later
"""Training that is killed at any moment and resumed ends where an unbroken run ends."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_training import write_config

from ha2g_engine.training import loop

KILLS = 3
OVERRIDES = ("training.threads=1", "training.epochs=5", "training.gan_warmup=3")


@pytest.fixture
def config(tmp_path):
    threads = torch.get_num_threads()
    yield write_config(tmp_path)
    torch.set_num_threads(threads)


def start(config, out):
    """A training process that resumes if there is something to resume."""
    command = [sys.executable, "-m", "ha2g_engine.cli", "train", str(config), f"out={out}"]
    resume = ["--resume"] if (out / "state.pt").is_file() else []
    root = str(Path(__file__).parents[3])
    return subprocess.Popen(
        [*command, *OVERRIDES, *resume],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip


def same_ends(whole, part):
    states = [torch.load(out / "state.pt", weights_only=True) for out in (whole, part)]
    assert states[0]["standing"] == pytest.approx(states[1]["standing"], rel=1e-5)
    best = [load_file(out / "best.safetensors") for out in (whole, part)]
    for mine, theirs in zip(best, (state["model"] for state in states), strict=True):
        assert set(mine) == set(theirs)
    for name, value in states[0]["model"].items():
        torch.testing.assert_close(states[1]["model"][name], value, rtol=1e-5, atol=1e-6)
    for name, value in best[0].items():
        torch.testing.assert_close(best[1][name], value, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_killed_at_random_moments(config, tmp_path):
    whole, part = tmp_path / "whole", tmp_path / "killed"
    loop.train(config, [f"out={whole}", *OVERRIDES], progress=lambda _line: None)
    delays = [random.uniform(0, 1) for _ in range(KILLS)]  # seconds after an epoch
    for delay in delays:
        process = start(config, part)
        process.stderr.readline()
        time.sleep(delay)
        process.kill()
        process.communicate()
    _, said = start(config, part).communicate(timeout=120)
    assert (part / "best.safetensors").is_file(), f"{said} after kills {delays} s into epochs"
    same_ends(whole, part)
    assert not list(part.glob(".part-*"))


def test_killed_between_the_best_model_and_the_state(config, tmp_path, monkeypatch):
    class Killed(Exception):
        pass

    write = loop.write_state

    def die_in_third_epoch(path, state):
        if state["standing"]["epoch"] == 3:
            (path.parent / ".part-state.pt").write_bytes(b"half")
            raise Killed
        write(path, state)

    whole, part = tmp_path / "whole", tmp_path / "killed"
    loop.train(config, [f"out={whole}", *OVERRIDES], progress=lambda _line: None)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(loop, "write_state", die_in_third_epoch)
        loop.train(config, [f"out={part}", *OVERRIDES], progress=lambda _line: None)
    loop.train(config, [f"out={part}", *OVERRIDES], resume=True, progress=lambda _line: None)
    same_ends(whole, part)
    assert not list(part.glob(".part-*"))
