# SPDX-License-Identifier: GPL-3.0-or-later
"""A take from its request to its keyframes: what is asked, checked, and written."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import asdict, astuple, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import bpy
import numpy as np

from .. import references
from ..engine import excerpt, process
from ..engine.client import Result
from ..errors import GestureError
from ..keys import intensity
from ..keys import writing as keyframes
from ..motion import layers, marks, mirroring
from ..motion.shaping import UNSHAPED, Shaping
from ..properties import character, generate
from ..properties import mode as properties_mode
from ..properties import style as properties_style
from ..retarget.tracks import retargeting
from ..rig import reading
from ..speech import strips
from . import (
    arms_to_fk,
    collection,
    files,
)
from . import (
    gaze as motion_source,
)
from . import (
    place as take_place,
)
from . import (
    stored as take_motion,
)
from .gaze import TALKING, Gaze, Mode

if TYPE_CHECKING:
    from bpy.types import Action, Context, Object, Scene
    from numpy.typing import NDArray

    from ..keys.protection import Protection
    from ..retarget.solve import PoseTrack

Answer = TypeVar("Answer")
Place: TypeAlias = "Callable[[], tuple[Object, Action]]"
STEP: Final = 0.06  # seconds of planning keys in one step
ENGINE_FPS: Final = 15.0  # directions a second, if the engine does not say
HEARD: Final = ("speech", "image", "identity_seed", "seed", "energy", "rest")  # by the engine


@dataclass(frozen=True)
class TakeRequest:
    """What a take was asked for. Objects are remembered by number: they may be gone later.

    only_frames, only_bones: what alone is to change of the take that is shown (first and last
    frame, their poses kept); None for all. The rest is taken over from it.
    shaping: how each body level moves. mode: whether it talks, and where it looks.
    energy: how much the size of gestures follows the loudness, 0 to 1. rest: hands go home
    in pauses. part: the seconds of the speech that it is of; None for all, start_frame is the
    first one's. variation: the gallery's recipe; what it says beyond a seed is done to the
    engine's motion. None for any other take.
    """

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
    only_frames: tuple[float, float] | None = None
    only_bones: tuple[str, ...] | None = None
    shaping: Shaping = UNSHAPED
    mode: Mode = TALKING
    energy: float = 0.5
    rest: bool = True
    part: excerpt.Part | None = None
    variation: dict[str, Any] | None = None

    @property
    def is_part(self) -> bool:
        """Whether only a part of the take shown is to change."""
        return self.only_frames is not None or self.only_bones is not None

    def engine_params(self) -> dict[str, Any]:
        """The part of the request that concerns the engine."""
        return {name: getattr(self, name) for name in (*HEARD, "style")}


@dataclass(frozen=True)
class Take:
    """What came out: the action, and sentences to report; unseen: whether the arms stand on IK."""

    action: Action
    remarks: tuple[str, ...]
    unseen: bool = False


# --- asking ---------------------------------------------------------------------------


def missing_input(context: Context) -> str:
    """Why no take can be asked for yet, in a few words; "" if one can."""
    settings: Any = context.scene.gestures  # type: ignore[union-attr]
    idle = properties_mode.mode_of(context.scene).kind == "IDLE"
    if not (settings.speech or idle):
        return "Choose a speech file first"
    reason = generate.why_no_armature(context)
    return reason or ("" if idle else process.why_missing())


def request_from(context: Context) -> TakeRequest:
    """The panel's settings as a request, checked as far as Blender can.

    Raises GestureError: something is missing, a file is not there, or the armature cannot
    carry gestures.
    """
    if reason := missing_input(context):
        raise GestureError(f"{reason}.")
    scene: Any = context.scene
    settings, armature = scene.gestures, generate.chosen_armature(context)
    assert armature is not None  # missing_input looked
    start = scene.frame_current if settings.start_at == "CURRENT" else scene.frame_start
    mode = properties_mode.mode_of(scene)
    return request_for(scene, armature, settings.speech, start, mode)


def request_for(
    scene: Any, armature: Object, speech: str, start_frame: int, mode: Mode = TALKING
) -> TakeRequest:
    """A request for ARMATURE to gesture to SPEECH from START_FRAME on, as SCENE's panel says.

    Raises GestureError: a file is not there, or the armature cannot carry gestures.
    """
    settings = scene.gestures
    keyframes.check_writable(armature)
    reading.map_for(armature)
    return TakeRequest(
        speech="" if mode.kind == "IDLE" else existing_file(speech, "speech file"),
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
        shaping=properties_style.shaping(properties_style.style_of(scene)),
        mode=mode,
        energy=round(settings.energy, 6),
        rest=settings.rest,
    )


def own_style(settings: Any) -> list[list[float]] | None:
    """The sliders' style, or None to take the picture's."""
    return generate.style_matrix(settings) if settings.style_source == "SLIDERS" else None


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
    armature = generate.chosen_armature(context)
    return keyframes.stored_settings(collection.seen_action(armature)) if armature else None


def stored_request(
    context: Context, armature: Object, action: Action, **changes: Any
) -> TakeRequest:
    """The request that the take ACTION was made by, for ARMATURE as it is now.

    changes: fields of the request to be otherwise. Raises GestureError: ACTION stores none, a
    file it was made from is gone, the armature cannot carry gestures, a part is to change of a
    take that plays in other ways than it is keyed, or all of it would not be made as it is.
    """
    request = _stored_request(context, armature, action, **changes)
    keyframes.check_writable(armature)
    reading.map_for(armature)
    files.check(keyframes.stored_settings(action) or {}, action.name)
    if request.is_part:
        take_place.check(armature, action)
    else:
        _check_repeatable(action, request)
    return request


def _check_repeatable(action: Action, request: TakeRequest) -> None:
    """Raise GestureError if REQUEST, by which ACTION was made, says not all of its motion."""
    if mirroring.of_two(request.variation):
        raise GestureError(
            f"'{action.name}' is a variation of two takes, which cannot be run again at once: "
            "blend them in the gallery again, or duplicate the take."
        )
    if take_motion.changed(action):
        raise GestureError(
            f"'{action.name}' has strokes that were moved, and running it again would lose them: "
            "duplicate the take, or use its settings and generate."
        )


def _stored_request(
    context: Context, armature: Object, action: Action, **changes: Any
) -> TakeRequest:
    """`stored_request`, whether it can be carried out or not."""
    stored = keyframes.stored_settings(action)
    scene: Any = context.scene
    if stored is None or "speech" not in stored:
        raise GestureError(f"'{action.name}' does not store how it was made: generate a new take.")
    known = {
        field.name: stored[field.name] for field in fields(TakeRequest) if field.name in stored
    }
    known |= {
        "speech": files.located(stored, "speech"),
        "image": files.located(stored, "image") or None,
        "style": stored["style"] if stored.get("own_style") else None,
        "start_frame": round(take_place.begins(armature, action)),
        "add_sound": False,
        "scene_uid": scene.session_uid,
        "armature_uid": armature.session_uid,
        "armature_name": armature.name,
        "only_frames": None,
        "only_bones": None,
        "shaping": properties_style.shaping(properties_style.style_of(action)),
        "mode": Mode(**stored.get("mode", {})),
    }
    return TakeRequest(**{**known, **changes})


def show_settings(context: Context, armature: Object, action: Action) -> None:
    """Set the panel to what the take ACTION was made with, files that are gone included.

    Raises GestureError if ACTION does not store it.
    """
    request = _stored_request(context, armature, action)
    style = (keyframes.stored_settings(action) or {}).get("style")
    scene: Any = context.scene
    settings = scene.gestures
    for name in {*HEARD, "smoothing", "limits", "contacts"} - {"image"}:
        setattr(settings, name, getattr(request, name))
    settings.image = request.image or ""
    settings.style_source = "SLIDERS" if request.style is not None else "PICTURE"
    properties_style.begin_next(scene, style, request.shaping)
    properties_mode.show(scene, request.mode)
    before = request.part[0] if request.part else 0.0  # seconds of the speech that are cut off
    start = round(request.start_frame - before * keyframes.scene_fps(scene))
    settings.start_at = "SCENE" if start == scene.frame_start else "CURRENT"
    if settings.start_at == "CURRENT":
        scene.frame_set(start)


# --- writing --------------------------------------------------------------------------


def write(request: TakeRequest, result: Result) -> Take:
    """Put the engine's RESULT on the armature: action, sound, scene length, settings.

    Raises GestureError, with the scene as it was, if the armature or its scene is gone.
    """
    return _exhausted(writing(request, result))


def writing(request: TakeRequest, result: Result) -> Generator[float, None, Take]:
    """The steps of `write`, each short; yields the part done, 0..1. Returns the take.

    Between two steps anything may happen to the scene: every step looks for its objects anew.
    What the user sees changes in the last step only; a take that is not finished is removed.
    """
    _, armature = _find(request)
    keyframes.check_writable(armature)
    keyframes.drop_unfinished()
    result = _varied(excerpt.of(result, request.part, _engine_fps(result.values)), request)
    looking = motion_source.looking(
        lambda: _find(request), request.mode, _pose_frames(request, result)
    )
    gaze = yield from _scaled(looking, 0.0, 0.3)
    _, armature = _find(request)
    posing = pose_steps(armature, result, request, gaze)
    track = yield from _scaled(posing, 0.3 if gaze else 0.0, 0.4)
    _, armature = _find(request)
    own = keyframes.new_unfinished(keyframes.unused_take_name(_stem(request)), armature).session_uid
    motion_source.store_gaze(keyframes.unfinished(), gaze)
    try:
        yield from _scaled(_key_steps(request, track), 0.4, 1.0)
        return _finish(request, result, track)
    finally:  # perhaps long after: steps nobody takes end when they are collected
        keyframes.drop_unfinished(own)


def _varied(result: Result, request: TakeRequest) -> Result:
    """RESULT with what the variation that REQUEST is does to its motion."""
    directions = mirroring.turned(result.arrays["directions"], request.variation)
    return replace(result, arrays={**result.arrays, "directions": directions})


def pose_steps(
    armature: Object, result: Result, request: TakeRequest, gaze: Gaze | None = None
) -> Generator[float, None, PoseTrack]:
    """The steps of `pose_track`; yields the part done, 0..1. Returns the track."""
    motion = result.arrays["directions"], _engine_fps(result.values)
    amplitude = intensity.values(armature, _pose_frames(request, result))
    return retargeting(
        motion_source.shaped(*motion, amplitude, request.shaping, gaze),
        reading.calibration(armature),
        smoothing=request.smoothing,
        limits=request.limits,
        fps=motion[1],
        contacts=request.contacts,
    )


def _pose_frames(request: TakeRequest, result: Result) -> NDArray[np.float64]:
    """The scene's frames (T,) of the poses in RESULT."""
    scene, _ = _find(request)
    rate = keyframes.scene_fps(scene) / _engine_fps(result.values)
    return np.asarray(request.start_frame + rate * np.arange(len(result.arrays["directions"])))


