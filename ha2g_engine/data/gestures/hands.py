# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand shapes: Greta's joint angles → finger directions in the palm, and the shape of any hand.

A palm's frame here is the right hand's: along the hand, out of the palm, to the thumb. Greta's
hanging right hand has x out of the palm, y against the fingers, z to the thumb, so that a finger
bends about z, spreads about x, and the thumb moves before the palm about y. This skeleton's
fingers end at the last knuckle; of Greta's fourth joint they show nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.poses import Poses
from ha2g_engine.body.skeleton import EXPRESSIVE
from ha2g_engine.gestures.hand_shapes import MIRROR

from .greta import Triple

Array = NDArray[np.floating[Any]]

FINGERS: Final = ("index", "middle", "pinky", "ring", "thumb")  # the skeleton's order
JOINTS: Final = tuple(f"{finger}{joint}" for finger in FINGERS for joint in (1, 2, 3))
# Metacarpals and the thumb's root of the recorded hands, measured on the 300 flattest.
KNUCKLES: Final = np.array(
    [[0.94, 0.0, 0.33], [0.99, -0.03, 0.11], [0.94, 0.0, -0.33], [0.99, -0.02, -0.11]]
)
STRAIGHT: Final = np.array(  # where the straight fingers of a closed flat hand point
    [[0.99, -0.03, 0.09], [0.99, -0.03, 0.03], [0.98, 0.06, -0.13], [0.99, 0.0, -0.06]]
)
THUMB: Final = np.array([0.42, 0.12, 0.90])  # an outstretched thumb
THUMB_ROOT: Final = 0.45  # share of wrist→thumb that does not move with the thumb
UNSAID: Final = ("empty", "reset", "form_default", "open_default")  # of no particular shape
WEIGHTS: Final = np.array([1, 1, 0.8, 0.8, 1, 1, 0.8, 0.8, 0.4, 0.5, 0.6, 0.6, 0.6])
BENDS: Final = (95.0, 105.0)  # degrees, the most that a knuckle and a finger bend
AXES: Final = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # Greta's → the palm's

NAMED: Final = {  # our word: Greta's hand shape that it is
    "fist": "form_fist",
    "thumb up": "bend_closed",
    "point": "form_point1",
    "two together": "form_point2",
    "two": "form_2apart",
    "thumb and index": "number_two",
    "three": "form_3apart",
    "flat": "form_open",
    "spread": "form_openapart",
    "thumb across": "open_thumbin",
    "relaxed": "relax",
    "bent": "bend_angled",
    "curved": "bend_curved",
    "pinch": "symbol_1_closed",
    "purse": "symbol_2_closed",
    "ring": "symbol_3_closed",
    "four": "four",
    "hooked two": "hooked two",
    "half closed": "half closed",
}
COMPOSED: Final = {  # our own: as the first shape, with the given joints of the second
    "four": ("spread", "thumb across", slice(12, 15)),
    "hooked two": ("two", "bend_angled", slice(0, 6)),
}
BETWEEN: Final = {
    "half closed": ("relax", "form_fist", 0.45)
}  # from the first so far to the second
LOOSE: Final = ("fist", "point", "pinch")
LOOSENED: Final = 0.6  # of these shapes people often make so much, from a relaxed hand
THUMB_LOOSE: Final = 0.4  # and bend the thumb by so much


def joint_angles(shape: Mapping[str, Triple]) -> NDArray[np.float64]:
    """(15, 3) degrees of index 1 to thumb 3, 0 where the shape says nothing."""
    return np.array([shape.get(joint, (0.0, 0.0, 0.0)) for joint in JOINTS], np.float64)


def finger_directions(degrees: Array) -> NDArray[np.float64]:
    """Joint angles (T, 15, 3) of a right hand → (T, 15, 3) unit directions in its palm's frame."""
    hands = [_finger(degrees[:, 3 * i : 3 * i + 2], KNUCKLES[i], STRAIGHT[i]) for i in range(4)]
    return np.concatenate([*hands, _thumb(degrees[:, 12:])], axis=1)


def _finger(degrees: Array, knuckle: Array, straight: Array) -> NDArray[np.float64]:
    """Angles of a finger's first two joints (T, 2, 3) → its three bones (T, 3, 3)."""
    limited = degrees.copy()
    limited[:, :, 2] = np.clip(degrees[:, :, 2], -25, BENDS)
    fade = np.clip(1 - degrees[:, :1, 2:] / 90, 0, 1)  # bent knuckles neither spread nor turn
    limited[:, :, :2] *= fade
    own = _plane(straight)
    first, second = _rotations(limited[:, 0]), _rotations(limited[:, 1])
    ahead = np.array([1.0, 0.0, 0.0])
    bones = [np.tile(knuckle, (len(degrees), 1)), first.apply(ahead) @ own.T]
    return _unit(np.stack([*bones, (first * second).apply(ahead) @ own.T], axis=1))


def _plane(straight: Array) -> NDArray[np.float64]:
    """(3, 3) columns: a finger when straight, the way it bends, and the hinge between them."""
    straight = straight / np.linalg.norm(straight)
    hinge = np.cross(straight, np.array([0.0, 1.0, 0.0]))
    hinge /= np.linalg.norm(hinge)
    return np.stack([straight, np.cross(hinge, straight), hinge], axis=1)


