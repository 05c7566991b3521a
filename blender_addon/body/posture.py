# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint angles -> directions, and the posture of someone who stands and does nothing."""

from __future__ import annotations

from typing import Final

import numpy as np

from .angles import PALM, Angles, compose, hand_frame
from .rotations import Floats, apply, unit
from .skeleton import (
    COLLAR,
    FACE,
    FINGER,
    FINGERS,
    FOREARM,
    NEUTRAL,
    SIDES,
    SPINE,
    UPPER_ARM,
    to_body,
)

STILL: Final = to_body(NEUTRAL)  # trunk and head in which all of their angles are 0
RELAXED: Final = {  # degrees, in the order of `body`; one side, the other is its mirror image
    "collar": (0.0, 0.0, 0.0),
    "shoulder": (2.0, 9.0, 12.0),
    "elbow": (16.0, 0.0),
    "forearm": (12.0,),
    "wrist": (6.0, 2.0),
    "index_1": (22.0, 0.0), "index_2": (24.0, 0.0), "index_3": (16.0,),
    "middle_1": (27.0, 0.0), "middle_2": (29.0, 0.0), "middle_3": (19.0,),
    "ring_1": (31.0, 0.0), "ring_2": (32.0, 0.0), "ring_3": (21.0,),
    "pinky_1": (34.0, 0.0), "pinky_2": (34.0, 0.0), "pinky_3": (22.0,),
    "thumb_1": (4.0, 6.0, 0.0), "thumb_2": (14.0, 0.0), "thumb_3": (12.0,),
}  # fmt: skip


def relaxed(frames: int) -> Angles:
    """The angles of a relaxed stand, arms hanging, for FRAMES poses."""
    trunk = {joint: np.zeros((frames, 3)) for joint in ("torso", "neck")}
    arms = {
        f"{joint}.{side}": np.tile(np.radians(degrees), (frames, 1))
        for joint, degrees in RELAXED.items()
        for side in SIDES
    }
    return {**trunk, **arms}


def directions(angles: Angles) -> Floats:
    """The directions (T, 42, 3), body frame, of ANGLES; the reverse of `angles.analyse`."""
    frames = compose(angles)
    result = np.empty((len(frames["torso"]), *STILL.shape))
    result[:, SPINE] = frames["torso"] @ STILL[SPINE]
    for bone in FACE:
        result[:, bone] = frames["head"] @ STILL[bone]
    for side in SIDES:
        result[:, COLLAR[side]] = frames[f"collar.{side}"] @ STILL[COLLAR[side]]
        result[:, UPPER_ARM[side]] = frames[f"upper_arm.{side}"][..., 0]
        result[:, FOREARM[side]] = frames[f"forearm.{side}"][..., 0]
        still = hand_frame(STILL[None], side, PALM[side])[0]
        for finger in FINGERS:
            palm, first, second = FINGER[side, finger]
            result[:, palm] = apply(frames[f"hand.{side}"], still.T @ STILL[palm])
            result[:, first] = frames[f"{finger}_1.{side}"][..., 0]
            result[:, second] = frames[f"{finger}_2.{side}"][..., 0]
    return unit(result)
