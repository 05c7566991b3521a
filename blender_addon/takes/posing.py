# SPDX-License-Identifier: GPL-3.0-or-later
"""Directions, of the engine or of someone who stands or listens, as rotations of a rig's bones."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..body.skeleton import FPS
from ..engine.client import Result
from ..motion import shaping, stillness
from ..retarget.tracks import retargeting
from ..rig import reading

if TYPE_CHECKING:
    from bpy.types import Object
    from numpy.typing import NDArray

    from ..body.rotations import Floats
    from ..motion.mode import Gaze, Mode
    from ..motion.shaping import Shaping
    from ..retarget.solve import PoseTrack
    from .request import TakeRequest


def pose_steps(
    armature: Object,
    result: Result,
    asked: TakeRequest,
    amplitude: Floats,
    gaze: Gaze | None = None,
) -> Generator[float, None, PoseTrack]:
    """The steps of RESULT's directions as rotations of ARMATURE's bones, as ASKED.

    amplitude: (T,) intensity of each pose. Yields the part done, 0..1. Returns the track.
    """
    fps = engine_fps(result.values)
    return retargeting(
        shaped(result.arrays["directions"], fps, amplitude, asked.shaping, gaze),
        reading.calibration(armature),
        smoothing=asked.smoothing,
        limits=asked.limits,
        fps=fps,
        contacts=asked.contacts,
    )


def engine_fps(values: dict[str, Any]) -> float:
    """Directions a second of an answer with VALUES."""
    return float(values.get("fps", FPS))


def measured(track: PoseTrack) -> dict[str, Any]:
    """What a take's record says about its poses: limits and touches."""
    return {
        "poses": len(track.quaternions),
        "pose_fps": track.fps,
        "beyond_limits": track.violations.counts,
        "overruns": tuple(track.violations.overruns),
        "touches": tuple(track.touches),
    }


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
    how: Shaping,
    gaze: Gaze | None,
) -> Floats:
    """DIRECTIONS (T, 42, 3) after level controls HOW, intensity AMPLITUDE (T,) and look."""
    moved = shaping.shaped(np.asarray(directions, np.float64), how, amplitude, fps)
    return stillness.look(moved, gaze.towards, gaze.amount, fps) if gaze else moved
