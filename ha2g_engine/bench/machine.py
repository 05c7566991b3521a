# SPDX-License-Identifier: GPL-3.0-or-later
"""Which machine the figures are of, and how busy it is."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

CPU_FACTS: Final = Path("/proc/cpuinfo")
SQUARE: Final = 768  # rows and columns of the matrices whose product is timed
NEAR, FAR = 1 << 18, 1 << 26  # numbers of four bytes: a layer's weights, and more than caches hold
TRIES: Final = 7  # the quickest counts: what the machine can, not what else it does


def describe() -> dict[str, Any]:
    """The processor, its cores, the load of the last minute, and what computes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": cores,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "torch": f"{torch.__version__}, {torch.get_num_threads()} threads",
        "numpy": np.__version__,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
    }


def _processor() -> str:
    names = [line.partition(":")[2].strip() for line in _lines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _lines() -> list[str]:
    return CPU_FACTS.read_text().splitlines() if CPU_FACTS.is_file() else []


def rates() -> dict[str, float]:
    """What one core does at most: float32 operations, and bytes read of a layer and of memory.

    gflops: 10⁹ operations a second. near_gb_s, far_gb_s: 10⁹ bytes a second.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        square, near, far = torch.rand(SQUARE, SQUARE), torch.rand(NEAR), torch.rand(FAR)
        return {
            "gflops": round(2 * SQUARE**3 / _quickest(lambda: square @ square) / 1e9, 1),
            "near_gb_s": round(4 * NEAR / _quickest(lambda: near.dot(near)) / 1e9, 1),
            "far_gb_s": round(4 * FAR / _quickest(lambda: far.dot(far)) / 1e9, 1),
        }
    finally:
        torch.set_num_threads(threads)


def _quickest(work: Callable[[], object]) -> float:
    times = []
    for _ in range(TRIES):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)
