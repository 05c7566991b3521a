# SPDX-License-Identifier: GPL-3.0-or-later
"""The full engine as a process: torch, on a graphics card where there is one. See ``serving``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch

from . import serving
from .synthesis.synthesizer import Synthesizer

MEMORY_FULL: Final = "The graphics card's memory is full: the processor goes on."


class Device:
    """Where the engine computes: "cuda" or "cpu"."""

    def __init__(self) -> None:
        self.name = "cuda" if torch.cuda.is_available() else "cpu"

    def load(self, checkpoint: str) -> Synthesizer:
        """A checkpoint there. Raises InputError as ``Synthesizer`` does."""
        return Synthesizer(checkpoint, self.name)

    def give_way(self, error: Exception) -> str:
        """Use the processor from now on, and say so, if ERROR is a full graphics card; or ""."""
        if self.name == "cpu" or not isinstance(error, torch.OutOfMemoryError):
            return ""
        self.name = "cpu"
        torch.cuda.empty_cache()
        return MEMORY_FULL


def main(log_file: Path | None = None) -> None:
    """Serve on stdin and stdout. Raises InputError if ``log_file`` cannot be written."""
    device = Device()
    computed_by = f"torch {torch.__version__}, {device.name}"
    serving.main(device.load, computed_by, log_file, device.give_way)


if __name__ == "__main__":
    main(serving.log_file_asked())
