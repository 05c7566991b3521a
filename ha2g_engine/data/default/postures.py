# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is only pictured: people in home postures that no speaker of the default data has.

What a picture of such a person says is where the hands are between gestures; the gestures
themselves are those of the speaker whose hands are as free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.poses import ARMS, FACE, Poses, blend
from ha2g_engine.gestures.homes import HANGING, homes

from .repertoire import Repertoire, Speaker

Floats = NDArray[np.floating[Any]]

TURNED: Final = 4.0  # degrees, standard deviation of a limb in a posture
NODDED: Final = 8.0  # … and of a head
RAISED: Final = 0.5  # of the pictures of one free hand show it gesturing, so far:
GESTURING: Final = (0.5, 1.0)


@dataclass(frozen=True)
class Sitter:
    """home: of ``gestures.homes``. like: the speaker whose gestures such a person makes."""

    home: str
    like: Speaker

    @property
    def hidden(self) -> tuple[bool, bool]:
        """Whether the left and the right hand are out of sight."""
        pocket = "pocket" in self.home
        left, right = (not self.home.startswith(other) for other in ("right", "left"))
        return pocket and left, pocket and right


SITTERS: Final = (
    Sitter("arms folded", Speaker("ready", "BOTH")),
    Sitter("left hand on hip", Speaker("hanging", "RIGHT")),
    Sitter("right hand on hip", Speaker("hanging", "LEFT")),
    Sitter("hands on hips", Speaker("hanging", "BOTH")),
    Sitter("left hand in pocket", Speaker("hanging", "RIGHT")),
    Sitter("right hand in pocket", Speaker("hanging", "LEFT")),
    Sitter("hands in pockets", Speaker("hanging", "BOTH")),
    Sitter("on the lap", Speaker("ready", "BOTH")),
)


def poses(
    sitter: Sitter, repertoire: Repertoire, count: int, random: np.random.Generator
) -> NDArray[np.float32]:
    """(count, 42, 3) in the posture, each a little otherwise; a free hand is raised in some.

    repertoire: of the speaker that the sitter is like.
    """
    home = homes().pose(sitter.home)
    clips = [clip for group in repertoire.running for clip in group]
    free = [side for side, arm in enumerate(ARMS) if _hangs(home, arm)]
    found = []
    for _ in range(count):
        pose = home.copy()
        if len(free) == 1 and random.random() < RAISED:
            clip = clips[int(random.integers(len(clips)))]
            _raise(pose, clip.directions[clip.hold], ARMS[free[0]], random.uniform(*GESTURING))
        found.append(_turned(pose, random))
    return np.stack(found)


def _hangs(home: Floats, arm: tuple[int, int, tuple[int, ...]]) -> bool:
    return bool(np.allclose(home[list(arm[:2])], homes().poses[HANGING][list(arm[:2])]))


def _raise(
    pose: NDArray[np.float32], gesture: Floats, arm: tuple[int, int, tuple[int, ...]], share: float
) -> None:
    first, second = (Poses.of(p[None].astype(np.float64)) for p in (pose, gesture))
    bones = [*arm[:2], *arm[2]]
    pose[bones] = blend(first, second, np.array([share])).together()[0, bones]


def _turned(pose: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Each arm, forearm and hand turned by chance, and the head."""
    result = pose.copy()
    for upper, fore, hand in ARMS:
        limb, outer = _chance(TURNED, random), _chance(TURNED, random)
        result[[upper, fore, *hand]] = limb.apply(result[[upper, fore, *hand]])
        result[[fore, *hand]] = outer.apply(result[[fore, *hand]])
    result[list(FACE)] = _chance(NODDED, random).apply(result[list(FACE)])
    return result


def _chance(degrees: float, random: np.random.Generator) -> Rotation:
    return Rotation.from_rotvec(random.normal(0, degrees, 3), degrees=True)
