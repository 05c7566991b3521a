# SPDX-License-Identifier: GPL-3.0-or-later
"""Directions, of the engine or of someone who stands or listens, as rotations of a rig's bones."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..body import homes
from ..body.skeleton import FPS
from ..body.smoothing import through
from ..engine.client import Result
from ..errors import GestureError
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
    from .record import Part
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


def excerpt(result: Result, part: Part | None) -> Result:
    """RESULT as if the speech were its PART only; None: all of it.

    Raises GestureError if less than two directions are in it.
    """
    if part is None:
        return result
    directions, fps = result.arrays["directions"], engine_fps(result.values)
    first, last = part[0], min(part[1], (len(directions) - 1) / fps)
    count = int(np.floor((last - first) * fps + 1e-6)) + 1
    if count < 2:
        raise GestureError(
            f"The part from {part[0]:.2f} to {part[1]:.2f} s is too short, or lies behind the "
            "speech's end: show more of it."
        )
    moved = through(np.asarray(directions, np.float64), first * fps + np.arange(count))
    arrays = {**result.arrays, "directions": moved.astype(np.float32)}
    values = {**result.values, "seconds": last - first}
    return replace(result, values=values, arrays={**arrays, **_marks(result, first, last)})


def _marks(result: Result, first: float, last: float) -> dict[str, NDArray[np.float32]]:
    """Loudness, beats and pauses from second FIRST to LAST, as far as RESULT has them."""
    found, rate = {}, float(result.values.get("level_rate", 0.0))
    if "level" in result.arrays:
        found["level"] = result.arrays["level"][round(first * rate) : round(last * rate) + 1]
    if "beats" in result.arrays:
        beats = result.arrays["beats"]
        found["beats"] = beats[(beats >= first) & (beats <= last)] - first
    if "pauses" in result.arrays:
        pauses = result.arrays["pauses"].reshape(-1, 2)
        here = pauses[(pauses[:, 1] > first) & (pauses[:, 0] < last)]
        found["pauses"] = np.clip(here, first, last) - first
    return found


def measured(track: PoseTrack) -> dict[str, Any]:
    """What a take's record says about its poses: limits and touches."""
    return {
        "poses": len(track.quaternions),
        "pose_fps": track.fps,
        "beyond_limits": track.violations.counts,
        "overruns": tuple(track.violations.overruns),
        "touches": tuple(track.touches),
    }


def answer(mode: Mode, seed: int, heard: dict[str, Any], home: str = "") -> Result:
    """The directions of someone who listens or stands, as the engine would give them.

    heard: the engine's `phrases` of the speech; {} for an idle take. home: of `homes.NAMES`,
    where the hands are; "" for hanging arms.
    """
    seconds = float(heard.get("seconds", mode.seconds))
    how = stillness.Stillness(seconds, seed, mode.breathing, mode.sway)
    if mode.kind == "LISTEN":
        directions = stillness.listening(how, np.array(heard["phrases"], np.float64))
    else:
        directions = stillness.idle(how)
    directions = homes.at_home(directions, home) if home else directions
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
