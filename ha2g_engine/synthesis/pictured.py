# SPDX-License-Identifier: GPL-3.0-or-later
"""What pictures of a person give a take, beside how the person moves: a first pose, a home.

Only where the part of the engine that finds people is there; where it is not, pictures give what
the network sees in them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import ARMS, FORWARD, HANDS, PALM_WAYS, Poses, slerp, slerp_past
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, Skeleton
from ha2g_engine.pictures import finder
from ha2g_engine.pictures.study import Study, study

from .at_home import posture
from .session import Recent, stamp
from .settings import Settings

Array = NDArray[np.float32]
Floats = NDArray[np.floating[Any]]

LEAVING: Final = 1.2  # s in which a take leaves the picture's pose


class Eyes:
    """Looks for people in the pictures of settings, and knows the last ones.

    skeleton: of the model; people are only found for EXPRESSIVE.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self._fits = skeleton.joints == EXPRESSIVE.joints
        self._known: Recent[Study | None] = Recent()

    def look(self, settings: Settings) -> Study | None:
        """Who is in the pictures; None where nothing of that is asked for or nobody can look.

        Raises InputError for a picture that is none.
        """
        images = settings.images
        if settings.taken is None or not images or not self._fits:
            return None
        return self._known.get(
            stamp(*images), lambda: study(images) if finder.is_set_up() else None
        )

    def giving(self, what: str, settings: Settings) -> Study | None:
        """Who is there, if they are to give WHAT; a home that is chosen comes first."""
        other = what == "home" and settings.home
        return self.look(settings) if settings.takes(what) and not other else None


def resting(own: Array, name: str, found: Study | None) -> Array:
    """(42, 3) where a take rests: as FOUND in pictures, or else in the home NAME.

    own: (42, 3) as the model rests.
    """
    return found.rest(own) if found and found.rests else posture(own, name)


def begun(motion: Array, found: Study | None) -> Array:
    """(T, 42, 3) that begins in the picture's pose, as far as that is seen, and leaves it."""
    if found is None or found.first is None:
        return motion
    start, seen = found.first.directions[None].astype(np.float64), found.first.bones
    share = np.clip(np.arange(len(motion)) / (LEAVING * FPS), 0, 1)
    share = share**2 * (3 - 2 * share)
    shares = np.where(seen[None], share[:, None], 1.0)
    for _, fore, hand in ARMS:  # a hand that is not seen is at rest on an arm that is
        if seen[fore]:
            shares[:, list(hand)] = share[:, None]
    first, then = Poses.of(start), Poses.of(motion.astype(np.float64))
    palms = np.stack([shares[:, hand[0]] for hand in HANDS])[:, :, None]
    return Poses(
        slerp_past(first.directions, then.directions, shares, FORWARD),
        slerp_past(first.palms, then.palms, palms, PALM_WAYS),
        slerp(first.fingers, then.fingers, palms),
    ).together()


def first_poses(home: Array, found: Study | None, skeleton: Skeleton) -> Array:
    """(1, 4, D) poses at home, but as FOUND in the picture where bones are seen there."""
    if found is None or found.first is None:
        return home
    pose = found.first
    return skeleton.poses(np.where(pose.bones[:, None], pose.directions, skeleton.directions(home)))
