# SPDX-License-Identifier: GPL-3.0-or-later
"""In which poses speakers are seen on their reference frames, drawn or rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ha2g_engine.body.poses import ARMS, Poses, blend
from ha2g_engine.errors import InputError
from ha2g_engine.files import replacing
from ha2g_engine.image import SIZE

from . import portraits, postures
from .postures import SITTERS, Sitter
from .repertoire import Repertoire, Speaker

RAISED: Final = (0.6, 1.0)  # how far towards a gesture somebody is seen …
FOLDED: Final = (0.0, 0.3)  # … who gestures with both hands out of folded ones
UNSEEN: Final = Speaker("ready", "BOTH")  # for whom one is taken whose hands are not seen …
CLOSE: Final = 0.3  # … as on this share of that speaker's pictures: head and shoulders
RENDER: Final = re.compile(r"(\d+)_(\d+)\.png")  # speaker_number.png


def poses(
    repertoire: Repertoire, speaker: Speaker, count: int, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(count, 42, 3): the leading hand raised, the other at home; or both folded.

    Also (count,), which of them are seen from so near that their hands are not: with arms
    anywhere between folded and hanging ones.
    """
    clips = [clip for group in repertoire.running for clip in group]
    shown = np.stack(
        [clips[i].directions[clips[i].hold] for i in random.integers(len(clips), size=count)]
    )
    share = random.uniform(*_share(speaker), count)
    home = np.repeat(repertoire.home[None], count, axis=0)
    close = (np.arange(count) < round(CLOSE * count)) & (speaker == UNSEEN)
    shown[close], share[close] = _hanging(repertoire.home), share[close] / FOLDED[1]
    seen = blend(Poses.of(home.astype(float)), Poses.of(shown.astype(float)), share).together()
    return seen, close


def _share(speaker: Speaker) -> tuple[float, float]:
    return FOLDED if speaker.home == "ready" and speaker.hand == "BOTH" else RAISED


def _hanging(home: NDArray[np.float32]) -> NDArray[np.float32]:
    """HOME (42, 3) with both arms straight down."""
    pose = home.copy()
    for upper, fore, _ in ARMS:
        pose[[upper, fore]] = (0.0, 1.0, 0.0)
    return pose


def drawn(
    repertoire: Repertoire, speaker: Speaker, count: int, random: np.random.Generator
) -> NDArray[np.uint8]:
    """(count, 224, 224, 3) drawn figures in such poses."""
    seen = zip(*poses(repertoire, speaker, count, random), strict=True)
    return np.stack([portraits.portrait(pose, random, close=close) for pose, close in seen])


def drawn_in_posture(
    sitter: Sitter, repertoire: Repertoire, count: int, random: np.random.Generator
) -> NDArray[np.uint8]:
    """(count, 224, 224, 3) drawn figures in a posture; repertoire: of whom they are like."""
    seen = postures.poses(sitter, repertoire, count, random)
    return np.stack([portraits.portrait(pose, random, hidden=sitter.hidden) for pose in seen])


def save_poses(path: Path, people: Mapping[Speaker, Repertoire], count: int, seed: int) -> None:
    """Write ``directions`` (N, 42, 3), ``speaker`` and ``close`` (N,), ``hidden`` (N, 2).

    count: of each speaker, then of each who is only pictured.
    """
    random = np.random.default_rng(seed)
    shown = [poses(repertoire, speaker, count, random) for speaker, repertoire in people.items()]
    far, seen = np.zeros(count, bool), [np.zeros((count, 2), bool)] * len(people)
    for sitter in SITTERS:
        shown.append((postures.poses(sitter, people[sitter.like], count, random), far))
        seen.append(np.repeat([sitter.hidden], count, axis=0))
    numbers = np.repeat(np.arange(len(shown)), count)
    directions, close = (np.concatenate(each) for each in zip(*shown, strict=True))
    arrays = {"directions": directions, "speaker": numbers, "close": close}
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, **arrays, hidden=np.concatenate(seen))


def rendered(folder: Path, people: int) -> list[NDArray[np.uint8]]:
    """The pictures of each in a folder of ``speaker_number.png``, in order.

    people: speakers, and those who are only pictured after them. Raises InputError when one has
    none or a picture has another size.
    """
    found: list[list[Path]] = [[] for _ in range(people)]
    for path in sorted(folder.glob("*.png")):
        match = RENDER.fullmatch(path.name)
        if match and int(match[1]) < people:
            found[int(match[1])].append(path)
    for number, paths in enumerate(found):
        if not paths:
            raise InputError(f"'{folder}' has no picture of speaker {number}: render it again.")
    return [np.stack([_picture(path) for path in paths]) for paths in found]


def _picture(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    if pixels.shape != (SIZE, SIZE, 3):
        raise InputError(f"'{path}' is not {SIZE} x {SIZE} pixels: render it again.")
    return pixels
