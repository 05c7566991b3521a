# SPDX-License-Identifier: GPL-3.0-or-later
"""The full engine as a process: torch, on a graphics card where there is one. See ``serving``."""

from __future__ import annotations

from pathlib import Path

import torch

from . import serving
from .synthesis.synthesizer import Synthesizer


def main(log_file: Path | None = None) -> None:
    """Serve on stdin and stdout. Raises InputError if ``log_file`` cannot be written."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    computed_by = f"torch {torch.__version__}, {device}"
    serving.main(lambda checkpoint: Synthesizer(checkpoint, device), computed_by, log_file)


if __name__ == "__main__":
    main(serving.log_file_asked())
