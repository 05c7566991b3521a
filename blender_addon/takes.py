# SPDX-License-Identifier: GPL-3.0-or-later
"""A take from its request to its keyframes: what is asked, checked, and written."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from . import engine, keyframes, properties, properties_takes, rig, speech_strip, take_motion
from .errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Action, Context, Object, Scene
    from numpy.typing import NDArray

    from .engine_client import Result
    from .retarget.solve import PoseTrack

ENGINE_FPS: Final = 15.0  # directions a second, if the engine does not say


@dataclass(frozen=True)
class TakeRequest:
    """What a take was asked for. Objects are remembered by number: they may be gone later."""

    speech: str
    image: str | None
    identity_seed: int
    seed: int
    style: list[list[float]] | None
    smoothing: float
    limits: str
    contacts: bool
    start_frame: int
    add_sound: bool
    scene_uid: int
    armature_uid: int
    armature_name: str

    def engine_params(self) -> dict[str, Any]:
        """The part of the request that concerns the engine."""
        names = ("speech", "image", "identity_seed", "seed", "style")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Take:
    """What came out: the action, and sentences to report."""

    action: Action
    remarks: tuple[str, ...]


# --- asking ---------------------------------------------------------------------------


def missing_input(context: Context) -> str:
    """Why no take can be asked for yet, in a few words; "" if one can."""
    settings: Any = context.scene.gestures  # type: ignore[union-attr]
    if not settings.speech:
        return "Choose a speech file first"
    if properties.chosen_armature(context) is None:
        return "Select an armature first, or choose one in the panel"
    return engine.why_missing()


def request_from(context: Context) -> TakeRequest:
    """The panel's settings as a request, checked as far as Blender can.

    Raises GestureError: something is missing, a file is not there, or the armature cannot
    carry gestures.
    """
    if reason := missing_input(context):
        raise GestureError(f"{reason}.")
    scene: Any = context.scene
    settings, armature = scene.gestures, properties.chosen_armature(context)
    assert armature is not None  # missing_input looked
    start = scene.frame_current if settings.start_at == "CURRENT" else scene.frame_start
    return request_for(scene, armature, settings.speech, start)


def request_for(scene: Any, armature: Object, speech: str, start_frame: int) -> TakeRequest:
    """A request for ARMATURE to gesture to SPEECH from START_FRAME on, as SCENE's panel says.

    Raises GestureError: a file is not there, or the armature cannot carry gestures.
    """
    settings = scene.gestures
    keyframes.check_writable(armature)
    rig.map_for(armature)
    return TakeRequest(
        speech=existing_file(speech, "speech file"),
        image=picture(settings),
        identity_seed=settings.identity_seed,
        seed=settings.seed,
        style=own_style(settings),
        smoothing=round(settings.smoothing, 6),
        limits=settings.limits,
        contacts=settings.contacts,
        start_frame=start_frame,
        add_sound=settings.add_sound,
        scene_uid=scene.session_uid,
        armature_uid=armature.session_uid,
        armature_name=armature.name,
    )


def own_style(settings: Any) -> list[list[float]] | None:
    """The sliders' style, or None to take the picture's."""
    return properties.style_matrix(settings) if settings.style_source == "SLIDERS" else None


def picture(settings: Any) -> str | None:
    """The absolute path of the picture, if one is chosen. Raises GestureError."""
    return existing_file(settings.image, "picture") if settings.image else None


def existing_file(path: str, what: str) -> str:
    """PATH made absolute. Raises GestureError if no file is there."""
    absolute = Path(bpy.path.abspath(path)).resolve()
    if absolute.is_dir():
        raise GestureError(f"The {what} '{absolute}' is a folder: choose a file in it.")
    if not absolute.is_file():
        raise GestureError(f"The {what} '{absolute}' does not exist: choose another one.")
    return str(absolute)


def shown_settings(context: Context) -> dict[str, Any] | None:
    """The settings of the take that the chosen armature shows, if it shows one."""
    armature = properties.chosen_armature(context)
    return keyframes.stored_settings(keyframes.current_action(armature)) if armature else None


# --- writing --------------------------------------------------------------------------


def write(request: TakeRequest, result: Result) -> Take:
    """Put the engine's RESULT on the armature: action, sound, scene length, settings.

    Raises GestureError, with the scene as it was, if the armature or its scene is gone.
    """
    scene, armature = _find(request)
    fps = keyframes.scene_fps(scene)
    track = pose_track(armature, result.arrays["directions"], result.values, request)
    kept = keyframes.keep_sentence(armature)
    action = keyframes.write_take(
        armature,
        track,
        name=keyframes.unused_take_name(Path(request.speech).stem),
        start_frame=request.start_frame,
        fps=fps,
    )
    keyframes.store_settings(action, {**_settings(request, result, track), "scene_fps": fps})
    take_motion.store(action, result.arrays["directions"], _engine_fps(result.values))
    _lengthen(scene, action)
    properties.show_style(scene.gestures, result.values["style"])  # type: ignore[attr-defined]
    remarks = (kept, _limit_sentence(request, track), _sound(scene, request))
    return Take(action, tuple(filter(None, remarks)))


def pose_track(
    armature: Object, directions: NDArray[np.float32], values: dict[str, Any], request: TakeRequest
) -> PoseTrack:
    """Directions (T, 42, 3) as rotations of ARMATURE's bones."""
    from .retarget import motion, solve

    fps = _engine_fps(values)
    smooth = motion.smooth(np.asarray(directions, np.float64), request.smoothing, fps)
    return solve.retarget(
        smooth,
        rig.calibration(armature),
        limits=request.limits,
        fps=fps,
        contacts=request.contacts,
    )


