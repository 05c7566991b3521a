# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples a second of full-size training steps, on made data, and how busy a GPU is."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.profiler import ProfilerActivity, profile

from ha2g_engine.body.skeleton import skeleton, unit
from ha2g_engine.data import store
from ha2g_engine.errors import InputError

from .config import load_config
from .loop import Trainer

CONFIG: Final = Path(__file__).parent / "configs" / "ted_expressive" / "ha2g.toml"
QUICK: Final = (  # all terms from the first step; what is published, float32 alone, is not quickest
    "training.gan_warmup=0", "training.select=huber", "training.grid=0", "training.amp=true"
)  # fmt: skip
SPEAKERS, CLIPS, FRAMES = 8, 64, 150  # of the made data
WORDS_A_SECOND: Final = 2.5
WARM_UP: Final = 2  # steps that are not counted


def batch_sizes(text: str) -> list[int]:
    """``96,192`` → [96, 192]; raises InputError for anything else."""
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 1 for part in parts):
        raise InputError(f"--batch {text}: write sizes above 1 with commas, such as 96,192,512.")
    return [int(part) for part in parts]


def measure_training(
    batches: Sequence[int], steps: int = 5, overrides: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """For each batch size the machine, samples a second and, on CUDA, the busy share.

    A step is the whole of it: windows read, discriminator, generator, the style term's
    second pass, every loss, gradient clipping, Adam and the average. The median step of
    ``steps`` counts on a GPU; on a CPU, where others disturb, the quickest.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_noise(Path(folder) / "data")
        return [_measure(Path(folder), batch, steps, overrides) for batch in batches]


def _measure(folder: Path, batch: int, steps: int, overrides: Sequence[str]) -> dict[str, Any]:
    plan = (f"data={folder / 'data'}", f"out={folder / 'run'}", f"training.batch={batch}")
    trainer = Trainer(load_config(CONFIG, [*plan, *QUICK, *overrides]))
    trainer.model.train()
    cuda = trainer.device.type == "cuda"
    times = list(_step_times(trainer, steps))
    seconds = float(np.median(times) if cuda else min(times))
    result = {
        "machine": torch.cuda.get_device_name() if cuda else f"{platform.machine()} CPU",
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "batch": batch,
        "step_s": round(seconds, 3),
        "steps_s": [round(step, 3) for step in times],
        "samples_a_second": round(batch / seconds, 2),
    }
    return {**result, "gpu_busy": round(_busy(trainer, steps), 3)} if cuda else result


def _step_times(trainer: Trainer, steps: int) -> Iterator[float]:
    """Seconds of each step after the warm-up, its data included."""
    begun = time.perf_counter()
    for number, item in enumerate(trainer.loader.epoch([0], WARM_UP + steps)):
        trainer.sequence(*item)
        if trainer.device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        if number >= WARM_UP:
            yield now - begun
        begun = now


def _busy(trainer: Trainer, steps: int) -> float:
    """Share of the wall time in which the GPU runs a kernel; kernels do not overlap."""
    with profile(activities=[ProfilerActivity.CUDA]) as record:
        seconds = sum(_step_times(trainer, steps))
        torch.cuda.synchronize()
    kernels = sum(event.self_device_time_total for event in record.key_averages())
    return float(kernels / 1e6 / seconds * steps / (steps + WARM_UP))


def write_noise(folder: Path) -> None:
    """A data set of noise with words, the size of a full batch."""
    random = np.random.default_rng(0)
    table = skeleton("expressive")
    shape = (CLIPS * FRAMES, len(table.bones), 3)
    motion = unit((table.neutral + 0.1 * random.standard_normal(shape)).astype(np.float32))
    rows = 2 * FRAMES + 20
    words = [(f"word{k}", k / WORDS_A_SECOND, (k + 0.8) / WORDS_A_SECOND) for k in range(25)]
    clips = [
        store.ClipEntry(
            str(i), "val" if i < SPEAKERS else "train", i % SPEAKERS, (0, rows),
            (i * FRAMES, (i + 1) * FRAMES), words=tuple(words),
        )
        for i in range(CLIPS)
    ]  # fmt: skip
    arrays: dict[str, NDArray[Any]] = {
        "mel": random.uniform(-80, 0, (rows, 128)).astype(np.float16),
        "directions": motion.astype(np.float16),
        "portraits": np.zeros((0, 224, 224, 3), np.uint8),
    }
    people = [store.SpeakerEntry(str(i), (0, 0)) for i in range(SPEAKERS)]
    store.write(folder, {"skeleton": "expressive"}, people, clips, arrays)
