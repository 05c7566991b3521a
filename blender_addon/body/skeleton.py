# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's skeleton as the add-on needs it: 42 bone directions a frame.

The facts are read from the engine's skeleton.json. Engine frame: x to the subject's left,
y down, z away from the camera, the subject faces -z. Body frame (used by everything in this
package): x to the subject's left, y to the back, z up, the subject faces -y.
"""

from __future__ import annotations

import itertools
import json
from typing import Final

import numpy as np

from ..errors import GestureError
from ..paths import SKELETON_JSON
from .rotations import Floats, unit

_FACTS: Final = json.loads(SKELETON_JSON.read_text(encoding="utf-8"))["expressive"]

BONES: Final = tuple((bone["parent"], bone["child"]) for bone in _FACTS["bones"])
N_BONES: Final = len(BONES)
LENGTHS: Final = np.array([bone["mean_length_m"] for bone in _FACTS["bones"]])  # metres
NEUTRAL: Final = unit(np.array(_FACTS["mean_direction"]))  # (42, 3), engine frame
FPS: Final = float(_FACTS["fps"])

SIDES: Final = {"L": "left", "R": "right"}
SIGN: Final = {"L": 1.0, "R": -1.0}  # of the side's x coordinate in the body frame
FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")


def bone_index(parent: str, child: str) -> int:
    """Index of the bone PARENT > CHILD."""
    return BONES.index((parent, child))


def finger_bones(side: str, finger: str) -> tuple[int, int, int]:
    """The three bones of FINGER: wrist to its base, then the two phalanges it predicts."""
    joints = ["wrist", *(f"{finger}_{i}" for i in (1, 2, 3))]
    names = [f"{SIDES[side]}_{joint}" for joint in joints]
    first, second, third = (bone_index(*pair) for pair in itertools.pairwise(names))
    return first, second, third


SPINE: Final = bone_index("spine", "neck")
COLLAR: Final = {s: bone_index("neck", f"{n}_shoulder") for s, n in SIDES.items()}
UPPER_ARM: Final = {s: bone_index(f"{n}_shoulder", f"{n}_elbow") for s, n in SIDES.items()}
FOREARM: Final = {s: bone_index(f"{n}_elbow", f"{n}_wrist") for s, n in SIDES.items()}
FINGER: Final = {(s, f): finger_bones(s, f) for s in SIDES for f in FINGERS}
FACE: Final = (
    bone_index("neck", "nose"),
    bone_index("nose", "right_eye"),
    bone_index("nose", "left_eye"),
    bone_index("right_eye", "right_ear"),
    bone_index("left_eye", "left_ear"),
)


def to_body(directions: Floats) -> Floats:
    """Engine frame -> body frame: (x, y, z) becomes (x, z, -y)."""
    x, y, z = np.moveaxis(np.asarray(directions, dtype=np.float64), -1, 0)
    return np.stack([x, z, -y], axis=-1)


def to_engine(vectors: Floats) -> Floats:
    """Body frame -> engine frame: (x, y, z) becomes (x, -z, y)."""
    x, y, z = np.moveaxis(np.asarray(vectors, dtype=np.float64), -1, 0)
    return np.stack([x, -z, y], axis=-1)


def checked(directions: Floats) -> Floats:
    """DIRECTIONS as (T, 42, 3) float64 unit vectors.

    Raises GestureError when the shape is another, a number is not finite or a direction is zero.
    """
    array = np.asarray(directions, dtype=np.float64)
    if array.ndim != 3 or array.shape[0] == 0 or array.shape[1:] != (N_BONES, 3):
        raise GestureError(
            f"The motion has shape {array.shape} instead of (frames, {N_BONES}, 3): "
            "generate it again."
        )
    lengths = np.linalg.norm(array, axis=-1)
    if not np.all(np.isfinite(lengths)) or lengths.min() < 1e-6:
        raise GestureError(
            "The motion contains directions that are not numbers or have no length: "
            "generate it again."
        )
    return np.asarray(array / lengths[..., None])