def _stem(request: TakeRequest) -> str:
    """The beginning of the take's name."""
    speech = Path(request.speech).stem
    return {"LISTEN": f"{speech} listening", "IDLE": "idle"}.get(request.mode.kind, speech)


def _key_steps(request: TakeRequest, track: PoseTrack) -> Generator[float, None, None]:
    """Write the unfinished take, a bone or a curve a step."""
    scene, armature = _find(request)
    protection = _protection(request, armature)
    for column in range(len(track.bones)):
        fps, source = keyframes.scene_fps(scene), collection.source_of(armature)
        keying = keyframes.Keying(request.start_frame, fps, source, protection)
        keyframes.write_bone(armature, keyframes.unfinished(), track, column, keying)
        yield (column + 1) / len(track.bones)
        scene, armature = _find(request)
    for path in _taken_along(armature, track, protection):
        source = collection.source_of(armature)
        if path in source.curves:
            keyframes.copy_curve(keyframes.unfinished(), source.curves[path], source)
        yield 1.0
        scene, armature = _find(request)


def _taken_along(
    armature: Object, track: PoseTrack, protection: Protection
) -> list[tuple[str, int]]:
    """The curves of the take shown that the new one has no motion for: they stay as they are.

    Curves of what ARMATURE has no longer, of a removed bone say, are left behind.
    """
    source = collection.source_of(armature)
    moved = {bone for bone in track.bones if not protection.covers(bone)}
    return [
        path
        for path, curve in source.curves.items()
        if source.take
        and keyframes.keyed_bone(curve) not in moved
        and collection.channel(armature, path[0]) is not None
    ]


