# SPDX-License-Identifier: GPL-3.0-or-later
"""The shown take follows its sliders: soon after each change, never in the window's way.

A slider marks its take as pending and a timer does the rest, in short steps: the engine is asked
beside the window and one question at a time, so that what was dragged meanwhile goes into the next
one; its answer becomes keys a few bones a step, which all change in the last one.
Marks, sliders, motion and keys all live in the take's action. So undo and redo always bring
back sliders and keys that belong together; a mark that comes back with them is worked off.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import bpy
import numpy as np
from bpy.app.handlers import persistent

from .. import log, redraw, references
from ..engine import excerpt, jobs
from ..engine.client import Failure, Result
from ..errors import GestureError
from ..keys import intensity
from ..keys import writing as keyframes
from ..motion import mirroring
from ..retarget.tracks import retargeting
from ..rig import reading
from . import files as take_files
from . import gaze as motion_source
from . import stored as take_motion

if TYPE_CHECKING:
    from bpy.types import Action, Object
    from numpy.typing import NDArray

    from ..engine.jobs import Job
    from ..motion.shaping import Shaping
    from ..retarget.rest import Calibration
    from ..retarget.solve import PoseTrack
    from .writing import Place

Steps: TypeAlias = Generator[float, None, None]  # yields the part done, 0..1
DEBOUNCE: Final = 0.03  # seconds between a slider's move and the first look at it
PAUSE: Final = 0.01  # seconds between two looks at the engine
LONG: Final = 60.0  # seconds of a take from which on it waits for the slider to rest
REST: Final = 0.6  # seconds without a move that count as rest
DRAG: Final = 2.0  # seconds after a change in which another one belongs to the same drag
BUSY: Final = 0.3  # seconds until the next look while the user waits for something else


class _Gone(Exception):
    """What was to be written on is no longer there."""


@dataclass(frozen=True)
class _Question:
    """What the engine was asked, and for which take of whom."""

    job: Job
    armature: int
    action: str
    style: list[list[float]]


@dataclass(frozen=True)
class _Known:
    """A calibration, good while a slider moves: rigs are not edited meanwhile."""

    armature: int
    moment: float
    calibration: Calibration


@dataclass
class _State:
    question: _Question | None = None
    writing: Steps | None = None  # keys that are being worked out
    touched: float = 0.0
    problem: str = ""
    known: _Known | None = None


_state = _State()


def ask(settings: Any, what: str) -> None:
    """The take that SETTINGS belong to is to show them. what: "SHAPE", or "STYLE" (the engine)."""
    scene: Any = bpy.context.scene
    if not scene.gestures_live or keyframes.stored_settings(settings.id_data) is None:
        return
    if settings.pending != "STYLE":
        settings.pending = what
    _state.touched, _state.problem = time.monotonic(), ""
    resume()


def problem() -> str:
    """Why the last change could not be shown; "" if it could."""
    return _state.problem


def busy() -> bool:
    """Whether a take still has to catch up with its sliders."""
    return bool(_state.question or _state.writing) or _pending() is not None


@persistent  # type: ignore[untyped-decorator]
def resume(*_: object) -> None:
    """Look for takes that are behind their sliders (also after loading)."""
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=DEBOUNCE)


@persistent  # type: ignore[untyped-decorator]
def start_over(*_: object) -> None:
    """Undo and redo bring other keys: what is half worked out is no longer for them."""
    _state.writing = None
    resume()


@persistent  # type: ignore[untyped-decorator]
def watch(scene: object, depsgraph: Any) -> None:
    """An action has changed: perhaps the keys of an intensity curve."""
    if depsgraph.id_type_updated("ACTION"):
        resume()


@persistent  # type: ignore[untyped-decorator]
def stop(*_: object) -> None:
    """Ask and write no more."""
    _state.question = _state.writing = _state.known = None
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)


def settle() -> None:
    """Wait until every take shows its sliders: for scripts and tests, never for the window."""
    while tick(patient=False) is not None:
        time.sleep(PAUSE)


@log.watching("live sliders")
def tick(patient: bool = True) -> float | None:
    """One step; the seconds until the next one, None when there is nothing left to do."""
    try:
        return _step(patient)
    except GestureError as error:
        log.refusal("live sliders", error)
        _give_up(str(error))
        return PAUSE


def _step(patient: bool) -> float | None:
    if _state.question is not None:
        return _answered(_state.question)
    if _state.writing is not None:
        return _written(_state.writing)
    found = _pending()
    if found is None:
        return None
    if jobs.current() is not None or _in_use(found[0]):
        return BUSY
    if patient and (wait := _rest_needed(found[1])) > 0.0:
        return wait
    _work(*found)
    return PAUSE


def _work(armature: Object, action: Action) -> None:
    """Show the take's sliders, or ask the engine for what is missing."""
    from ..properties import style as properties_style

    settings = properties_style.style_of(action)
    if settings.pending == "STYLE":
        _check_restylable(action)
        style = properties_style.style_rows(settings)
        job = jobs.start("generate", _params(action, style), "Changing the style", quiet=True)
        _state.question = _Question(job, armature.session_uid, action.name, style)
        return
    _state.writing = showing(_kept(armature, action))


