# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion held within what joints do: elbows, wrists and fingers (``body.anatomy``).

Some captured hands bend where no hand does; each angle that ``anatomy.angles`` measures is held
within its range here, and the bones beyond the joint turn along.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.anatomy import FINGERS, RANGES, SIGN, angles
from ha2g_engine.body.skeleton import EXPRESSIVE, unit

Floats = NDArray[np.floating[Any]]
Array = NDArray[np.float64]

BONES: Final = {name: i for i, name in enumerate(EXPRESSIVE.bone_names)}
INSIDE: Final = 0.5  # degrees within the range, so that rounding stays in it


def held(directions: Floats) -> NDArray[np.float32]:
    """(T, 42, 3) unit with elbows, wrists, fingers and thumbs no further than people's go."""
    motion = np.asarray(directions, np.float64).copy()
    for side in SIGN:
        _hold_elbow(motion, side)
        _hold_wrist(motion, side)
        _hold_fingers(motion, side)
        _hold_thumb(motion, side)
    return unit(motion.astype(np.float32))


def beyond(directions: Floats) -> float:
    """Degrees by which the joint that goes furthest beyond its range does so, 0 if none."""
    furthest = 0.0
    for name, values in angles(directions, EXPRESSIVE).items():
        limits = RANGES[next(kind for kind in RANGES if name.endswith(kind))]
        excess = np.maximum(values - limits.high, limits.low - values)
        furthest = max(furthest, float(np.nanmax(excess, initial=0.0)))
    return furthest


def _range(name: str) -> tuple[float, float]:
    return np.radians(RANGES[name].low + INSIDE), np.radians(RANGES[name].high - INSIDE)


def _hand(side: str) -> list[int]:
    return [i for name, i in BONES.items() if name.startswith((f"{side}_wrist>", *_inner(side)))]


def _inner(side: str) -> tuple[str, ...]:
    return tuple(f"{side}_{finger}_" for finger in (*FINGERS, "thumb"))


def _hold_elbow(motion: Array, side: str) -> None:
    upper, fore = BONES[f"{side}_shoulder>{side}_elbow"], BONES[f"{side}_elbow>{side}_wrist"]
    _turn_to(motion, motion[:, fore], _no_sharper(motion, upper, fore, "elbow bend"),
             [fore, *_hand(side)])  # fmt: skip


def _hold_thumb(motion: Array, side: str) -> None:
    first, last = (BONES[f"{side}_thumb_{i}>{side}_thumb_{i + 1}"] for i in (1, 2))
    motion[:, last] = _no_sharper(motion, first, last, "thumb bend")


def _no_sharper(motion: Array, first: int, second: int, joint: str) -> Array:
    """The second bone, turned back towards the first where the joint bends too far."""
    a, b = motion[:, first], motion[:, second]
    axis = np.cross(b, a)
    sine = np.linalg.norm(axis, axis=-1)
    bend = np.arctan2(sine, (a * b).sum(-1))
    excess = np.maximum(bend - _range(joint)[1], 0)
    way = axis / np.maximum(sine, 1e-9)[:, None] * excess[:, None]
    return np.asarray(Rotation.from_rotvec(way).apply(b))


def _turn_to(motion: Array, now: Array, wanted: Array, bones: list[int]) -> None:
    """Turn ``bones`` by the shortest rotations that bring ``now`` (T, 3) to ``wanted``."""
    axis = np.cross(now, wanted)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = np.arctan2(sine[:, 0], (now * wanted).sum(-1))[:, None]
    turn = Rotation.from_rotvec(axis / np.maximum(sine, 1e-12) * angle).as_matrix()
    motion[:, bones] = np.einsum("tij,tbj->tbi", turn, motion[:, bones])


def _hold_wrist(motion: Array, side: str) -> None:
    along, palm, outer = _palm(motion, side)
    fore = motion[:, BONES[f"{side}_elbow>{side}_wrist"]].copy()
    bend, aside = _angles(fore, along, -palm, -outer)
    bend, aside = np.clip(bend, *_range("wrist bend")), np.clip(aside, *_range("wrist deviation"))
    _turn_to(motion, _direction(bend, aside, along, -palm, -outer), fore, _hand(side))


def _palm(motion: Array, side: str) -> tuple[Array, Array, Array]:
    """(T, 3) each: along the hand, out of the palm, to the little finger."""
    index, pinky = (motion[:, BONES[f"{side}_wrist>{side}_{f}_1"]] for f in ("index", "pinky"))
    along = _unit(index + pinky)
    palm = _unit(SIGN[side] * np.cross(pinky, index))
    return along, palm, SIGN[side] * np.cross(along, palm)


def _hold_fingers(motion: Array, side: str) -> None:
    palm = _palm(motion, side)[1]
    for finger in FINGERS:
        bones = (
            BONES[f"{side}_wrist>{side}_{finger}_1"],
            *(BONES[f"{side}_{finger}_{i}>{side}_{finger}_{i + 1}"] for i in (1, 2)),
        )
        _hold_finger(motion, bones, palm, SIGN[side])


def _hold_finger(motion: Array, bones: tuple[int, ...], palm: Array, sign: float) -> None:
    first, second, third = bones
    ahead = motion[:, first]
    inner = _unit(_across(palm, ahead))
    outer = sign * np.cross(ahead, inner)
    bend, aside = _angles(motion[:, second], ahead, inner, outer)
    old = _hinge(motion[:, second], outer, sign)
    joint = _angles(motion[:, third], *old)
    bend, aside = np.clip(bend, *_range("knuckle bend")), np.clip(aside, *_range("knuckle spread"))
    motion[:, second] = _direction(bend, aside, ahead, inner, outer)
    bend, aside = (np.clip(value, *_range(f"finger {name}"))
                   for value, name in zip(joint, ("bend", "sideways"), strict=True))  # fmt: skip
    motion[:, third] = _direction(bend, aside, *_hinge(motion[:, second], outer, sign))


def _hinge(bone: Array, outer: Array, sign: float) -> tuple[Array, Array, Array]:
    """The frame in which the bone after ``bone`` bends: ahead, to the palm, outwards."""
    aside = _unit(_across(outer, bone))
    return bone, sign * np.cross(aside, bone), aside


def _angles(bone: Array, ahead: Array, inner: Array, outer: Array) -> tuple[Array, Array]:
    bend = np.arctan2((bone * inner).sum(-1), (bone * ahead).sum(-1))
    return bend, np.arcsin(np.clip((bone * outer).sum(-1), -1, 1))


def _direction(bend: Array, aside: Array, ahead: Array, inner: Array, outer: Array) -> Array:
    """The unit direction (T, 3) that has these angles in this frame."""
    level = np.cos(bend)[:, None] * ahead + np.sin(bend)[:, None] * inner
    return np.asarray(np.cos(aside)[:, None] * level + np.sin(aside)[:, None] * outer)


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _across(vectors: Array, axis: Array) -> Array:
    return np.asarray(vectors - (vectors * axis).sum(-1, keepdims=True) * axis)
