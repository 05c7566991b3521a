# SPDX-License-Identifier: GPL-3.0-or-later
"""How motion is cut into the windows that a network sees at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ha2g_engine.errors import InputError
from ha2g_engine.settings import check

SHORTEST: Final = 12  # poses; of fewer the motion encoder's convolutions leave nothing
LONGEST: Final = 450  # 30 s, all that Whisper hears at once
BOUNDS: Final = {"frames": (SHORTEST, LONGEST), "stride": (1, LONGEST), "given": (1, LONGEST)}


@dataclass(frozen=True)
class Windows:
    """Poses at 15 fps; the defaults are the paper's and the published data's.

    frames: of one window, N in the paper. stride: from one window's start to the next's, where
    they lead on from each other. given: first poses of a window that are given, M in the paper.
    """

    frames: int = 34  # 2.267 s
    stride: int = 30
    given: int = 4

    def __post_init__(self) -> None:
        """Raises InputError for sizes of which no window can lead on from the one before."""
        check(self, "", BOUNDS)
        if self.stride + self.given > self.frames:
            raise InputError(
                f"{self}: stride and given together are at most frames, for a window begins with "
                "the last poses of the one before."
            )

    def __str__(self) -> str:
        """In words."""
        return f"windows of {self.frames} poses, stride {self.stride}, {self.given} given"

    @property
    def overlap(self) -> int:
        """Poses that a window shares with the next."""
        return self.frames - self.stride

    @property
    def handed_on(self) -> slice:
        """The poses of a window that are given to the next."""
        return slice(self.stride, self.stride + self.given)

    def within(self, frames: int) -> int:
        """How many windows that lead on from each other lie wholly in so many poses."""
        return max(0, (frames - self.overlap) // self.stride)


PUBLISHED: Final = Windows()


def check_alike(ours: Windows, where: str, theirs: Windows, whose: str) -> None:
    """Raise InputError, naming both, where a model's windows are not those of the data.

    where, whose: what has them, such as "'data' is cut into".
    """
    if ours != theirs:
        raise InputError(f"{where} {ours}, {whose} {theirs}: set frames, stride and given alike.")
