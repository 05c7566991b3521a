# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is seen in a shot: motion, where alone and with both arms, and pictures of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import EXPRESSIVE, FPS
from ha2g_engine.files import replacing
from ha2g_engine.image import SIZE
from ha2g_engine.pictures.filming import Filmed, filmed
from ha2g_engine.pictures.landmarks import Landmarks
from ha2g_engine.speech.activity import runs

from .reading import Pixels

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]
Follow = Callable[[Iterable[Pixels], float], Iterator[Landmarks | None]]  # pictures.finder.follow

ARMS: Final = [
    EXPRESSIVE.joints.index(f"{side}_{joint}")
    for side in ("left", "right")
    for joint in ("shoulder", "elbow", "wrist")
]
PICTURE_EVERY: Final = 4.0  # s from one reference frame to the next
PICTURES: Final = 12  # of one shot at most
ROOM: Final = 0.25  # of a body's extent, around it in its picture
NO_GAP: Final = 0.5  # s of another state that do not part a stretch
NOBODY, SEVERAL, ARMS_UNSEEN = "nobody seen", "several people", "arms not seen"


@dataclass(frozen=True)
class Seen:
    """A shot, frame by frame at FPS.

    directions: (T, 42, 3). people: (T,) how many there are. arms: (T,) whether both are seen.
    hands: (T,) share of hands that are. points: (T, 33, 2) of the body as shares of the picture's
    width and height, NaN where nobody is.
    """

    directions: Array
    people: NDArray[np.int64]
    arms: Mask
    hands: Array
    points: Array

    @property
    def usable(self) -> list[tuple[int, int]]:
        """[first, end) of each stretch with one person whose arms are both seen."""
        here = _without_gaps((self.people == 1) & self.arms)
        return [(int(first), int(end)) for first, end in runs(here)]

    @property
    def lost(self) -> Counter[str]:
        """Frames that are of no use, by why."""
        here = _without_gaps((self.people == 1) & self.arms)
        why = np.select([self.people == 0, self.people > 1], [NOBODY, SEVERAL], ARMS_UNSEEN)
        return Counter(why[~here].tolist())

    def save(self, path: Path) -> None:
        """As an .npz file."""
        with replacing(path) as part, part.open("wb") as file:
            np.savez_compressed(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Seen:
        """What ``save`` wrote."""
        with np.load(path, allow_pickle=False) as content:
            return cls(**{name: content[name] for name in content.files})


def watched(frames: Iterable[Pixels], follow: Follow, pictures: Path) -> Seen:
    """FRAMES of one shot at FPS; crops of who is seen in them go into PICTURES (PREFIX-N.jpg)."""
    keep = _Keeping(pictures)
    found = list(follow(keep.passing(frames), FPS))
    keep.write(found)
    motion = filmed(found, FPS)
    points = np.full((len(found), 33, 2), np.nan, np.float32)
    for row, one in zip(points, found, strict=True):
        if one is not None:
            row[:] = one.points / one.size
    return Seen(motion.directions, motion.people, _arms(motion), _hands(found), points)


class _Keeping:
    """Frames that pass by, of which some are kept to be cropped."""

    def __init__(self, pictures: Path) -> None:
        self.pictures = pictures
        self.kept: dict[int, Pixels] = {}

    def passing(self, frames: Iterable[Pixels]) -> Iterator[Pixels]:
        every = round(PICTURE_EVERY * FPS)
        for number, frame in enumerate(frames):
            if number % every == every // 8 and len(self.kept) < PICTURES:
                self.kept[number] = frame.copy()
            yield frame

    def write(self, found: list[Landmarks | None]) -> None:
        for number, frame in self.kept.items():
            one = found[number] if number < len(found) else None
            if one is not None and one.people == 1:
                _save_picture(_cropped(frame, one), self.pictures, number)


def _cropped(frame: Pixels, one: Landmarks) -> Pixels:
    """The square around a body, as far as the frame goes."""
    seen = one.points[one.seen >= np.median(one.seen)]
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = max(1.0, float((high - low).max()) * (0.5 + ROOM))
    middle = (low + high) / 2
    first = np.clip(np.floor(middle - half), 0, None).astype(int)
    last = np.minimum(np.ceil(middle + half).astype(int), frame.shape[1::-1])
    part = frame[first[1] : last[1], first[0] : last[0]]
    return part if part.size else frame


def _save_picture(pixels: Pixels, where: Path, number: int) -> None:
    from PIL import Image

    path = where.with_name(f"{where.name}-{number:06d}.jpg")
    picture = Image.fromarray(pixels)
    picture.thumbnail((2 * SIZE, 2 * SIZE))
    with replacing(path) as part:
        picture.save(part, quality=92)


def _arms(motion: Filmed) -> Mask:
    return np.asarray(motion.joints[:, ARMS].all(axis=1))


def _hands(found: list[Any]) -> Array:
    return np.array([0 if one is None else (one.hands_seen >= 0.5).mean() for one in found],
                    np.float32)  # fmt: skip


def _without_gaps(flags: Mask) -> Mask:
    """(T,) with what is False for NO_GAP at most between two True ones made True."""
    closed = flags.copy()
    for first, end in runs(~flags):
        if first > 0 and end < len(flags) and end - first <= NO_GAP * FPS:
            closed[first:end] = True
    return closed
