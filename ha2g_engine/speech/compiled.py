# SPDX-License-Identifier: GPL-3.0-or-later
"""librosa, which only one process at a time may import.

librosa compiles functions with numba when it is imported and keeps them in its own folder. After
several processes had done so at once, every later run was seen to end in a segmentation fault,
until those files were deleted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

LOCK: Final = Path(sys.prefix) / "librosa.lock"
PATIENCE: Final = 180.0  # s; compiling takes half a minute on a slow machine


@contextmanager
def alone(lock: Path = LOCK, patience: float = PATIENCE) -> Iterator[None]:
    """Wait for other processes in the same block; go on after ``patience`` s, or unwritable."""
    held = FileLock(lock)
    try:
        held.acquire(timeout=patience)
    except (Timeout, OSError):
        yield
        return
    try:
        yield
    finally:
        held.release()


with alone():
    import librosa
    from librosa import core, feature, filters, onset, util  # noqa: F401  all that compiles

__all__ = ["librosa"]
