# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion file -> a take on the rig, by the one writer of takes, and its speech beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import properties
from ..bones.detection import no_arms
from ..bones.families import load_preset
from ..errors import GestureError
from ..keys import actions
from ..keys.spacing import Spacing
from ..motion.mode import Mode
from ..retarget.rest import Calibration
from ..rig import editing, reading, switches
from ..speech import strips
from ..takes import arms_to_fk, files, posing, recall, record, writing
from ..takes.request import TakeRequest
from .motion_file import read_motion, read_phrases

if TYPE_CHECKING:
    from bpy.types import Action, Object, Scene

    from ..bones.roles import BoneMap
    from ..engine.client import Result
    from .arguments import Job

FIRST_FRAME: Final = 1  # of the take, Blender's usual first frame
SHIPPED: Final = ("ha2g_engine", "weights")  # where every engine has its own checkpoint
IMPORTED_FPS: Final = 24.0  # scenes made for an imported rig, frames a second


@dataclass(frozen=True)
class Take:
    """The rig in action. frames: first and last scene frame. limited: joint-frames, 0..1.

    touches: frames (of the motion) in which a hand was led out of body or hand.
    """

    armature: Object
    calibration: Calibration
    bone_map: BoneMap
    frames: tuple[int, int]
    fps: float
    limited: float
    touches: int


@contextmanager
def registered() -> Iterator[None]:
    """What takes are kept in, there for a while; for good where the add-on is enabled."""
    if hasattr(bpy.types.Scene, "gestures"):
        yield
        return
    for cls in properties.CLASSES:
        bpy.utils.register_class(cls)
    properties.register()
    files.register()
    try:
        yield
    finally:
        files.unregister()
        properties.unregister()
        for cls in reversed(properties.CLASSES):
            bpy.utils.unregister_class(cls)


def _answer(job: Job) -> tuple[Result, record.Record]:
    """The motion of JOB's mode, and what is known of how it was made. Raises GestureError."""
    if job.mode == "talk":
        assert job.motion is not None  # parse looked
        result, asked = read_motion(job.motion)
        return result, record.read(json.dumps(asked))
    heard = read_phrases(job.motion) if job.motion else {}
    made = record.Record(seed=job.seed, home=job.home, voice_only=None)
    return posing.answer(_mode(job), job.seed, heard, job.home), made


def _mode(job: Job) -> Mode:
    return Mode(kind=job.mode.upper(), seconds=job.seconds)


def perform(job: Job, armature: Object) -> Take:
    """Make JOB's motion a take of ARMATURE, from FIRST_FRAME on, and show it.

    Raises GestureError, before anything is written, when the motion or the rig does not fit.
    """
    result, made = _answer(job)
    if job.mapping is not None:
        _use(armature, job.mapping)
    bone_map = reading.map_for(armature).bone_map
    scene = _scene()
    fps = set_rate(scene, job)
    asked = _request(job, armature, made, result.values.get("engine", {}))
    if job.mode == "idle":  # for as long as the speech, where one was heard
        asked = replace(asked, mode=replace(asked.mode, seconds=result.values["seconds"]))
    if job.arms_to_fk:
        arms_to_fk.allow(armature)
    take = writing.write(asked, result)
    frames = job.frames or (FIRST_FRAME, round(take.action.frame_range[1]))
    scene.frame_start, scene.frame_end = frames
    scene.frame_set(frames[0])
    _show_settings(armature, take.action)
    calibration = reading.calibration(armature)
    return Take(armature, calibration, bone_map, frames, fps, take.limited, take.touches)


def _checkpoint(engine: dict[str, Any]) -> str | None:
    """The checkpoint that ENGINE says it used; None for the one that every engine comes with."""
    path = engine.get("checkpoint")
    shipped = not isinstance(path, str) or Path(path).parent.parts[-2:] == SHIPPED
    return None if shipped else str(path)


def _request(
    job: Job, armature: Object, made: record.Record, engine: dict[str, Any]
) -> TakeRequest:
    """JOB as a take is asked for in the panel; MADE: how the motion came about, by ENGINE."""
    speech = str(job.speech) if job.speech else made.speech or ""
    return TakeRequest(
        speech="" if job.mode == "idle" else speech,
        image=made.image,
        identity_seed=made.identity_seed,
        identity_other=made.identity_other,
        identity_share=made.identity_share,
        seed=made.seed,
        style=made.style if made.own_style else None,
        smoothing=job.smooth,
        limits=job.limits,
        contacts=job.contacts,
        start_frame=FIRST_FRAME,
        add_sound=False,  # add_speech does, and packs it
        scene_uid=_scene().session_uid,
        armature_uid=armature.session_uid,
        armature_name=armature.name,
        spacing=Spacing(job.keys.upper(), job.tolerance),
        mode=_mode(job),
        energy=made.energy,
        rest=made.rest,
        home=made.home,
        channel=made.channel,
        voice_only=made.voice_only,
        moods=made.moods,
        checkpoint=_checkpoint(engine),
        transcript=made.transcript,
        words=made.words,
        word_gestures=made.word_gestures,
        fade=made.fade,
        images=made.images,
        taken=made.taken,
        name="" if speech or job.motion is None else job.motion.stem,
    )


def _show_settings(armature: Object, action: Action) -> None:
    """Let the panel go on from the take, unless somebody has chosen a speech there already."""
    scene: Any = _scene()
    made = record.of(action)
    if not scene.gestures.speech and made is not None and made.speech is not None:
        recall.show_settings(bpy.context, armature, action)


def on_ik(take: Take) -> str:
    """Why TAKE's keys do not move its arms, and what to do; "" if they do."""
    if not switches.on_ik(take.armature, switches.of_arms(take.bone_map)):
        return ""
    return (
        f"The arms of '{take.armature.name}' stand on IK, so the FK keys do not move them: set "
        "their IK/FK switches to FK in the file, or ask for --arms-to-fk."
    )


def _use(armature: Object, preset: Path) -> None:
    """Let ARMATURE have the bones that the mapping in the file PRESET names.

    Raises GestureError when that leaves an arm without bones.
    """
    found = reading.applied(armature, load_preset(preset))
    if not found.has_arms:
        raise no_arms(armature.name, found)
    editing.use_map(armature, found.bone_map)


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
