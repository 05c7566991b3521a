# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion file -> keys on the rig and its speech in the sequencer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

import bpy
import numpy as np

from ..body.smoothing import smooth
from ..bones.detect import no_arms
from ..bones.families import load_preset
from ..bones.roles import BoneMap
from ..errors import GestureError
from ..keys import actions, writing
from ..motion import mode as motion_mode
from ..retarget.rest import Calibration
from ..retarget.solve import retarget
from ..rig import reading, switches
from ..speech import strips
from ..takes import posing

if TYPE_CHECKING:
    from bpy.types import Object, Scene

    from ..body.rotations import Floats
    from .arguments import Job

FIRST_FRAME: Final = 1  # of the take, Blender's usual first frame
IMPORTED_FPS: Final = 24.0  # scenes made for an imported rig, frames a second


@dataclass(frozen=True)
class Take:
    """The rig in action. frames: first and last scene frame. limited: joint-frames, 0..1.

    touches: frames (of the motion) in which a hand was led out of the body.
    """

    armature: Object
    calibration: Calibration
    bone_map: BoneMap
    frames: tuple[int, int]
    fps: float
    limited: float
    touches: int


def read_motion(path: Path) -> tuple[Floats, float]:
    """Directions (T, 42, 3) and frames a second of a file that `ha2g generate` wrote.

    Raises GestureError when it is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            directions = np.asarray(content["directions"], np.float64)
            return directions, float(content["fps"])
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise GestureError(
            f"'{path.name}' is no motion: make one with `ha2g generate SPEECH --out M.npz`."
        ) from error


def _motion(job: Job) -> tuple[Floats, float]:
    """The directions of JOB's mode, and frames a second. Raises GestureError."""
    if job.mode == "talk":
        assert job.motion is not None  # parse looked
        return read_motion(job.motion)
    heard = _read_phrases(job.motion) if job.motion else {}
    mode = motion_mode.Mode(kind=job.mode.upper(), seconds=job.seconds)
    made = posing.answer(mode, job.seed, heard)
    return np.asarray(made.arrays["directions"], np.float64), float(made.values["fps"])


def _read_phrases(path: Path) -> dict[str, Any]:
    """`phrases` (P, 2) and `seconds` of a speech. Raises GestureError for another file."""
    try:
        with np.load(path, allow_pickle=False) as content:
            return {"phrases": content["phrases"].tolist(), "seconds": float(content["seconds"])}
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise GestureError(
            f"'{path.name}' holds no phrases: use `ha2g animate SPEECH --mode listen`."
        ) from error


def perform(job: Job, armature: Object) -> Take:
    """Key JOB's motion on ARMATURE, from FIRST_FRAME on.

    Raises GestureError, before anything is written, when the motion or the rig does not fit.
    """
    directions, motion_fps = _motion(job)
    bone_map = mapping(armature, job.mapping)
    calibration = reading.calibration(armature, bone_map)
    moved = smooth(directions, job.smooth, motion_fps)
    track = retarget(moved, calibration, limits=job.limits, fps=motion_fps, contacts=job.contacts)
    scene = _scene()
    fps = set_rate(scene, job)
    source = job.speech or job.motion
    name = actions.unused_take_name(source.stem if source else job.mode)
    action = writing.write_take(armature, track, name=name, start_frame=FIRST_FRAME, fps=fps)
    frames = job.frames or (FIRST_FRAME, round(action.frame_range[1]))
    scene.frame_start, scene.frame_end = frames
    scene.frame_set(frames[0])
    return Take(
        armature, calibration, bone_map, frames, fps, track.violations.share, len(track.touches)
    )


def on_ik(take: Take) -> str:
    """Why TAKE's keys do not move its arms, and what to do; "" if they do."""
    if not switches.on_ik(take.armature, switches.of_arms(take.bone_map)):
        return ""
    return (
        f"The arms of '{take.armature.name}' stand on IK, so the FK keys do not move them: set "
        "their IK/FK switches to FK in the file."
    )


def mapping(armature: Object, preset: Path | None) -> BoneMap:
    """The bone mapping of ARMATURE by the file PRESET, or the one that fits best.

    Raises GestureError when it leaves an arm without bones.
    """
    if preset is None:
        return reading.map_for(armature).bone_map
    found = reading.applied(armature, load_preset(preset))
    if not found.has_arms:
        raise no_arms(armature.name, found)
    return found.bone_map


def set_rate(scene: Scene, job: Job) -> float:
    """Frames a second: as asked, or as in the user's scene, or IMPORTED_FPS."""
    wanted = job.fps or (None if job.rig.suffix.lower() == ".blend" else IMPORTED_FPS)
    if wanted is not None:
        whole = max(1, round(wanted))
        scene.render.fps, scene.render.fps_base = whole, whole / wanted
    return actions.scene_fps(scene)


def add_speech(speech: Path) -> str:
    """Put SPEECH in the sequencer; "" or a sentence on why it is silent."""
    scene = _scene()
    try:
        strip: Any = strips.add(scene, speech, FIRST_FRAME)
    except GestureError as error:
        return str(error)
    strip.sound.pack()  # the file is to be moved around whole
    strips.play_in_sync(scene)
    return ""


def _scene() -> Scene:
    scene = bpy.context.scene
    assert scene is not None
    return scene
