# SPDX-License-Identifier: GPL-3.0-or-later
"""A GPU gives the CPU's losses; processes share GPUs where there are fewer of those."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny_training import write_config

from ha2g_engine import distributed
from ha2g_engine.training.config import load_config
from ha2g_engine.training.loop import Trainer

STEPS = 50
EXACT = (  # nothing that is drawn on the device itself, and no bfloat16
    "model.dropout=0", "training.amp=false", "training.ahead=0", "training.windows=1",
    "training.sequences=50", "weights.gan=0", "weights.contrastive=0",
)  # fmt: skip
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def losses(config, device, monkeypatch):
    """The Huber loss of each of the first steps."""
    monkeypatch.setattr(distributed, "device", lambda: torch.device(device))
    trainer = Trainer(load_config(config, EXACT))
    trainer.model.train()
    torch.manual_seed(0)  # z is drawn on the CPU
    steps = [trainer.sequence(*item)[0]["huber"] for item in trainer.loader.epoch([0], STEPS)]
    assert len(steps) == STEPS
    return torch.tensor(steps)


def test_fifty_steps_are_the_same_again(tmp_path, monkeypatch):
    config = write_config(tmp_path)
    first, second = (losses(config, "cpu", monkeypatch) for _ in range(2))
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    assert first[-1] < first[0]


@pytest.mark.gpu
@needs_cuda
def test_fifty_steps_lose_on_a_gpu_what_they_lose_on_the_cpu(tmp_path, monkeypatch):
    config = write_config(tmp_path)
    ours, theirs = (losses(config, device, monkeypatch) for device in ("cuda", "cpu"))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-3)


@pytest.mark.gpu
@needs_cuda
def test_two_processes_train_on_one_gpu(tmp_path):
    config = write_config(tmp_path)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
    command += ["2", "-m", "ha2g_engine.cli", "train", str(config)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "0"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip().splitlines()[-1]).name == "best.safetensors"


@pytest.mark.parametrize(
    ("gpus", "processes", "rank", "device", "backend"),
    [
        (0, 2, 1, "cpu", "gloo"),
        (2, 2, 1, "cuda:1", "nccl"),
        (1, 2, 1, "cuda:0", "gloo"),  # NCCL refuses two processes on a GPU
        (1, 1, 0, "cuda:0", "nccl"),
    ],
)
def test_processes_share_gpus(monkeypatch, gpus, processes, rank, device, backend):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    monkeypatch.setenv("LOCAL_RANK", str(rank))
    assert distributed.device() == torch.device(device)
    assert distributed.backend() == backend
