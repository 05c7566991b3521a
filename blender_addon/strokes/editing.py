# SPDX-License-Identifier: GPL-3.0-or-later
"""One stroke of a take changed: asked of the engine, and its answer written where it differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .. import touched
from ..errors import GestureError
from ..keys import actions
from ..motion import mirroring, plan
from ..takes import files, live, nla, posing, record, rewriting, shown, stored, style

if TYPE_CHECKING:
    from bpy.types import Action
    from numpy.typing import NDArray

    from ..engine.client import Result
    from ..motion.moods import Moods
    from ..takes.record import Record
    from ..takes.rewriting import Steps

NO_PLAN: Final = "This take keeps no plan of its strokes: make it again"
FOLLOWS: Final = "The take still follows its sliders: wait a moment"
NEAR: Final = 0.002  # s; times are kept with three digits


@dataclass(frozen=True)
class Question:
    """What the engine is asked: params. of: the take and whose it is; before: its plan."""

    params: dict[str, Any]
    of: rewriting.Place
    before: str


def why_not(take: shown.ShownTake | None) -> str:
    """Why strokes of TAKE cannot be edited, in a few words; "" if they can."""
    if take is None:
        return shown.NO_TAKE
    if stored.load_plan(take.action) is None:
        return NO_PLAN
    return why_fixed(take, "strokes")


def why_fixed(take: shown.ShownTake, what: str) -> str:
    """Why the engine cannot make TAKE otherwise now, so that WHAT stays; "" if it can."""
    if style.style_of(take.action).pending == "STYLE":
        return FOLLOWS
    reason = live.why_fixed(take.action, take.made)
    return f"This take {reason}, so its {what} stay" if reason else ""


def check(take: shown.ShownTake) -> None:
    """Raise GestureError where TAKE cannot be written, or a file of it is gone or another one."""
    actions.check_own(take.action)
    actions.check_writable(take.armature)
    nla.check(take.armature, take.action)
    files.check(take.made, take.action.name)
    files.check_same(take.made, take.action.name)


def still_there(of: rewriting.Place) -> Action:
    """The take that an answer is for. Raises GestureError where it is gone."""
    try:
        return of()[1]
    except rewriting.Gone:
        raise GestureError("The take is gone: nothing was changed.") from None


def question(take: shown.ShownTake, change: Mapping[str, Any]) -> Question:
    """CHANGE of TAKE's plan, as the engine takes it; seconds and hands are the take's.

    change: see the engine's `gestures.edits.changed`.
    Raises GestureError: a file is gone or another one now, or the take cannot be written.
    """
    if reason := why_not(take):
        raise GestureError(f"{reason}.")
    action, made, kept = take.action, take.made, stored.load_plan(take.action)
    assert kept is not None  # why_not looked
    check(take)
    _check_time(take, change)
    touched.note(action)
    params = live.params_of(action, made, made.style)
    params["change"] = _told(change, made)
    return Question(params, rewriting.kept(take.armature, action), action[stored.PLAN_KEY])


def held(take: shown.ShownTake) -> list[plan.HeldShape]:
    """The hand shapes of TAKE beside its gestures; seconds and hands are the take's."""
    kept, made = stored.load_plan(take.action), take.made
    cut, turned = made.part[0] if made.part else 0.0, stored.is_turned(made)
    return [
        plan.HeldShape(
            one.shape,
            plan.OTHER[one.hand] if turned else one.hand,
            None if one.start is None else max(0.0, one.start - cut),
            None if one.end is None else one.end - cut,
        )
        for one in (kept.held if kept else ())
    ]


def _check_time(take: shown.ShownTake, change: Mapping[str, Any]) -> None:
    seconds, time = stored.seconds(take.action), change.get("time", 0.0)
    if not 0.0 <= time <= seconds:
        raise GestureError(
            f"The stroke would be at {time:.2f} s, and the take lasts from 0 to {seconds:.2f} s: "
            "choose a time in it."
        )


def _told(change: Mapping[str, Any], made: Record) -> dict[str, Any]:
    """CHANGE in the engine's seconds, of the whole speech, and hands."""
    told = dict(change)
    for name in {"time", "start", "end"} & set(told):
        told[name] += made.part[0] if made.part else 0.0
    for name in ("hand", "shaped") if stored.is_turned(made) else ():
        if told.get(name):
            told[name] = plan.OTHER[told[name]]
    return told


def writing(asked: Question, result: Result) -> Steps:
    """The steps of putting the engine's RESULT into the keys, within its reach alone.

    Raises GestureError, with nothing changed, where the take has changed meanwhile.
    """
    action = still_there(asked.of)
    made, kept = record.of(action) or record.Record(), plan.of_answer(result.values)
    if action.get(stored.PLAN_KEY) != asked.before:
        raise GestureError(f"'{action.name}' was changed meanwhile: try again.")
    if kept is None:
        raise GestureError("The engine's answer has no plan: restart the engine.")
    cut = made.part[0] if made.part else 0.0
    reach = tuple((first - cut, last - cut) for first, last in result.values["reach"])
    yield from rewriting.showing(asked.of, motion(action, made, result, kept, reach))
    _choose(asked.of()[1], asked.params["change"])


def motion(
    action: Action,
    made: Record,
    result: Result,
    kept: plan.KeptPlan | None,
    reach: tuple[tuple[float, float], ...],
    moods: Moods | None = None,
) -> rewriting.NewMotion:
    """RESULT's motion within REACH (seconds of the take), ACTION's elsewhere, bit for bit.

    kept, moods: its plan, and its moods if they are others now.
    """
    fps = posing.engine_fps(result.values)
    heard = posing.excerpt(result, made.part).arrays["directions"]
    directions = mirroring.turned(heard, made.variation)
    before = stored.load(action)
    if before is None or before[0].shape != directions.shape:
        raise GestureError(
            f"The speech of '{action.name}' has another length now: press Make Again."
        )
    near = _within(np.arange(len(directions)) / fps, reach)
    spliced = np.where(near[:, None, None], directions, before[0])
    return rewriting.NewMotion(spliced, fps, plan=kept, moods=moods, reach=reach)


def _within(
    times: NDArray[np.float64], spans: tuple[tuple[float, float], ...]
) -> NDArray[np.bool_]:
    found = np.zeros(len(times), bool)
    for first, last in spans:
        found |= (times >= first) & (times <= last)
    return found


def _choose(action: Action, change: Mapping[str, Any]) -> None:
    """Choose the stroke that was changed in ACTION's list, if one was."""
    made, listed = record.of(action) or record.Record(), [*lines(action)]
    if "time" in change:
        cut = made.part[0] if made.part else 0.0
        here = [i for i, one in enumerate(listed) if abs(one.time + cut - change["time"]) < NEAR]
        chosen = here[0] if here else 0
    elif "stroke" in change:
        chosen = min(change["stroke"], len(listed) - 1)
    else:
        return
    found: Any = action
    found.gestures_stroke = max(0, chosen)


def lines(action: Action) -> Any:
    """The list of ACTION's strokes, as the tab shows it."""
    found: Any = action
    return found.gestures_strokes
