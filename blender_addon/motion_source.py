# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take's motion is made of: the engine's directions or none, shaped, and a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import intensity, keyframes, rig
from .engine_client import Result
from .errors import GestureError
from .retarget import levels, modes
from .retarget.levels import Shaping
from .retarget.skeleton import FPS

if TYPE_CHECKING:
    from bpy.types import Action, Object, Scene
    from numpy.typing import NDArray

    from .retarget.rotations import Floats

GAZE_KEY: Final = "gestures_gaze"  # custom property of a take: (T * 3) float32, body frame


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
    how = modes.Stillness(seconds, seed, mode.breathing, mode.sway)
    if mode.kind == "LISTEN":
        directions = modes.listening(how, np.array(heard["phrases"], np.float64))
    else:
        directions = modes.idle(how)
    values = {"fps": FPS, "seconds": seconds, "seed": seed}
    return Result(0, values, {"directions": directions.astype(np.float32)})


def shaped(
    armature: Object,
    directions: NDArray[np.float32],
    fps: float,
    frames: Floats,
    shaping: Shaping,
    gaze: Gaze | None,
) -> Floats:
    """DIRECTIONS (T, 42, 3) after level controls, intensity (on FRAMES) and look."""
    amplitude = intensity.values(armature, frames)
    moved = levels.shaped(np.asarray(directions, np.float64), shaping, amplitude, fps)
    return modes.look(moved, gaze.towards, gaze.amount, fps) if gaze else moved


# --- looking ----------------------------------------------------------------------------


def gaze(scene: Scene, armature: Object, mode: Mode, frames: Floats) -> Gaze | None:
    """Where the head looks on FRAMES (T,), None if nowhere in particular.

    Raises GestureError if the target is gone.
    """
    if not mode.look_at:
        return None
    target = scene.objects.get(mode.look_at)
    if target is None:
        raise GestureError(f"The object to look at, '{mode.look_at}', is not in the scene.")
    calibration = rig.calibration(armature)
    bone = _head_bone(armature)
    if _moves(target) or _moves(armature):
        towards = np.array(_sampled(scene, armature, target, bone, frames))
    else:
        towards = np.tile(_towards(armature, target, bone), (len(frames), 1))
    return Gaze(towards @ calibration.axes, mode.look)


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
    roles = rig.map_for(armature).bone_map
    bones = roles.get("head") or roles.get("neck")
    if not bones:
        raise GestureError(f"'{armature.name}' has no head that could look at something.")
    return str(bones[0])


def _towards(armature: Object, target: Object, bone: str) -> Floats:
    """From the middle of the head's bone to TARGET, in armature space, as the scene is now."""
    pose: Any = armature.pose
    head = pose.bones[bone]
    middle = armature.matrix_world @ ((head.head + head.tail) / 2.0)
    to_armature = armature.matrix_world.inverted_safe().to_3x3()
    return np.array(to_armature @ (target.matrix_world.translation - middle))


def _sampled(
    scene: Scene, armature: Object, target: Object, bone: str, frames: Floats
) -> list[Floats]:
    """`_towards` on each of FRAMES; the scene returns to where it was."""
    before = scene.frame_current_final
    found = []
    for frame in frames:
        scene.frame_set(int(frame), subframe=float(frame % 1.0))
        found.append(_towards(armature, target, bone))
    scene.frame_set(int(before), subframe=before % 1.0)
    return found


def _moves(target: Object) -> bool:
    """Whether TARGET may be elsewhere on another frame."""
    above = target.parent
    data = target.animation_data
    action = data.action if data else None
    animated = bool(data and (data.drivers or data.nla_tracks)) or (
        action is not None and not keyframes.is_take(action)
    )
    return animated or bool(target.constraints) or (above is not None and _moves(above))