def _protection(request: TakeRequest, armature: Object) -> Protection:
    only = frozenset(request.only_bones) if request.only_bones is not None else None
    return character.protection_of(armature, only_frames=request.only_frames, only_bones=only)


def _finish(request: TakeRequest, result: Result, track: PoseTrack) -> Take:
    scene, armature = _find(request)
    kept = keyframes.keep_sentence(armature)
    before = keyframes.current_action(armature)
    base = keyframes.stored_settings(collection.source_of(armature).action) or {}
    directions = _directions(request, result, armature)
    action = keyframes.unfinished()
    made = {**_settings(request, result, track), "scene_fps": keyframes.scene_fps(scene)}
    keyframes.store_settings(action, _part_of(base, request) if request.is_part else made)
    take_motion.store(action, directions, _engine_fps(result.values), made=True)
    marks.store(action, result)
    intensity.carry(before, action)
    arms = arms_to_fk.key_if_asked(armature, action)
    properties_style.begin_take(action, scene, result.values.get("style"), request.shaping)
    collection.add(armature, action)
    keyframes.finish()
    _lengthen(scene, action)
    if "style" in result.values:
        generate.show_style(scene.gestures, result.values["style"])  # type: ignore[attr-defined]
    remarks = (kept, arms, _limit_sentence(request, track), _sound(scene, request))
    return Take(action, tuple(filter(None, remarks)), bool(arms))