def _thumb(degrees: Array) -> NDArray[np.float64]:
    """Angles of the thumb's three joints (T, 3, 3) → its three bones (T, 3, 3)."""
    root, middle, end = (_rotations(degrees[:, joint]) for joint in range(3))
    base = THUMB_ROOT * THUMB + (1 - THUMB_ROOT) * root.apply(THUMB)
    bones = [base, (root * middle).apply(THUMB), (root * middle * end).apply(THUMB)]
    return _unit(np.stack(bones, axis=1))


def _rotations(degrees: Array) -> Rotation:
    """Greta's Euler angles (T, 3) as rotations in the palm's frame."""
    turns = Rotation.from_euler("XYZ", degrees, degrees=True).as_rotvec()
    return Rotation.from_rotvec(turns @ AXES.T)


def _unit(vectors: Array) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def palms_told_alike(directions: Array) -> NDArray[np.float64]:
    """(T, 42, 3) → (2, T, 15, 3) fingers of left and right in palm frames of a right hand."""
    fingers = Poses.of(np.asarray(directions, np.float64)).fingers.copy()
    fingers[0] *= MIRROR
    return fingers


def features(fingers: Array) -> NDArray[np.float64]:
    """Fingers in the palm's frame (T, 15, 3) → (T, 13): what tells hand shapes apart.

    Bends of four knuckles and four fingers, the thumb's bend, how far it is out of the palm and
    away from the hand; how far index and middle finger are apart and thumb and index tip.
    """
    hand = np.asarray(fingers, np.float64).reshape(len(fingers), 5, 3, 3)
    knuckle, finger = (_signed_bend(hand[:, :4, i], hand[:, :4, i + 1]) / 90 for i in (0, 1))
    thumb = hand[:, 4].sum(axis=1) / 2
    straight = np.clip(1 - (knuckle + finger)[:, :2].max(axis=1), 0, 1)  # bent ones do not spread
    apart = _degrees(hand[:, 0, 1], hand[:, 1, 1]) / 45 * straight
    bend = _degrees(hand[:, 4, 1], hand[:, 4, 2]) / 90
    tips = np.linalg.norm(_tip(hand, 4) - _tip(hand, 0), axis=-1)
    rest = [bend, thumb[:, 1], thumb[:, 2], apart, np.minimum(tips, 0.15) / 0.1]
    return np.asarray(np.stack([*knuckle.T, *finger.T, *rest], axis=1) * WEIGHTS)


def _signed_bend(first: Array, second: Array) -> NDArray[np.float64]:
    """Degrees from (T, 4, 3) to (T, 4, 3), positive to the palm."""
    away = (second[..., 1] < first[..., 1] - 0.02) & (second[..., 0] > 0)
    return np.where(away, -1.0, 1.0) * _degrees(first, second)


def _degrees(first: Array, second: Array) -> NDArray[np.float64]:
    return np.asarray(np.degrees(np.arccos(np.clip((first * second).sum(-1), -1, 1))))


def _tip(hand: Array, finger: int) -> NDArray[np.float64]:
    """(T, 5, 3, 3) → (T, 3) m from the wrist to the end of a finger."""
    first = 5 + 3 * finger
    return np.asarray(
        np.einsum("tji,j->ti", hand[:, finger], EXPRESSIVE.bone_length[first : first + 3])
    )


class ShapeNames:
    """Tells which named hand shape a hand is nearest to.

    shapes: Greta's (``greta.read_shapes``). Many are known twice, as told and as loosely made.
    """

    def __init__(self, shapes: Mapping[str, Mapping[str, Triple]]) -> None:
        relaxed = shape_angles("relax", shapes)
        told = [(name, shape_angles(name, shapes)) for name in NAMED]
        loose = [(n, _loosened(a, relaxed)) for n, a in told if n in LOOSE]
        self._names = [name for name, _ in told + loose]
        self._known = features(finger_directions(np.stack([a for _, a in told + loose])))

    def of(self, pose: Array) -> tuple[str, str]:
        """The shapes of the left and the right hand of a pose (42, 3)."""
        left, right = features(palms_told_alike(pose[None])[:, 0])
        return self.nearest(left), self.nearest(right)

    def nearest(self, found: Array) -> str:
        """The shape whose features (13,) are nearest."""
        return self._names[int(((self._known - found) ** 2).sum(axis=1).argmin())]


def _loosened(degrees: Array, relaxed: Array) -> NDArray[np.float64]:
    loose = relaxed + LOOSENED * (degrees - relaxed)
    loose[12:] = THUMB_LOOSE * degrees[12:]
    return loose


def shape_angles(shape: str, shapes: Mapping[str, Mapping[str, Triple]]) -> NDArray[np.float64]:
    """(15, 3) degrees of one of Greta's or of our shapes; of none it is open, half relaxed.

    Raises KeyError for a shape that there is not.
    """
    if shape in UNSAID:
        relaxed = joint_angles(shapes["relax"])
        return np.concatenate([0.5 * relaxed[:12], relaxed[12:]])
    if shape in BETWEEN:
        first, second, share = BETWEEN[shape]
        start = joint_angles(shapes[first])
        return start + share * (joint_angles(shapes[second]) - start)
    if shape in COMPOSED:
        first, second, taken = COMPOSED[shape]
        whole = shape_angles(first, shapes).copy()
        whole[taken] = shape_angles(second, shapes)[taken]
        return whole
    return joint_angles(shapes[NAMED.get(shape, shape)])
