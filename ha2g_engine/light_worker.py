# SPDX-License-Identifier: GPL-3.0-or-later
"""The light engine as a process: numpy alone, in Blender's own Python. See ``serving``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import serving
from .light.network import load
from .light.pictures import load_references
from .synthesis.performer import Performer


def performer(checkpoint: str) -> Performer:
    """A checkpoint computed by numpy. Raises InputError as ``light.network.load`` does."""
    network, notes = load(checkpoint)
    computed_by = {"engine": "light", "numpy": np.__version__}
    return Performer(checkpoint, network, network.config, notes, load_references, computed_by)


def main(log_file: Path | None = None) -> None:
    """Serve on stdin and stdout. Raises InputError if ``log_file`` cannot be written."""
    serving.main(performer, f"numpy {np.__version__}", log_file)


if __name__ == "__main__":
    main(serving.log_file_asked())