def _part_of(base: dict[str, Any], request: TakeRequest) -> dict[str, Any]:
    """The settings BASE of a take of which REQUEST made a part anew."""
    part = {name: getattr(request, name) for name in ("seed", "only_frames", "only_bones")}
    regenerated = [*base.get("regenerated", []), part]
    return {**base, "start_frame": request.start_frame, "regenerated": regenerated}


def _directions(request: TakeRequest, result: Result, armature: Object) -> NDArray[np.float32]:
    """The directions (T, 42, 3) of the new take: RESULT's, or the shown take's where they stay."""
    new: NDArray[np.float32] = result.arrays["directions"]
    before = take_motion.load(collection.source_of(armature).action)
    if not request.is_part or before is None or before[0].shape != new.shape:
        return new
    changed = np.ones(new.shape[:2], bool)
    if request.only_frames is not None:
        scene, _ = _find(request)
        rate = keyframes.scene_fps(scene) / before[1]
        frames = request.start_frame + np.arange(len(new)) * rate
        first, last = request.only_frames
        changed &= ((frames > first) & (frames < last))[:, None]
    if request.only_bones is not None:
        turned = layers.directions_of(request.only_bones, reading.map_for(armature).bone_map)
        changed &= np.isin(np.arange(new.shape[1]), turned)
    return np.where(changed[..., None], new, before[0])


def _scaled(
    steps: Generator[float, None, Answer], start: float, end: float
) -> Generator[float, None, Answer]:
    """STEPS, their 0..1 told as START..END."""
    while True:
        try:
            yield start + (end - start) * next(steps)
        except StopIteration as last:
            answer: Answer = last.value
            return answer


