# SPDX-License-Identifier: GPL-3.0-or-later
"""The performance numbers of the README, measured on this machine now."""

from __future__ import annotations

import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.checkpoints.header import DEFAULT
from ha2g_engine.models.ha2g import HA2G
from ha2g_engine.speech import audio
from ha2g_engine.speech.sizes import SAMPLE_RATE
from ha2g_engine.synthesis.settings import Settings
from ha2g_engine.synthesis.synthesizer import Synthesizer
from ha2g_engine.synthesis.windows import sound_windows, window_starts

SPEECH_SECONDS = 10.0


def measure(checkpoint: str | Path | None = None) -> dict[str, Any]:
    """Seconds for each step of a 10 s speech, the machine, and the samples a second."""
    with tempfile.TemporaryDirectory() as folder:
        speech = Path(folder) / "speech.wav"
        _write_speech(speech)
        started = time.perf_counter()
        synthesizer = Synthesizer(checkpoint)
        load = time.perf_counter() - started
        audio.mel_spectrogram(np.zeros(SAMPLE_RATE, np.float32))
        generate = best(lambda: _anew(synthesizer, speech))
        features = best(lambda: _heard(synthesizer, speech))
        result = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}",
            "checkpoint": str(checkpoint or DEFAULT.name),
            "load_checkpoint_s": load,
            "generate_10_s_speech_s": generate,
            "of_which_audio_s": features,
            **_styles(synthesizer, speech),
            "frames_per_second": SPEECH_SECONDS * FPS / generate,
            "worker_start_s": worker_start(),
        }
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in result.items()}


def _anew(synthesizer: Synthesizer, speech: Path) -> None:
    """A take of a speech that was never heard."""
    synthesizer.forget()
    synthesizer.generate(speech, Settings(seed=1))


def _styles(synthesizer: Synthesizer, speech: Path) -> dict[str, float]:
    """Seconds from a changed style column, the first or the last one, to the new take."""
    if not isinstance(synthesizer.model, HA2G):
        return {}
    own = synthesizer.style(Settings())
    shares = itertools.cycle(np.linspace(0.1, 0.9, 7))

    def change(level: int) -> None:
        style, share = own.copy(), next(shares)
        style[:, level] = share, (1 - share) / 2, (1 - share) / 2
        synthesizer.generate(speech, Settings(seed=1, style=style))

    levels = {"first": 0, "last": own.shape[1] - 1}
    return {f"style_of_{name}_level_s": best(partial(change, h)) for name, h in levels.items()}


def best(run: Callable[[], object], repeats: int = 3) -> float:
    """The least of ``repeats`` wall times, seconds; the first run is warm-up."""
    run()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def worker_start() -> float:
    """Seconds from starting the worker to its answer to ``hello``."""
    started = time.perf_counter()
    request = json.dumps({"id": 1, "method": "hello"}) + "\n"
    subprocess.run(
        [sys.executable, "-m", "ha2g_engine.worker"],
        input=request.encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    return time.perf_counter() - started


def _write_speech(path: Path) -> None:
    rng = np.random.default_rng(0)
    time_axis = np.arange(int(SPEECH_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    syllables = np.clip(np.sin(2 * np.pi * 4 * time_axis), 0, 1)
    soundfile.write(path, 0.2 * syllables * rng.standard_normal(len(time_axis)), SAMPLE_RATE)


def _heard(synthesizer: Synthesizer, speech: Path) -> None:
    sound = audio.read_speech(speech)
    starts = window_starts(sound.frames, synthesizer.cut)
    windows = sound_windows(synthesizer.config, sound, starts)
    synthesizer.hear(windows, lambda _fraction, _message: None)