def _written(steps: Steps) -> float:
    """Go one step further with the keys; the next follows as soon as the window is drawn."""
    try:
        next(steps)
    except (StopIteration, _Gone):
        _state.writing = None
    return 0.0


def _answered(question: _Question) -> float:
    """Take in the engine's answer, once it is there."""
    jobs.poll()
    outcome = question.job.outcome
    if outcome is None:
        return PAUSE
    _state.question = None
    if isinstance(outcome, Failure):
        if outcome.kind != "cancelled":
            raise GestureError(outcome.message)
        return PAUSE  # something else came first: the mark is still there
    _take_over(question, outcome)
    return PAUSE


def _take_over(question: _Question, result: Result) -> None:
    """Write the answer into its take, unless undo took the change back meanwhile."""
    from ..properties import style as properties_style

    armature = references.find(bpy.data.objects, question.armature)
    action = keyframes.current_action(armature) if armature else None
    if armature is None or action is None or action.name != question.action:
        return
    settings = properties_style.style_of(action)
    current = properties_style.style_rows(settings) == question.style
    if not (current or settings.pending == "STYLE"):
        return
    _check_restylable(action)  # it may have changed while the engine worked
    stored, fps = keyframes.stored_settings(action) or {}, float(result.values["fps"])
    heard = excerpt.of(result, stored.get("part"), fps).arrays["directions"]
    _check_length(action, len(heard))
    take_motion.store(action, mirroring.turned(heard, stored.get("variation")), fps, made=True)
    keyframes.store_settings(action, {**stored, "style": question.style, "own_style": True})
    _state.writing = showing(_kept(armature, action), question.style)


def show(armature: Object, action: Action) -> None:
    """Write the motion of the take ACTION, shaped by its sliders, into its keys at once.

    Raises GestureError, with its keys as they were.
    """
    for _ in showing(lambda: (armature, action)):
        pass


def showing(place: Place, style: list[list[float]] | None = None) -> Steps:
    """The steps of writing the take's motion, shaped by its sliders, into its keys.

    place: looks for the armature and the take anew. style: what the motion was made with, if it
    is new. The take is no longer pending in the end, unless a slider has moved meanwhile. Raises
    GestureError, and _Gone when the take is gone.
    """
    from ..properties import style as properties_style
    from . import writing as takes

    armature, action = place()
    settings, motion = properties_style.style_of(action), take_motion.load(action)
    if motion is None:
        raise GestureError(
            f"'{action.name}' was made by an older version, without its motion: generate it again."
        )
    keyframes.check_writable(armature)
    stored = keyframes.stored_settings(action) or {}
    shaping, keyed = properties_style.shaping(settings), intensity.fingerprint(action)
    _calibration(armature)
    yield 0.0
    armature, action = place()
    track = yield from _retargeting(armature, action, motion, stored, shaping)
    yield from takes.rewriting(place, track)
    armature, action = place()
    stored = keyframes.stored_settings(action) or {}
    kept = {"shaping": asdict(shaping), **takes.measured(track)}
    keyframes.store_settings(action, {**stored, **kept})
    settings = properties_style.style_of(action)
    settings.intensity_keys = keyed
    if settings.pending != "STYLE" or properties_style.style_rows(settings) == style:
        settings.pending = "NONE" if properties_style.shaping(settings) == shaping else "SHAPE"
    redraw.redraw_panels(bpy.context)


def _kept(armature: Object, action: Action) -> Place:
    """Where both are found again, whatever happens to the scene meanwhile."""
    return partial(_place, armature.session_uid, action.session_uid)


def _place(armature_uid: int, action_uid: int) -> tuple[Object, Action]:
    """The armature and the take, as they are now. Raises _Gone."""
    armature = references.find(bpy.data.objects, armature_uid)
    action = references.find(bpy.data.actions, action_uid)
    if armature is None or action is None:
        raise _Gone
    return armature, action


