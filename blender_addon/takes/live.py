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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from bpy.app.handlers import persistent

from .. import log, redraw, references, signals, touched
from ..engine import jobs
from ..engine.client import Failure, Result
from ..errors import GestureError
from ..keys import actions, intensity
from ..motion import mirroring
from ..properties import generate
from . import files, posing, record, rewriting, shown, stored, style
from .record import Record, Style
from .request import HEARD, SHELL
from .rewriting import Gone, Steps, kept

if TYPE_CHECKING:
    from bpy.types import Action, Object

    from ..engine.jobs import Job

DEBOUNCE: Final = 0.03  # seconds between a slider's move and the first look at it
PAUSE: Final = 0.01  # seconds between two looks at the engine
LONG: Final = 60.0  # seconds of a take from which on it waits for the slider to rest
REST: Final = 0.6  # seconds without a move that count as rest
FAILED: Final = "The take could not follow its sliders, which are back where they were: see the log"
BUSY: Final = 0.3  # seconds until the next look while the user waits for something else


@dataclass(frozen=True)
class _Question:
    """What the engine was asked, and for which take of whom."""

    job: Job
    armature: int
    action: str
    style: Style
    plan: str | None


@dataclass
class _State:
    question: _Question | None = None
    writing: Steps | None = None  # keys that are being worked out
    moved: float = 0.0
    problem: str = ""
    first_seen: dict[int, str] = field(default_factory=dict)  # a take's intensity keys


_state = _State()


def ask(settings: Any, what: str) -> None:
    """The take that SETTINGS belong to is to show them. what: "SHAPE", or "STYLE" (the engine)."""
    scene: Any = bpy.context.scene
    if not scene.gestures_live or record.of(settings.id_data) is None:
        return
    touched.note(settings.id_data)
    if settings.pending != "STYLE":
        settings.pending = what
    _state.moved, _state.problem = time.monotonic(), ""
    resume()


def restyle(settings: Any, style_rows: Style) -> None:
    """Move all sliders of SETTINGS to STYLE_ROWS (3, levels) at once.

    A take then follows them, and the next one is none the wiser; the next take's are its own.
    """
    with style.silently():
        style.put_sliders(settings, np.array(style_rows))
    if isinstance(settings.id_data, bpy.types.Action):
        ask(settings, "STYLE")
    else:
        scene: Any = settings.id_data
        scene.gestures.style_source = "SLIDERS"
        generate.show_style(scene.gestures, style_rows)


def _style_moved(settings: Any, row: int) -> None:
    """The animator moved a slider of ROW (0 low, 1 mid, 2 high)."""
    if style.is_silent():
        return
    with style.silently():
        style.balance(settings, row)
    restyle(settings, style.sliders(settings).tolist())


def _shape_moved(settings: Any) -> None:
    """The animator changed a level's strength, smoothing or offset."""
    if not style.is_silent() and isinstance(settings.id_data, bpy.types.Action):
        ask(settings, "SHAPE")


def _intensity_moved(armature: Any) -> None:
    """The animator changed how far ARMATURE's gestures reach."""
    take = shown.take(armature)
    if not style.is_silent() and take is not None:
        ask(style.style_of(take), "SHAPE")


def problem() -> str:
    """Why the last change could not be shown; "" if it could."""
    return _state.problem


def busy() -> bool:
    """Whether a take still has to catch up with its sliders."""
    return bool(_state.question or _state.writing) or _pending() is not None


def follow(armature: Object) -> None:
    """Let the takes that ARMATURE shows catch up with their sliders: the user wants it."""
    for action in shown.seen(armature):
        touched.note(action)
    _state.moved, _state.problem = time.monotonic(), ""
    resume()


def waits(action: Action) -> bool:
    """Whether ACTION came behind its sliders from a file, and stays so until the user says more."""
    return _is_behind(action) and not _is_known(action)


@persistent  # type: ignore[untyped-decorator]
def look(*_: object) -> None:
    """A file is loaded: see how its takes are, so as to know later what was changed here."""
    _pending()


@persistent  # type: ignore[untyped-decorator]
def resume(*_: object) -> None:
    """Look for takes that are behind their sliders."""
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
    _state.question = _state.writing = None
    _state.first_seen.clear()
    touched.forget()
    rewriting.forget()
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
    except BaseException:
        _give_up(FAILED)
        raise


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
    settings = style.style_of(action)
    if settings.pending == "STYLE":
        made = _restylable(action)
        files.check(made, action.name)
        files.check_same(made, action.name)
        params = params_of(action, made, style.style_rows(settings))
        job = jobs.start("generate", params, "Changing the style", quiet=True)
        _state.question = _Question(
            job, armature.session_uid, action.name, params["style"], action.get(stored.PLAN_KEY)
        )
        return
    _state.writing = rewriting.showing(kept(armature, action))


