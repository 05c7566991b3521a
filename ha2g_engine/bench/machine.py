# SPDX-License-Identifier: GPL-3.0-or-later
"""Which machine the figures are of, and how busy it is."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

CPU_FACTS: Final = Path("/proc/cpuinfo")


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
