# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the speakers are: a home posture, a leading hand, and gestures they are pictured in."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.data.clips import Clip, load_posture, mirrored

Array = NDArray[np.floating[Any]]

BODIES: Final = (
    ("Gestures2", "Idle01"),  # its twins in "Gestures" are left out: a clip must be in one split
    ("Gestures", "Idle02"),
    ("Gestures", "Idle03"),
    ("FemaleGestures", "IdleStand01"),
    ("MaleGestures", "IdleStand01"),
)
HANGING: Final = ("Gestures2", "Idle01")
READY: Final = "ChrBrad@Idle01_WhenBt01"  # a clip that holds both hands low before the belly
OPENING: Final = ("size_shape", "offer_receive", "discourse", "question")
RUNNING: Final = ("beat", "chop", "discourse", "offer_receive", "negation")
POINTING: Final = ("Left", "Right")  # in a clip's name: it points aside, which needs a reason
SPEEDS: Final = (0.7, 2.3)  # m/s at the peak: neither limp nor violent
TEST_SHARE: Final = 5  # every fifth clip is kept for the test split
LEFT_ARM: Final = (3, 4, *range(5, 20))
RIGHT_ARM: Final = (20, 21, *range(22, 37))


@dataclass(frozen=True)
class Speaker:
    """home: where the hands are in pauses, "hanging" or "ready". hand: LEFT, RIGHT or BOTH."""

    home: str
    hand: str

    @property
    def name(self) -> str:
        """For the index."""
        return f"{self.home}/{self.hand.lower()}"


SPEAKERS: Final = tuple(
    Speaker(home, hand) for home in ("hanging", "ready") for hand in ("BOTH", "RIGHT", "LEFT")
)


@dataclass(frozen=True)
class Repertoire:
    """One speaker's gestures.

    home: (42, 3). opening: three pairs of clips for the first accent of a phrase, soft and
    loud. running: three triples for the others, soft to loud.
    """

    home: NDArray[np.float32]
    opening: tuple[tuple[Clip, ...], ...]
    running: tuple[tuple[Clip, ...], ...]


def repertoires(
    folder: Path, speakers: Sequence[Speaker], *, test: bool = False, seed: int = 0
) -> list[Repertoire]:
    """The speakers' gestures out of the SmartBody clips in ``folder``.

    test: from the clips that are kept for the test split instead of the others.
    Raises InputError for missing files.
    """
    clips = [clip for body in BODIES for clip in load_posture(folder, *body).clips]
    homes = _homes(folder, clips)
    kept = [clip for clip in clips if _plain(clip) and held_out(clip) == test]
    return [_repertoire(kept, homes[s.home], s, seed) for s in speakers]


def _plain(clip: Clip) -> bool:
    """Whether a gesture goes with any words and is neither limp nor violent."""
    return SPEEDS[0] < clip.speed < SPEEDS[1] and not any(w in clip.name for w in POINTING)


def held_out(clip: Clip) -> bool:
    """Whether a clip belongs to the test split, which nothing else may show."""
    return zlib.crc32(clip.name.encode()) % TEST_SHARE == 0


def _homes(folder: Path, clips: Sequence[Clip]) -> dict[str, NDArray[np.float32]]:
    ready = next(clip for clip in clips if clip.name == READY)
    return {
        "hanging": load_posture(folder, *HANGING).rest,
        "ready": ready.directions[ready.hold],
    }


def _repertoire(
    clips: Sequence[Clip], home: NDArray[np.float32], speaker: Speaker, seed: int
) -> Repertoire:
    """Two-handed openings for everybody; what runs on is made by the leading hand."""
    random = np.random.default_rng([seed, zlib.crc32(speaker.name.encode())])
    both = [clip for clip in clips if clip.hand == "BOTH"]
    leading = both
    if speaker.hand != "BOTH":
        leading = [one_handed(c, speaker.hand, home) for c in clips if c.hand != "BOTH"]
    opening = _sets(random, [c for c in both if c.kind in OPENING], 3, 1)
    more = _sets(random, [c for c in leading if c.kind in OPENING], 3, 1, opening)
    running = _sets(random, [c for c in leading if c.kind in RUNNING], 3, 3, opening + more)
    pairs = [_by_speed([*a, *b]) for a, b in zip(opening, more, strict=True)]
    return Repertoire(home, tuple(pairs), tuple(_by_speed(clips) for clips in running))


def _sets(
    random: np.random.Generator,
    clips: Sequence[Clip],
    count: int,
    size: int,
    used: Sequence[Sequence[Clip]] = (),
) -> list[list[Clip]]:
    """``count`` sets of ``size`` clips, none used before and none twice while there are enough."""
    names = {clip.name for group in used for clip in group}
    fresh = [clip for clip in clips if clip.name not in names] or list(clips)
    order = [fresh[i] for i in random.permutation(len(fresh))]
    order *= -(-count * size // len(order))
    return [order[i * size : (i + 1) * size] for i in range(count)]


def _by_speed(clips: Sequence[Clip]) -> tuple[Clip, ...]:
    return tuple(sorted(clips, key=lambda clip: clip.speed))


def one_handed(clip: Clip, hand: str, home: NDArray[np.float32]) -> Clip:
    """The clip made by ``hand``, mirrored if need be, while the other arm stays at home."""
    motion = clip.directions if clip.hand == hand else mirrored(clip.directions)
    idle = list(RIGHT_ARM if hand == "LEFT" else LEFT_ARM)
    motion = motion.copy()
    motion[:, idle] = home[idle]
    return replace(clip, hand=hand, directions=motion)
