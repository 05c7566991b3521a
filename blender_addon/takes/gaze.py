# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take's motion is made of: the engine's directions or none, shaped, and a look."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .. import compat
from ..body.skeleton import FPS
from ..engine.client import Result
from ..errors import GestureError
from ..keys import intensity, writing
from ..motion import shaping as levels
from ..motion import stillness
from ..motion.shaping import Shaping
from ..rig import reading

if TYPE_CHECKING:
    from bpy.types import Action, FCurve, Object, Scene
    from numpy.typing import NDArray

    from ..body.rotations import Floats

GAZE_KEY: Final = "gestures_gaze"  # custom property of a take: (T * 3) float32, body frame
STEP: Final = 0.06  # seconds of playing the scene in one step
APPEARANCE: Final = ("hide", "show", "color", "display")  # how properties begin that move nothing


@dataclass(frozen=True)
class Mode:
    """What the character does. kind: TALK, LISTEN or IDLE. seconds: of an idle take.

    look_at: the name of the object the head turns to, "" for none. look: how far, 0 to 1.
    """

    kind: str = "TALK"
    seconds: float = 10.0
    breathing: float = 1.0
    sway: float = 1.0
    look_at: str = ""
    look: float = 1.0


@dataclass(frozen=True)
class Gaze:
    """Where the head looks. towards: (T, 3) body frame. amount: 0 to 1."""

    towards: Floats
    amount: float


TALKING: Final = Mode()


def answer(mode: Mode, seed: int, heard: dict[str, Any]) -> Result:
    """The directions of someone who listens or stands, as the engine would give them.

    heard: the engine's `phrases` of the speech; {} for an idle take.
    """
    seconds = float(heard.get("seconds", mode.seconds))
    how = stillness.Stillness(seconds, seed, mode.breathing, mode.sway)
    if mode.kind == "LISTEN":
        directions = stillness.listening(how, np.array(heard["phrases"], np.float64))
    else:
        directions = stillness.idle(how)
    values = {"fps": FPS, "seconds": seconds, "seed": seed}
    return Result(0, values, {"directions": directions.astype(np.float32)})


def shaped(
    directions: NDArray[np.float32],
    fps: float,
    amplitude: Floats,
    shaping: Shaping,
    gaze: Gaze | None,
) -> Floats:
    """DIRECTIONS (T, 42, 3) after level controls, intensity AMPLITUDE (T,) and look."""
    moved = levels.shaped(np.asarray(directions, np.float64), shaping, amplitude, fps)
    return stillness.look(moved, gaze.towards, gaze.amount, fps) if gaze else moved


# --- looking ----------------------------------------------------------------------------


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
    axes, bone, target = (
        reading.calibration(armature).axes,
        _head_bone(armature),
        _target(scene, mode),
    )
    if not (_moves(target) or _moves(armature)):
        towards = np.tile(_towards(armature, target, bone), (len(frames), 1))
        return Gaze(towards @ axes, mode.look)
    found: list[Floats] = []
    while len(found) < len(frames):
        yield len(found) / len(frames)
        scene, armature = place()
        found += _sampled(scene, armature, _target(scene, mode), bone, frames[len(found) :])
    return Gaze(np.array(found) @ axes, mode.look)


def store_gaze(action: Action, found: Gaze | None) -> None:
    """Keep the look with the take: it is written again without asking the scene."""
    if found is not None:
        action[GAZE_KEY] = np.append(found.amount, found.towards).astype(np.float32)


def load_gaze(action: Action, count: int) -> Gaze | None:
    """The look of a take with COUNT poses, if it has one."""
    stored = action.get(GAZE_KEY)
    if stored is None or len(stored) != 1 + 3 * count:
        return None
    numbers = np.array(stored, np.float64)
    return Gaze(numbers[1:].reshape(-1, 3), float(numbers[0]))


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
    return np.array(to_armature @ (target.matrix_world.translation - middle))


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

    A curve with a single key moves nothing.
    """
    curves = [c for c in compat.fcurves(action) if len(c.keyframe_points) > 1 or c.modifiers]
    if turned or not writing.is_take(action):
        return bool(curves)
    return not all(_is_of_takes(curve) for curve in curves)


def _is_of_takes(curve: FCurve) -> bool:
    """Whether CURVE turns a bone or is the intensity."""
    turns = curve.data_path.rpartition(".")[2].startswith("rotation")
    return curve.data_path == intensity.PROPERTY or bool(turns and writing.keyed_bone(curve))


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