def _retargeting(
    armature: Object,
    action: Action,
    motion: tuple[NDArray[np.float32], float],
    stored: dict[str, Any],
    shaping: Shaping,
) -> Generator[float, None, PoseTrack]:
    """The take's MOTION (directions, fps), shaped and retargeted as STORED says, in steps."""
    directions, fps = motion
    rate = float(stored.get("scene_fps") or fps) / fps
    frames = keyframes.begins(action) + rate * np.arange(len(directions))
    amplitude = intensity.values_in(action, armature, frames)
    gaze = motion_source.load_gaze(action, len(directions))
    return retargeting(
        motion_source.shaped(directions, fps, amplitude, shaping, gaze),
        _calibration(armature),
        smoothing=float(stored.get("smoothing", 0.0)),
        limits=str(stored.get("limits", "enforce")),
        fps=fps,
        contacts=bool(stored.get("contacts", False)),
    )


def _calibration(armature: Object) -> Calibration:
    known, now = _state.known, time.monotonic()
    fresh = known is not None and now - known.moment < DRAG
    if known is None or not fresh or known.armature != armature.session_uid:
        known = _Known(armature.session_uid, now, reading.calibration(armature))
    _state.known = replace(known, moment=now)
    return known.calibration


def _check_restylable(action: Action) -> None:
    """Raise GestureError if the engine's answer would not be the motion of the take ACTION."""
    if reason := _why_fixed(action, keyframes.stored_settings(action) or {}):
        raise GestureError(
            f"'{action.name}' {reason}, so its style stays; "
            "strength, smoothing and offset can change."
        )


def _why_fixed(action: Action, stored: dict[str, Any]) -> str:
    """What keeps the style of the take ACTION, made as STORED says; "" if nothing does."""
    if stored.get("parts") or stored.get("regenerated") or not stored.get("style"):
        return "was not made in one piece by the engine"
    if mirroring.of_two(stored.get("variation")):
        return "is a variation of two takes"
    return "has strokes that were moved" if take_motion.changed(action) else ""


def _check_length(action: Action, poses: int) -> None:
    """Raise GestureError if the take ACTION has not as many POSES as the engine gives now."""
    kept = take_motion.load(action)
    if kept is not None and len(kept[0]) != poses:
        raise GestureError(
            f"The speech of '{action.name}' has another length now: run the take again (Re-Run)."
        )


def _params(action: Action, style: list[list[float]]) -> dict[str, Any]:
    from . import writing as takes

    stored = keyframes.stored_settings(action) or {}
    heard: dict[str, Any] = {name: stored[name] for name in takes.HEARD if name in stored}
    files = {name: take_files.located(stored, name) or None for name in take_files.FILES}
    return {**heard, **files, "style": style}


def _pending() -> tuple[Object, Action] | None:
    """An armature that shows a take which is behind its sliders, and the take."""
    from ..properties import style as properties_style

    for armature in bpy.data.objects:
        action = keyframes.current_action(armature) if armature.type == "ARMATURE" else None
        if action is None or not keyframes.is_take(action):
            continue
        settings = properties_style.style_of(action)
        if settings.pending != "NONE" or settings.intensity_keys != intensity.fingerprint(action):
            return armature, action
    return None


def _in_use(armature: Object) -> bool:
    """Whether ARMATURE cannot be read now (Edit Mode)."""
    data: Any = armature.data
    return bool(data.is_editmode)


def _rest_needed(action: Action) -> float:
    """Seconds for which a long take still waits for the slider to rest."""
    long = take_motion.seconds(action) > LONG
    return REST - (time.monotonic() - _state.touched) if long else 0.0


def _give_up(message: str) -> None:
    """Leave the keys as they are and say why."""
    from ..properties import style as properties_style

    _state.problem, _state.question, _state.writing = message, None, None
    while (found := _pending()) is not None:
        settings = properties_style.style_of(found[1])
        settings.pending, settings.intensity_keys = "NONE", intensity.fingerprint(found[1])
    redraw.redraw_panels(bpy.context)


def register() -> None:
    """Follow undo, redo, loading and keys on the timeline."""
    handlers = bpy.app.handlers
    handlers.load_post.append(resume)
    for late in (handlers.undo_post, handlers.redo_post):
        late.append(start_over)
    handlers.depsgraph_update_post.append(watch)
    handlers.load_pre.append(stop)


def unregister() -> None:
    """Follow nothing any more."""
    stop()
    handlers = bpy.app.handlers
    handlers.load_post.remove(resume)
    for late in (handlers.undo_post, handlers.redo_post):
        late.remove(start_over)
    handlers.depsgraph_update_post.remove(watch)
    handlers.load_pre.remove(stop)
