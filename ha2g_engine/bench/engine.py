# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that the engine measures of itself, each TIMES times after a first time."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from ha2g_engine.checkpoints.files import save
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.light.network import load as load_light
from ha2g_engine.light.pictures import load_references
from ha2g_engine.models.config import ModelConfig
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.synthesis.performer import Performer
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer
from ha2g_engine.training.speed import measure_training

from .rows import TIMES, Measures, Values
from .speech import write_speech

LONG, SHORT = 60.0, 10.0  # s of speech
SEEDS: Final = 10
WORDS: Final = 2000  # of the full-size model's vocabulary
BATCH, GPU_BATCH = 16, 256
MEMORY: Final = "/proc/{}/status"  # of a process, where Linux tells it


def seconds(run: Callable[[], object]) -> float:
    """Wall time of RUN."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def several(run: Callable[[], object]) -> Values:
    """Seconds of TIMES runs after one that does not count."""
    run()
    return [seconds(run) for _ in range(TIMES)]


@dataclass(frozen=True)
class Bench:
    """Measures in a folder of its own; checkpoint: what stands for the default model."""

    folder: Path
    checkpoint: str

    @property
    def measures(self) -> Measures:
        """By the rows' names; each raises OSError where the system does not tell."""
        return {
            "full": self.full,
            "default": lambda: several(partial(anew, self._synthesizer, self.long)),
            "light": self.light,
            "ready": lambda: [ready() for _ in range(TIMES)],
            "seeds": self.seeds,
            "training": lambda: training(BATCH),
            "help": lambda: several(shown_help),
            "memory": self.memory,
        }

    @cached_property
    def long(self) -> Path:
        """A file with LONG s of speech."""
        return write_speech(self.folder / "long.wav", LONG)

    def full(self) -> Values:
        """The paper's sizes; the time does not ask what the weights are."""
        path = self.folder / "full.safetensors"
        torch.manual_seed(0)
        save(path, HA2G(ModelConfig(n_words=WORDS)))
        synthesizer = Synthesizer(path)
        return several(partial(anew, synthesizer, self.long))

    def light(self) -> Values:
        """In numpy alone."""
        network, notes = load_light(self.checkpoint)
        by = {"engine": "light"}
        performer = Performer(self.checkpoint, network, network.config, notes, load_references, by)
        return several(partial(anew, performer, self.long))

    def seeds(self) -> Values:
        """SEEDS takes of one speech over one take, each pair measured together."""
        speech, synthesizer = write_speech(self.folder / "short.wav", SHORT), self._synthesizer

        def ratio() -> float:
            one = seconds(lambda: anew(synthesizer, speech))
            synthesizer.forget()
            takes = (Settings(seed=seed) for seed in range(1, SEEDS + 1))
            return seconds(lambda: [synthesizer.generate(speech, asked) for asked in takes]) / one

        ratio()
        return [ratio() for _ in range(TIMES)]

    def memory(self) -> Values:
        """MB of a worker that made a take of LONG s. Raises OSError where none is told."""
        with worker() as (process, ask):
            ask("generate", checkpoint=self.checkpoint, speech=str(self.long), seed=1)
            status = Path(MEMORY.format(process.pid)).read_text().splitlines()
        found = next(line for line in status if line.startswith("VmHWM"))
        return [float(found.split()[1]) * 1024 / 1e6]

    @cached_property
    def _synthesizer(self) -> Synthesizer:
        return Synthesizer(self.checkpoint)


def anew(performer: Performer, speech: Path) -> None:
    """A take of a speech that was never heard."""
    performer.forget()
    performer.generate(speech, Settings(seed=1))


def training(batch: int) -> Values:
    """Samples a second of each of TIMES steps of full-size HA2G."""
    told = measure_training([batch], TIMES)[0]
    return [batch / seconds for seconds in told["steps_s"]]


def gpu() -> dict[str, Values]:
    """Samples a second with GPU_BATCH, and the share in percent in which the card computes."""
    told = measure_training([GPU_BATCH])[0]
    return {"gpu": [told["samples_a_second"]], "gpu_busy": [100 * told["gpu_busy"]]}


def shown_help() -> None:
    """``ha2g --help`` in a process of its own."""
    command = [sys.executable, "-m", "ha2g_engine.cli", "--help"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=60)


def ready() -> float:
    """Seconds from starting the worker to its answer to ``hello``."""
    started = time.perf_counter()
    with worker() as (_, ask):
        ask("hello")
        return time.perf_counter() - started


@contextmanager
def worker() -> Iterator[tuple[subprocess.Popen[bytes], Callable[..., dict[str, Any]]]]:
    """A worker's process, and what asks it: (method, **params) → the answer's line."""
    command = [sys.executable, "-m", "ha2g_engine.worker"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        sent, heard = process.stdin, process.stdout
        assert sent is not None and heard is not None

        def ask(method: str, **params: Any) -> dict[str, Any]:
            request = {"id": 1, "method": method, "params": params}
            sent.write(json.dumps(request).encode() + b"\n")
            sent.flush()
            answer: dict[str, Any] = {"event": "progress"}
            while answer["event"] == "progress":
                answer = json.loads(heard.readline())
            for told in answer.get("arrays", ()):
                heard.read(int(np.prod(told["shape"])) * np.dtype(told["dtype"]).itemsize)
            return answer

        yield process, ask
        sent.close()


@contextmanager
def bench(checkpoint: str | Path | None = None) -> Iterator[Bench]:
    """A Bench whose files are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Bench(Path(folder), str(checkpoint or DEFAULT))
