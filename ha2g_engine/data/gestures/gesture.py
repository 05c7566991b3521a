# SPDX-License-Identifier: GPL-3.0-or-later
"""One gesture of the library: what it is, apart from its motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KINDS: Final = (
    "beat", "deictic", "iconic", "metaphoric", "emblem", "adaptor", "listening", "emotion", "idle",
)  # fmt: skip
HANDS: Final = ("left", "right", "both", "none")
PARTS: Final = ("trunk", "head", "left", "right")  # left and right: arm and fingers
ORIGINS: Final = {  # whose motion it is: under which licence it may be handed on
    "smartbody": "LGPL-2.1",
    "rocketbox": "MIT",
    "hifi": "Apache-2.0",
    "greta": "GPL-3.0",
    "ha2g": "GPL-3.0",
}
SWAPPED: Final = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Gesture:
    """A gesture as recorded or made; mirrored and one-handed it is shown on demand.

    meanings: the first is the foremost. hands: which gesture. alone: whether one hand of a
    two-handed one says the same. shapes: hand shapes of left and right at the apex, "" where
    fingers are missing. parts: what of the motion is true; the rest is a neutral pose. start,
    apex, end, relax: frames (see ``strokes``). size: m from home to apex. speed: m/s at the
    stroke's peak. take: gestures of one take are one performance, perhaps on two bodies.
    """

    name: str
    origin: str
    kind: str
    meanings: tuple[str, ...]
    hands: str
    alone: bool
    shapes: tuple[str, str]
    parts: frozenset[str]
    seated: bool
    frames: int
    start: int
    apex: int
    end: int
    relax: int
    size: float
    speed: float
    take: str

    def shape(self, hand: str) -> str:
        """The hand shape of ``left`` or ``right`` at the apex."""
        return self.shapes[0 if hand == "left" else 1]

    @property
    def leading(self) -> str:
        """The hand that its shape and picture go by: the left one only where it is alone."""
        return "left" if self.hands == "left" else "right"


def mirrored_meanings(meanings: tuple[str, ...]) -> tuple[str, ...]:
    """What the mirror image means: left and right change places."""
    return tuple(SWAPPED.get(meaning, meaning) for meaning in meanings)
