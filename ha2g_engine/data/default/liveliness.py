# SPDX-License-Identifier: GPL-3.0-or-later
"""Living trunk, shoulders and head: turns at phrases, nods and pulses on beats, sway.

Heads nod on stressed syllables, with a small lift before (Hadar et al. 1983; Munhall et al.
2004); shoulder girdles rise with the arms, a good deal less (Inman et al. 1944).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.poses import FACE, TRUNK
from ha2g_engine.body.skeleton import NEUTRAL

Array = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]

SPREAD: Final = np.array([18.0, 14.5, 13.0, 7.0, 3.5, 3.5])  # degrees: yaw, pitch, roll; torso's
NOD: Final = 11.0  # degrees of a head on a loud beat
PULSE: Final = 3.0  # … and of a torso
SWAY: Final = {"torso": 5.0, "roll": 3.0, "head": -5.0}  # degrees at the height of a phrase
HALF: Final = 0.4  # of a phrase's height, about which it sways
FOLLOWS: Final = 0.7  # of the torso's turn that the head, which looks ahead, makes with it
CARRIED: Final = 0.25  # … that the arms make: hands stay where they gesture
ARCHED: Final = np.array([0.0, 0.0, 0.7])  # again the shoulders roll: backs bend like an arc
GIRDLE: Final = 0.21  # of an arm's rise that its collar rises
SHRUG: Final = 2.5  # degrees that both collars rise on a loud beat
UP: Final = np.array([0.0, -1.0, 0.0])
SHOULDERS: Final = TRUNK[1:]
ARMS: Final = slice(3, FACE[0])
AHEAD: Final = np.array([0.0, 0.0, -1.0])
COLLARS: Final = ((1, 3, 1.0), (2, 20, -1.0))  # collar, its arm, way about AHEAD that lifts it


def alive(
    directions: Floats, turns: Array, beat: Array, phrase: Array, style: tuple[Array, Array, Array]
) -> Floats:
    """(T, 42, 3) with trunk, collars and head moving.

    turns: (T, 6) as in ``plan.turned``. beat, phrase: (T,) as in ``Heard``. style: strengths of
    low, mid and high, each (6,); the first level's count here.
    """
    low, mid, high = (float(strength[0]) for strength in style)
    angles = turns * SPREAD * high
    head, torso = angles[:, :3].copy(), angles[:, 3:].copy()
    swayed = mid * (phrase - HALF)
    torso[:, 1] += PULSE * low * beat + SWAY["torso"] * swayed
    torso[:, 2] += SWAY["roll"] * swayed
    head[:, 1] += NOD * low * beat + SWAY["head"] * swayed
    result = directions.copy()
    _lift_collars(result, SHRUG * low * np.maximum(beat, 0))
    result[:, list(TRUNK)] = _turned(result[:, list(TRUNK)], torso)
    result[:, list(SHOULDERS)] = _turned(result[:, list(SHOULDERS)], torso * ARCHED)
    result[:, ARMS] = _turned(result[:, ARMS], torso * CARRIED)
    result[:, list(FACE)] = _turned(result[:, list(FACE)], torso * FOLLOWS + head)
    return result


def _lift_collars(motion: Floats, shrug: Array) -> None:
    """Collars rise with their arms, seen from how they hang."""
    for collar, arm, way in COLLARS:
        rise = np.degrees(np.arcsin(np.clip(-motion[:, arm, 1], -1, 1))) + 90  # 0 hanging
        angle = GIRDLE * (rise - HANGING) + shrug
        turn = Rotation.from_rotvec(np.radians(way * angle)[:, None] * AHEAD)
        motion[:, collar] = turn.apply(motion[:, collar])


def _turned(bones: Floats, angles: Array) -> Floats:
    """(T, B, 3) turned by yaw, pitch (down) and roll in degrees (T, 3)."""
    axes = zip((UP, NOD_AXIS, AHEAD), np.radians(angles).T, strict=True)
    yaw, pitch, roll = (Rotation.from_rotvec(angle[:, None] * axis) for axis, angle in axes)
    return np.asarray(np.einsum("tij,tbj->tbi", (yaw * pitch * roll).as_matrix(), bones))


def _nod_axis() -> Floats:
    """The axis (±x) about which a positive angle moves the nose down (towards +y)."""
    axis = np.array([1.0, 0.0, 0.0])
    moved = Rotation.from_rotvec(0.1 * axis).apply(NEUTRAL[FACE[0]])
    return axis if moved[1] > NEUTRAL[FACE[0]][1] else -axis


NOD_AXIS: Final = _nod_axis()
HANGING: Final = 13.0  # degrees between straight down and how arms hang at rest
