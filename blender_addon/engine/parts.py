# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the full engine: what each is for, how large it is, and which a set-up has."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import lock
from .lock import Package

MEGABYTE: Final = 1e6
TITLES: Final = {"words": "Words", "pictures": "Pictures", "training": "Training"}
PURPOSES: Final = {
    "words": "Transcripts as SRT, VTT and TextGrid; ha2g align, which finds when words are said",
    "pictures": "People in reference pictures: first poses, where hands rest, by MediaPipe",
    "training": "The curves of a training run, which ha2g train writes",
}
IMPORTS: Final = {
    "words": "import pocketsphinx, praatio.textgrid, webvtt",
    "pictures": "import mediapipe",
    "training": "import tensorboard",
}
LOCKED: Final = "locked"


@dataclass(frozen=True)
class Made:
    """What a finished set-up was made from. digest: of its packages' lines in the lock file."""

    target: str
    build: str
    parts: frozenset[str]
    digest: str

    def lines(self) -> tuple[str, ...]:
        """As they stand in the marker of a finished set-up."""
        return (f"{LOCKED} {self.target} {self.build} {self.digest}", *sorted(self.parts))

    @staticmethod
    def of(lines: Sequence[str]) -> Made | None:
        """Read back; None for what was made from no lock file."""
        words = lines[0].split() if lines else []
        if len(words) != 4 or words[0] != LOCKED:
            return None
        return Made(words[1], words[2], frozenset(lines[1:]), words[3])

    @staticmethod
    def from_lock(target: str, parts: Iterable[str], build: str) -> Made:
        """What a set-up now would be made from."""
        wanted = frozenset(parts)
        return Made(target, build, wanted, lock.digest(packages(target, wanted, build)))

    def is_current(self) -> bool:
        """Whether the lock file still says so."""
        return self == Made.from_lock(self.target, self.parts, self.build)


@functools.cache  # the panels look at every redraw
def packages(target: str, parts: frozenset[str], build: str) -> tuple[Package, ...]:
    """What such a set-up holds, by the lock file; () without one."""
    return lock.chosen(lock.read(target), parts, build)


def megabytes(target: str, parts: Iterable[str], build: str) -> float:
    """What such a set-up downloads; 0 where there is no lock file to tell."""
    return sum(one.size for one in packages(target, frozenset(parts), build)) / MEGABYTE


def more_megabytes(target: str, part: str, build: str) -> float:
    """What PART alone adds."""
    return megabytes(target, {part}, build) - megabytes(target, (), build)


@functools.cache
def has_driver() -> bool:
    """Whether there is an NVIDIA driver, so that PyTorch's build for it is of use."""
    if sys.platform == "darwin":
        return False
    if sys.platform == "win32":
        folder = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32")
        return (folder / "nvcuda.dll").is_file() or shutil.which("nvidia-smi") is not None
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").is_dir()