def _written(steps: Steps) -> float:
    """Go one step further with the keys; the next follows as soon as the window is drawn."""
    try:
        next(steps)
    except (StopIteration, Gone):
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
    armature = references.find(bpy.data.objects, question.armature)
    seen = shown.seen(armature) if armature else []
    action = next((one for one in seen if one.name == question.action), None)
    if armature is None or action is None:
        return
    settings = style.style_of(action)
    current = style.style_rows(settings) == question.style
    if not (current or settings.pending == "STYLE") or action.get(stored.PLAN_KEY) != question.plan:
        return  # the mark is still there
    made = _restylable(action)  # it may have changed while the engine worked
    fps = float(result.values["fps"])
    heard = posing.excerpt(result, made.part).arrays["directions"]
    _check_length(action, len(heard))
    new = rewriting.NewMotion(mirroring.turned(heard, made.variation), fps, question.style)
    _state.writing = rewriting.showing(kept(armature, action), new)


def _restylable(action: Action) -> Record:
    """The record of ACTION. Raises GestureError if the engine's answer would not be its motion."""
    actions.check_own(action)
    made = record.of(action) or Record()
    if reason := why_fixed(action, made):
        raise GestureError(
            f"'{action.name}' {reason}, so its style stays; "
            "strength, smoothing and offset can change."
        )
    return made


def why_fixed(action: Action, made: Record) -> str:
    """What keeps the style of the take ACTION, MADE so; "" if nothing does."""
    if made.parts or made.regenerated or not made.style:
        return "was not made in one piece by the engine"
    if made.variation and made.variation.of_two:
        return "is a variation of two takes"
    return "has strokes that were moved" if stored.changed(action) else ""


def _check_length(action: Action, poses: int) -> None:
    """Raise GestureError if the take ACTION has not as many POSES as the engine gives now."""
    before = stored.load(action)
    if before is not None and len(before[0]) != poses:
        raise GestureError(
            f"The speech of '{action.name}' has another length now: press Make Again."
        )


def params_of(action: Action, made: Record, style_rows: Style | None) -> dict[str, Any]:
    """What the engine is asked for the take ACTION, MADE so, in another style."""
    heard: dict[str, Any] = {name: getattr(made, name) for name in (*HEARD, *SHELL)}
    where = {name: files.located(made, name) or None for name in files.FILES}
    kept = stored.load_plan(action)
    own = {"style": style_rows, "plan": kept.plan if kept else None}
    return {**heard, **where, "images": files.pictures(made), **own}


def _pending() -> tuple[Object, Action] | None:
    """An armature that shows a take of the user's which is behind its sliders, and the take."""
    for armature in bpy.data.objects:
        for action in shown.seen(armature) if armature.type == "ARMATURE" else ():
            if _is_known(action) and _is_behind(action):
                return armature, action
    return None


def _is_behind(action: Action) -> bool:
    """Whether the keys of ACTION do not show its sliders or its intensity keys."""
    settings = style.style_of(action)
    if settings.pending != "NONE":
        return True
    return bool(settings.intensity_keys != intensity.fingerprint(action))


def _is_known(action: Action) -> bool:
    """Whether the user has acted on ACTION, or changed its intensity keys, since it is there."""
    now = intensity.fingerprint(action)
    if _state.first_seen.setdefault(action.session_uid, now) != now:
        touched.note(action)
    return touched.by_user(action)


def _in_use(armature: Object) -> bool:
    """Whether ARMATURE cannot be read now (Edit Mode)."""
    data: Any = armature.data
    return bool(data.is_editmode)


def _rest_needed(action: Action) -> float:
    """Seconds for which a long take still waits for the slider to rest."""
    long = stored.seconds(action) > LONG
    return REST - (time.monotonic() - _state.moved) if long else 0.0


def _give_up(message: str) -> None:
    """Leave the keys as they are, let the sliders say so, and tell why."""
    _state.problem, _state.question, _state.writing = message, None, None
    while (found := _pending()) is not None:
        _go_back(*found)
    redraw.redraw_panels(bpy.context)


def _go_back(armature: Object, action: Action) -> None:
    """Put the sliders of the take ACTION where they were when its keys were written."""
    settings, made = style.style_of(action), record.of(action) or Record()
    with style.silently():
        if made.style:
            style.put_sliders(settings, np.array(made.style))
        style.put_shaping(settings, made.shaping)
        style.put_spacing(settings, made.spacing)
        if made.intensity is not None and intensity.curve_of(action) is None:
            setattr(armature, intensity.PROPERTY, made.intensity)
    settings.pending, settings.intensity_keys = "NONE", intensity.fingerprint(action)


_ANSWERED: Final = (
    (signals.style_moved, _style_moved),
    (signals.shape_moved, _shape_moved),
    (signals.intensity_moved, _intensity_moved),
)
_FOLLOWED: Final[tuple[tuple[str, Any], ...]] = (  # Blender's handlers
    ("load_post", look),
    ("undo_post", start_over),
    ("redo_post", start_over),
    ("depsgraph_update_post", watch),
    ("load_pre", stop),
)


def register() -> None:
    """Follow undo, redo, loading and keys on the timeline."""
    for when, told in _FOLLOWED:
        getattr(bpy.app.handlers, when).append(told)
    for signal, answer in _ANSWERED:
        signal.subscribe(answer)


def unregister() -> None:
    """Follow nothing any more."""
    stop()
    for when, told in _FOLLOWED:
        getattr(bpy.app.handlers, when).remove(told)
    for signal, answer in _ANSWERED:
        signal.unsubscribe(answer)
