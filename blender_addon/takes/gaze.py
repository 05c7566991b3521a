# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the head looks while a take lasts: the scene is played where something moves.

Of an armature that is looked at it is the head, if one is found.
"""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .. import compat
from ..errors import GestureError
from ..keys import actions, intensity
from ..motion.mode import Gaze, Mode
from ..rig import reading

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object, Scene
    from mathutils import Vector

    from ..body.rotations import Floats

STEP: Final = 0.06  # seconds of playing the scene in one step
ALIKE: Final = 1e-6  # values of keys that differ by less are one
APPEARANCE: Final = ("hide", "show", "color", "display")  # how properties begin that move nothing


def looking(
    place: Callable[[], tuple[Scene, Object]], mode: Mode, frames: Floats
) -> Generator[float, None, Gaze | None]:
    """The steps of finding where the head looks on FRAMES (T,), None if nowhere in particular.

    place: looks for the scene and the armature anew, for between two steps anything may happen.
    Where something moves, the scene is played a few frames a step, and the playhead put back.
    Yields the part done, 0..1. Raises GestureError if the target or the head is gone.
    """
    if not mode.look_at:
        return None
    scene, armature = place()
    axes = reading.calibration(armature).axes
    bone, target = _head_bone(armature), _target(scene, mode)
    if not (_moves(target) or _moves(armature)):
        towards = np.tile(_towards(armature, target, bone), (len(frames), 1))
        return Gaze(towards @ axes, mode.look)
    found: list[Floats] = []
    while len(found) < len(frames):
        yield len(found) / len(frames)
        scene, armature = place()
        found += _sampled(scene, armature, _target(scene, mode), bone, frames[len(found) :])
    return Gaze(np.array(found) @ axes, mode.look)


def _head_bone(armature: Object) -> str:
    roles = reading.map_for(armature).bone_map
    bones = roles.get("head") or roles.get("neck")
    if not bones:
        raise GestureError(f"'{armature.name}' has no head that could look at something.")
    return str(bones[0])


def _target(scene: Scene, mode: Mode) -> Object:
    found = scene.objects.get(mode.look_at)
    if found is None:
        raise GestureError(f"The object to look at, '{mode.look_at}', is not in the scene.")
    return found


def _towards(armature: Object, target: Object, bone: str) -> Floats:
    """From the middle of the head's bone to TARGET, in armature space, as the scene is now."""
    bones: Any = armature.pose.bones  # type: ignore[union-attr]
    head = bones.get(bone)
    if head is None:
        raise GestureError(f"'{armature.name}' has lost the bone '{bone}': generate again.")
    middle = armature.matrix_world @ ((head.head + head.tail) / 2.0)
    to_armature = armature.matrix_world.inverted_safe().to_3x3()
    return np.array(to_armature @ (_seen_of(target) - middle))


def _seen_of(target: Object) -> Vector:
    """Where one looks who looks at TARGET, in the world: an armature's head, else its origin."""
    if target.type == "ARMATURE":
        with contextlib.suppress(GestureError):
            bones: Any = target.pose.bones  # type: ignore[union-attr]
            if (head := bones.get(_head_bone(target))) is not None:
                middle: Vector = target.matrix_world @ ((head.head + head.tail) / 2.0)
                return middle
    return target.matrix_world.translation


def _sampled(
    scene: Scene, armature: Object, target: Object, bone: str, frames: Floats
) -> list[Floats]:
    """`_towards` on the first of FRAMES, as many as one step has time for, at least one.

    The scene returns to where it was.
    """
    before, until = scene.frame_current_final, time.perf_counter() + STEP
    found: list[Floats] = []
    try:
        for frame in frames:
            _go_to(scene, float(frame))
            found.append(_towards(armature, target, bone))
            if time.perf_counter() > until:
                break
    finally:
        _go_to(scene, before)
    return found


def _go_to(scene: Scene, frame: float) -> None:
    whole = math.floor(frame)
    scene.frame_set(whole, subframe=frame - whole)


# --- what moves -------------------------------------------------------------------------


def _moves(one: Object, turned: bool = False) -> bool:
    """Whether ONE may be elsewhere on another frame; TURNED: also where its bones are."""
    data, above = one.animation_data, one.parent
    if any(not constraint.mute for constraint in one.constraints):
        return True
    if data and any(_animates(action, turned) for action in _playing(data)):
        return True
    if data and any(_may_move(driver, one) for driver in data.drivers):
        return True
    return above is not None and _moves(above, turned=one.parent_type != "OBJECT")


def _playing(data: Any) -> list[Action]:
    """The actions that play by the animation DATA."""
    strips = [strip for track in data.nla_tracks if not track.mute for strip in track.strips]
    return [action for action in (data.action, *_played(strips)) if action is not None]


def _played(strips: Any) -> Iterator[Action | None]:
    """The actions of the NLA STRIPS, of those in meta strips too."""
    for strip in strips:
        yield strip.action
        yield from _played(strip.strips)


def _animates(action: Action, turned: bool) -> bool:
    """Whether ACTION moves its object or, if TURNED, its bones; takes do only the latter.

    A curve with a single key, or one value in all of them, moves nothing.
    """
    curves = [c for c in compat.fcurves(action) if c.modifiers or _changes(c)]
    if turned or not actions.is_take(action):
        return bool(curves)
    return not all(_is_of_takes(curve) for curve in curves)


def _changes(curve: FCurve) -> bool:
    """Whether the keys of CURVE, or what leads to and from them, are of more than one value."""
    keys, values = curve.keyframe_points, []
    for name in ("co", "handle_left", "handle_right") if len(keys) > 1 else ():
        pairs = np.empty(2 * len(keys), np.float32)
        keys.foreach_get(name, pairs)
        values.append(pairs[1::2])
    return bool(values) and bool(np.ptp(values) > ALIKE)


def _is_of_takes(curve: FCurve) -> bool:
    """Whether CURVE turns a bone or is the intensity."""
    turns = curve.data_path.rpartition(".")[2].startswith("rotation")
    return curve.data_path == intensity.PROPERTY or bool(turns and actions.keyed_bone(curve))


def _may_move(curve: FCurve, one: Object) -> bool:
    """Whether the driver CURVE of ONE may move it though nothing else of ONE is animated.

    Not if it drives how ONE looks, or follows nothing but other values of ONE.
    """
    driver: Any = curve.driver
    if curve.mute or curve.data_path.rpartition(".")[2].startswith(APPEARANCE):
        return False
    if driver.type == "SCRIPTED" and (
        not driver.is_simple_expression or re.search(r"\bframe\b", driver.expression)
    ):
        return True
    return any(target.id != one for each in driver.variables for target in each.targets)