def rewrite(armature: Object, action: Action, track: PoseTrack) -> None:
    """Replace the motion of the take ACTION by TRACK, in place; the one way to do so.

    Masked bones, locked frames and keys that the animator set stay exactly as they are, and the
    motion is led through them. A take whose keys were all moved in time stays where it is.
    """
    stored = keyframes.stored_settings(action) or {}
    scene: Any = bpy.context.scene
    fps = float(stored.get("scene_fps") or keyframes.scene_fps(scene))
    start = float(stored.get("start_frame", action.frame_range[0])) + keyframes.take_shift(action)
    guarded = replace(properties_takes.protection_of(armature), keep_keys=True)
    keyframes.rewrite_take(armature, action, track, start_frame=start, fps=fps, protection=guarded)
    if start != stored.get("start_frame"):
        keyframes.store_settings(action, {**stored, "start_frame": start})


def _engine_fps(values: dict[str, Any]) -> float:
    return float(values.get("fps", ENGINE_FPS))


def _find(request: TakeRequest) -> tuple[Scene, Object]:
    """The scene and armature of REQUEST, as they are now."""
    scene = next((s for s in bpy.data.scenes if s.session_uid == request.scene_uid), None)
    objects = scene.objects if scene else ()
    armature = next((o for o in objects if o.session_uid == request.armature_uid), None)
    if scene is None or armature is None:
        raise GestureError(
            f"The armature '{request.armature_name}' is no longer in its scene: nothing was "
            "written, choose another armature and generate again."
        )
    return scene, armature


def _settings(request: TakeRequest, result: Result, track: PoseTrack) -> dict[str, Any]:
    asked = asdict(request)
    for name in ("scene_uid", "armature_uid"):
        del asked[name]
    asked["style"] = result.values["style"]
    asked["own_style"] = request.style is not None
    measured = {
        "poses": len(track.quaternions),
        "pose_fps": track.fps,
        "beyond_limits": track.violations.counts,
        "overruns": [list(astuple(run)) for run in track.violations.overruns],
        "touches": list(track.touches),
    }
    return {**asked, **measured, "engine": engine.info()}


def _limit_sentence(request: TakeRequest, track: PoseTrack) -> str:
    """What the joint limits did, as far as anything was beyond them."""
    joints = len(track.violations.counts)
    if not joints:
        return ""
    outcome = "held back" if request.limits == "enforce" else "beyond their range"
    return f"Joint limits: {joints} {'joint' if joints == 1 else 'joints'} {outcome}."


def _lengthen(scene: Scene, action: Action) -> None:
    """Let the scene end no earlier than the take."""
    scene.frame_end = max(scene.frame_end, round(action.frame_range[1]))


def _sound(scene: Scene, request: TakeRequest) -> str:
    """Add the speech to the sequencer; a remark if Blender cannot play it."""
    if not request.add_sound:
        return ""
    try:
        speech_strip.add(scene, Path(request.speech), request.start_frame)
    except GestureError as error:
        return str(error)
    speech_strip.play_in_sync(scene)
    return ""
