# SPDX-License-Identifier: GPL-3.0-or-later
"""The intensity curve of a character: how far its gestures reach along the timeline."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from .. import compat

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object
    from numpy.typing import NDArray

    from .merging import Source

PROPERTY: Final = "gestures_intensity"
COPIED: Final = ("co", "handle_left", "handle_right")


def curve_of(action: Action | None) -> FCurve | None:
    """The F-curve that keys the intensity in ACTION, if there is one."""
    curves = compat.fcurves(action) if action else []
    return next((curve for curve in curves if curve.data_path == PROPERTY), None)


def values(armature: Object, source: Source, frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """The intensity of ARMATURE on the scene's FRAMES (T,), keyed in what it shows or not."""
    return _sampled(armature, source.curves.get((PROPERTY, 0)), frames - source.moved)


def values_in(action: Action, armature: Object, frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """The intensity that ACTION gives ARMATURE on FRAMES (T,) as it is keyed, or else it has."""
    return _sampled(armature, curve_of(action), frames)


def _sampled(
    armature: Object, curve: FCurve | None, frames: NDArray[np.float64]
) -> NDArray[np.float64]:
    if curve is None:
        return np.full(len(frames), float(getattr(armature, PROPERTY)))
    return np.maximum([curve.evaluate(float(frame)) for frame in frames], 0.0)


def carry(source: Action | None, target: Action) -> None:
    """Give the new take TARGET the intensity keys of the action that was shown before."""
    old = curve_of(source)
    if old is None or source == target or curve_of(target) is not None:
        return
    new = compat.new_fcurve(target, PROPERTY, 0, "")
    count = len(old.keyframe_points)
    new.keyframe_points.add(count)
    for name in COPIED:
        numbers = np.empty(2 * count, np.float32)
        old.keyframe_points.foreach_get(name, numbers)
        new.keyframe_points.foreach_set(name, numbers)
    for here, there in zip(old.keyframe_points, new.keyframe_points, strict=True):
        for name in ("interpolation", "handle_left_type", "handle_right_type"):
            setattr(there, name, getattr(here, name))
    new.update()


def fingerprint(action: Action | None) -> str:
    """Another text for other intensity keys of ACTION; "" for none."""
    curve = curve_of(action)
    if curve is None:
        return ""
    points = [
        (key.co[:], key.handle_left[:], key.handle_right[:], key.interpolation)
        for key in curve.keyframe_points
    ]
    return hashlib.md5(repr(points).encode(), usedforsecurity=False).hexdigest()