def _exhausted(steps: Generator[float, None, Answer]) -> Answer:
    """What STEPS return, all taken at once."""
    while True:
        try:
            next(steps)
        except StopIteration as last:
            answer: Answer = last.value
            return answer


def pose_track(
    armature: Object, directions: NDArray[np.float32], values: dict[str, Any], request: TakeRequest
) -> PoseTrack:
    """Directions (T, 42, 3) as rotations of ARMATURE's bones."""
    result = Result(0, values, {"directions": directions})
    return _exhausted(pose_steps(armature, result, request))


def rewrite(armature: Object, action: Action, track: PoseTrack) -> None:
    """Replace the motion of the take ACTION by TRACK, in place; the one way to do so.

    Masked bones, locked frames and keys that the animator set stay exactly as they are, and the
    motion is led through them. A take whose keys were all moved in time stays where it is.
    """
    _exhausted(rewriting(lambda: (armature, action), track))


def rewriting(place: Place, track: PoseTrack) -> Generator[float, None, None]:
    """The steps of `rewrite`, each short; yields the part done, 0..1.

    place: looks for the armature and the take anew, for between two steps anything may happen to
    the scene; what it raises ends this. All keys change together, in the last step.
    """
    armature, action = place()
    by, found = take_place.moved(armature, action), character.protection_of(armature)
    locks = tuple((first - by, last - by) for first, last in found.locks)
    guarded = replace(found, locks=locks, keep_keys=True)
    plans: list[list[keyframes.ChannelPlan]] = []
    while len(plans) < len(track.bones):
        yield len(plans) / len(track.bones)
        armature, action = place()
        keying, until = _in_place(armature, action, guarded), time.perf_counter() + STEP
        for column in range(len(plans), len(track.bones)):
            plans.append(keyframes.plan_bone(armature, action, track, column, keying))
            if time.perf_counter() > until:
                break
    yield 1.0
    armature, action = place()
    keying = _in_place(armature, action, guarded)
    for column, planned in enumerate(plans):
        if not keyframes.still_holds(planned, keying.source):  # edited meanwhile
            planned = keyframes.plan_bone(armature, action, track, column, keying)
        keyframes.carry_out(action, track.bones[column], planned, keying.source)


def _in_place(armature: Object, action: Action, protection: Protection) -> keyframes.Keying:
    """When the take ACTION, as it stands now, is keyed anew, and what of it stays."""
    start, stored = keyframes.settle(action), keyframes.stored_settings(action) or {}
    scene: Any = bpy.context.scene
    fps = float(stored.get("scene_fps") or keyframes.scene_fps(scene))
    return keyframes.Keying(start, fps, keyframes.source_in(action, armature), protection)


def _engine_fps(values: dict[str, Any]) -> float:
    return float(values.get("fps", ENGINE_FPS))


def _find(request: TakeRequest) -> tuple[Scene, Object]:
    """The scene and armature of REQUEST, as they are now."""
    scene = references.find(bpy.data.scenes, request.scene_uid)
    armature = references.find(scene.objects if scene else (), request.armature_uid)
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
    asked["style"] = result.values.get("style")
    asked["own_style"] = request.style is not None
    return {**asked, **measured(track), "engine": process.info()}


def measured(track: PoseTrack) -> dict[str, Any]:
    """What a take stores about its poses: limits and touches."""
    return {
        "poses": len(track.quaternions),
        "pose_fps": track.fps,
        "beyond_limits": track.violations.counts,
        "overruns": [list(astuple(run)) for run in track.violations.overruns],
        "touches": list(track.touches),
    }


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
    if not (request.add_sound and request.speech):
        return ""
    try:
        strips.add(scene, Path(request.speech), request.start_frame)
    except GestureError as error:
        return str(error)
    strips.play_in_sync(scene)
    return ""
