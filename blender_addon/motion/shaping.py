# SPDX-License-Identifier: GPL-3.0-or-later
"""How strongly, how smoothly and around which posture each body level moves.

Every joint is taken as a swing from its mean, seen from the joint it hangs on, so what happens
to the upper arm carries forearm and hand along. Its rotation vector v(t) becomes

    v'(t) = p(t) + strength · intensity(t) · (smooth(v)(t) - p(t)),   p = v under a wide Gaussian

The posture p is where the joint is held at that time: smaller gestures stay where they were made,
and a silent, resting speaker stays at rest whatever the strength. The offset then turns the joint
by a fixed angle. Directions in, directions out; without any change they come back as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..body import rotations as rot
from ..body.angles import PALM, hand_frame, head_rotation, torso_frame
from ..body.rotations import Floats
from ..body.skeleton import (
    COLLAR,
    FACE,
    FINGER,
    FINGERS,
    FOREARM,
    SIDES,
    SIGN,
    SPINE,
    UPPER_ARM,
    checked,
    to_body,
    to_engine,
)
from ..body.smoothing import gaussian

TORSO, ARMS, FOREARMS, KNUCKLES, PROXIMAL, MIDDLE = range(6)
N_LEVELS: Final = 6
POSTURE: Final = 1.5  # seconds, the Gaussian's sigma that tells a posture from a movement
SMOOTHEST: Final = 0.2  # seconds, sigma at smoothing 1
LEFT: Final = np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True)
class Shaping:
    """One number a level, coarse to fine. offset: degrees.

    Positive offsets lean forwards, lift the elbows outwards, bend the elbows, bend the wrists to
    the palm, and curl knuckles and middle joints.
    """

    strength: tuple[float, ...] = (1.0,) * N_LEVELS
    smoothing: tuple[float, ...] = (0.0,) * N_LEVELS
    offset: tuple[float, ...] = (0.0,) * N_LEVELS

    @property
    def changes(self) -> bool:
        """Whether anything is to be done at all."""
        return self != UNSHAPED


UNSHAPED: Final = Shaping()


def shaped(directions: Floats, shaping: Shaping, intensity: Floats, fps: float) -> Floats:
    """DIRECTIONS (T, 42, 3), engine frame, moved as SHAPING says; unit again.

    intensity: (T,) scales every level's strength. Raises GestureError as `checked` does.
    """
    motion = checked(directions)
    if not shaping.changes and np.all(intensity == 1.0):
        return motion
    return to_engine(_Body(to_body(motion), shaping, intensity, fps).moved())


@dataclass
class _Joint:
    """A joint before and after: (T, 3, 3) rotations that carry its children, body frame."""

    before: Floats
    after: Floats


class _Body:
    """One pass from the torso to the fingertips. motion: (T, 42, 3) body frame."""

    def __init__(self, motion: Floats, shaping: Shaping, intensity: Floats, fps: float) -> None:
        self.motion, self.result = motion, motion.copy()
        self.shaping, self.intensity, self.fps = shaping, np.asarray(intensity), fps

    def moved(self) -> Floats:
        """The whole motion."""
        torso = self._torso()
        self._group(torso, TORSO, tuple(FACE), _face_turn(self.motion), None)
        for side in SIDES:
            self._bone(torso, TORSO, COLLAR[side], None)
            upper = self._bone(torso, ARMS, UPPER_ARM[side], SIGN[side] * LEFT)
            bend = np.asarray(-_mean(self._seen(torso, UPPER_ARM[side])))
            fore = self._bone(upper, FOREARMS, FOREARM[side], bend)
            self._hand(fore, side)
        return self.result

    def _torso(self) -> _Joint:
        turn = torso_frame(self.motion)
        rest = _mean_rotation(turn)
        still = np.broadcast_to(np.eye(3), turn.shape)
        axis = rot.apply(rot.transposed(rest), LEFT)
        joint = self._turned(_Joint(still, still), TORSO, turn, rest, axis)
        self._carry(joint, (SPINE,))
        return joint

    def _hand(self, fore: _Joint, side: str) -> None:
        palm = hand_frame(self.motion, side, PALM[side])  # third column: the hinge
        rest = _mean_rotation(rot.transposed(fore.before) @ palm)
        axis = np.array([0.0, 0.0, 1.0])
        hand = self._turned(fore, KNUCKLES, palm, rest, axis)
        self._carry(hand, tuple(FINGER[side, finger][0] for finger in FINGERS))
        for finger in FINGERS:
            _, first, second = FINGER[side, finger]
            towards = _palm_side(finger)
            knuckle = self._bone(hand, PROXIMAL, first, towards)
            inward = None if finger == "thumb" else towards
            self._bone(knuckle, MIDDLE, second, inward)

    # --- the three kinds of joints ---------------------------------------------------------

    def _bone(self, above: _Joint, level: int, bone: int, towards: Floats | None) -> _Joint:
        """A joint of one bone, which its OFFSET turns TOWARDS a direction seen from above."""
        seen = self._seen(above, bone)
        mean = _mean(seen)
        axis = None if towards is None else _axis(mean, towards)
        swing = self._shaped(rot.between(mean, seen), level, axis)
        self.result[:, bone] = rot.apply(above.after @ swing, mean)
        return _Joint(above.before @ rot.between(mean, seen), above.after @ swing)

    def _group(
        self, above: _Joint, level: int, bones: tuple[int, ...], turn: Floats, axis: Floats | None
    ) -> None:
        """Bones that move as one, by TURN (T, 3, 3) in the body frame."""
        rest = _mean_rotation(rot.transposed(above.before) @ turn)
        self._carry(self._turned(above, level, turn, rest, axis), bones)

    def _turned(
        self, above: _Joint, level: int, turn: Floats, rest: Floats, axis: Floats | None
    ) -> _Joint:
        """A joint whose whole rotation TURN is known. axis: of the offset, in TURN's frame."""
        local = rot.transposed(above.before) @ turn  # seen from the joint above
        swing = self._shaped(rest.T @ local, level, axis)
        return _Joint(turn, above.after @ rest @ swing)

    def _carry(self, joint: _Joint, bones: tuple[int, ...]) -> None:
        for bone in bones:
            seen = self._seen(joint, bone)
            self.result[:, bone] = rot.apply(joint.after, seen)

    def _seen(self, above: _Joint, bone: int) -> Floats:
        return rot.apply(rot.transposed(above.before), self.motion[:, bone])

    def _shaped(self, swing: Floats, level: int, axis: Floats | None) -> Floats:
        """The swing (T, 3, 3) from the mean, after strength, smoothing and offset."""
        vectors = rot.to_vectors(swing)
        posture = gaussian(vectors, POSTURE * self.fps)
        smooth = gaussian(vectors, self.shaping.smoothing[level] * SMOOTHEST * self.fps)
        share = self.shaping.strength[level] * self.intensity[:, None]
        moved = rot.from_vectors(posture + share * (smooth - posture))
        if axis is None or self.shaping.offset[level] == 0.0:
            return moved
        angle = np.radians(self.shaping.offset[level])
        return np.asarray(rot.from_vectors(angle * axis[None])[0] @ moved)


def _mean(directions: Floats) -> Floats:
    return rot.unit(directions.mean(axis=0))


def _mean_rotation(rotations: Floats) -> Floats:
    """The rotation (3, 3) nearest to all of ROTATIONS (T, 3, 3) (chordal mean, by the SVD)."""
    u, _, vt = np.linalg.svd(rotations.mean(axis=0))
    u[:, 2] *= np.linalg.det(u @ vt)
    return np.asarray(u @ vt)


def _axis(mean: Floats, towards: Floats) -> Floats:
    """The unit axis about which MEAN turns to TOWARDS; none (0) where they are one line."""
    return rot.unit(np.cross(mean, towards))


def _palm_side(finger: str) -> Floats:
    """Where a FINGER curls to, in the hand's frame: to the palm, the thumb across it."""
    return np.array([0.0, 1.0, 0.0]) if finger != "thumb" else np.array([-1.0, 1.0, 0.0])


def _face_turn(motion: Floats) -> Floats:
    return head_rotation(motion, motion[0])
