# SPDX-License-Identifier: GPL-3.0-or-later
"""One to four pictures of a person → what they give a take: its first pose, where arms rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import ARMS
from ha2g_engine.body.skeleton import EXPRESSIVE, joint_positions, unit
from ha2g_engine.gestures.homes import HANGING, homes

from .finder import Finder
from .landmarks import ELBOWS, HIPS, SEEN, SHOULDERS, WRISTS, Landmarks
from .opening import Pixels, open_picture, smaller
from .posing import FACE_POINTS, JOINTS, SIDES, Posed, posed

Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

SMALL: Final = 256  # pixels of the longer side of what a panel shows
RAISED: Final = 0.12  # m below the neck, from which up a hand is in a gesture and not at rest
ARM_BONES: Final = [[upper, fore, *hand] for upper, fore, hand in ARMS]  # left, right
HAND_LINES: Final = tuple(
    (0 if joint % 4 == 1 else joint - 1, joint) for joint in range(1, 21)
)  # of the hand's 21 points


@dataclass(frozen=True)
class Seen:
    """One picture: who is in it, if anybody, and in which pose.

    small: (height, width, 3) of it, upright, SMALL pixels at most.
    """

    landmarks: Landmarks | None
    pose: Posed | None
    small: Pixels

    def rests(self, side: int) -> bool:
        """Whether the left (0) or right (1) arm is seen, and its hand is not raised."""
        if self.pose is None or not self.pose.sees_arm(side):
            return False
        places = joint_positions(self.pose.directions[None], EXPRESSIVE)[0]
        neck, wrist = (JOINTS[name] for name in ("neck", f"{SIDES[side]}_wrist"))
        return bool(places[wrist, 1] - places[neck, 1] > RAISED)

    def told(self) -> dict[str, Any]:
        """Plain values for JSON.

        people: how many. parts: what is seen of the one that is taken. lines: its skeleton,
        [x, y, x, y, side] in shares of width and height; side "L", "R" or "" for the middle.
        """
        if self.landmarks is None or self.pose is None:
            return {"people": 0, "parts": [], "lines": []}
        return {
            "people": self.landmarks.people,
            "parts": _parts(self.landmarks, self.pose),
            "lines": _lines(self.landmarks),
        }


@dataclass(frozen=True)
class Study:
    """What several pictures of one person show together."""

    seen: tuple[Seen, ...]

    @property
    def found(self) -> bool:
        """Whether there is a person in any of them."""
        return any(one.pose for one in self.seen)

    @property
    def first(self) -> Posed | None:
        """The pose in the first picture with a person."""
        return next((one.pose for one in self.seen if one.pose), None)

    @property
    def rests(self) -> bool:
        """Whether the pictures show where a hand rests."""
        return any(one.rests(side) for one in self.seen for side in (0, 1))

    def rest(self, own: Array) -> Array:
        """(42, 3) with arms as they rest in the pictures, under the trunk of ``own`` (42, 3).

        An arm that none of them shows at rest hangs.
        """
        pose = own.copy()
        for side, arm in enumerate(ARM_BONES):
            shown = [one.pose.directions[arm] for one in self.seen if one.pose and one.rests(side)]
            pose[arm] = unit(np.mean(shown, axis=0)) if shown else homes().poses[HANGING][arm]
        return pose


def study(pictures: Sequence[str | Path]) -> Study:
    """Look at pictures of one person. Raises InputError, naming it, for one that is none."""
    with Finder() as finder:
        return Study(tuple(_seen(finder, open_picture(path)) for path in pictures))


def _seen(finder: Finder, pixels: Pixels) -> Seen:
    found = finder.find(pixels)
    return Seen(found, posed(found) if found else None, smaller(pixels, SMALL))


def _parts(found: Landmarks, pose: Posed) -> list[str]:
    """Of: face, shoulders, left arm, right arm, left hand, right hand."""
    seen = {
        "face": found.sees(*FACE_POINTS.values()),
        "shoulders": found.sees(*SHOULDERS),
        **{f"{word} arm": pose.sees_arm(side) for side, word in enumerate(SIDES)},
        **{f"{word} hand": pose.sees_hand(side) for side, word in enumerate(SIDES)},
    }
    return [name for name, is_seen in seen.items() if is_seen]


def _lines(found: Landmarks) -> list[list[Any]]:
    share = found.points / found.size
    limbs = [
        (SHOULDERS[0], SHOULDERS[1], ""),
        (HIPS[0], HIPS[1], ""),
        *((SHOULDERS[side], HIPS[side], "") for side in (0, 1)),
        *((SHOULDERS[side], ELBOWS[side], "LR"[side]) for side in (0, 1)),
        *((ELBOWS[side], WRISTS[side], "LR"[side]) for side in (0, 1)),
        *((FACE_POINTS["nose"], FACE_POINTS[eye], "") for eye in ("left_eye", "right_eye")),
    ]
    shown = [(a, b, side) for a, b, side in limbs if min(found.seen[[a, b]]) >= SEEN]
    lines = [_line(share[a], share[b], side) for a, b, side in shown]
    for side in (0, 1):
        if found.sees_hand(side):
            hand = found.hand_points[side] / found.size
            lines += [_line(hand[a], hand[b], "LR"[side]) for a, b in HAND_LINES]
    return lines


def _line(start: Array, end: Array, side: str) -> list[Any]:
    return [*(round(float(value), 4) for value in (*start, *end)), side]
