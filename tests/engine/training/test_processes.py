# SPDX-License-Identifier: GPL-3.0-or-later
"""Two processes that share a batch are one process with the whole batch."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny_training import write_config

from ha2g_engine.training import loop

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
OVERRIDES = (
    "model.n_words=1", "model.text_dim=32", "training.gan_warmup=0", "training.batch=8",
)  # fmt: skip
SCRIPT = str(Path(__file__).parents[1] / "support" / "two_processes.py")


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


def run(*command):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [str(part) for part in command],
        env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_every_system_has_the_losses_of_the_whole_batch(config, tmp_path):
    found = []
    for name, launcher in (("one", (sys.executable,)), ("two", TORCHRUN)):
        out = tmp_path / f"{name}.json"
        done = run(*launcher, SCRIPT, config, out, *OVERRIDES, "model.dropout=0")
        assert done.returncode == 0, done.stderr
        found.append(json.loads(out.read_text()))
    one, two = found
    assert len(one["ha2g"]) == 4
    assert {"contrastive", "style", "gan", "discriminator"} <= set(one["ha2g"][0])
    for system, (first, *others) in one.items():
        assert two[system][0] == pytest.approx(first, rel=1e-12), system
        # From then on Adam divides gradients near zero by themselves: in Speech2Gesture, with
        # batch norms over a few values, rounding grows tenfold a step.
        for mine, theirs in zip(others, two[system][1:], strict=True):
            assert theirs == pytest.approx(mine, rel=1e-6), system


def test_torchrun_trains_and_only_the_first_process_speaks_and_writes(config, tmp_path):
    said = []
    loop.train(config, [*OVERRIDES, f"out={tmp_path / 'one'}"], progress=said.append)
    train = ("-m", "ha2g_engine.cli", "train", config, *OVERRIDES)
    two = run(*TORCHRUN, *train, f"out={tmp_path / 'two'}")
    assert two.returncode == 0, two.stderr
    assert two.stdout.strip() == str(tmp_path / "two" / "best.safetensors")
    lines = ("\n".join(said), two.stderr)
    validations = [re.findall(r"val/huber ([\d.]+)", text) for text in lines]
    assert len(validations[1]) == 2
    assert [float(x) for x in validations[1]] == pytest.approx(
        [float(x) for x in validations[0]], abs=2e-4
    )
    assert len(list((tmp_path / "two" / "log").iterdir())) == 1
    again = run(*TORCHRUN, *train, f"out={tmp_path / 'two'}")
    assert again.returncode != 0
    assert again.stderr.count("holds a training already") == 1


def test_a_batch_that_cannot_be_shared_is_one_sentence(config, tmp_path):
    command = ("-m", "ha2g_engine.cli", "train", config, "training.batch=5")
    done = run(*TORCHRUN, *command, f"out={tmp_path / 'odd'}")
    assert done.returncode != 0
    assert done.stderr.count("training.batch = 5 cannot be shared by 2 processes") == 1


def test_a_batch_norm_shared_by_one_process_is_torchs():
    from ha2g_engine.training.shared_norm import _shared

    torch.manual_seed(0)
    theirs = torch.nn.BatchNorm2d(5).double()
    ours = _shared(copy.deepcopy(theirs))
    for _ in range(3):
        x = 7 + torch.randn(4, 5, 6, 7, dtype=torch.float64)
        a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
        weight = torch.randn_like(x)
        (theirs(a) * weight).sum().backward()
        (ours(b) * weight).sum().backward()
        torch.testing.assert_close(ours(x), theirs(x))
        torch.testing.assert_close(b.grad, a.grad)
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))
