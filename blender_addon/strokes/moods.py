# SPDX-License-Identifier: GPL-3.0-or-later
"""The moods of a take changed: asked of the engine, and its answer written where it differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import touched
from ..errors import GestureError
from ..motion import moods, plan
from ..motion.moods import Mood, Moods
from ..takes import live, record, rewriting, shown, stored
from . import editing

if TYPE_CHECKING:
    from bpy.types import Action

    from ..engine.client import Result
    from ..takes.rewriting import Steps


@dataclass(frozen=True)
class Question:
    """What the engine is asked: params. of: the take and whose it is; before: its moods."""

    params: dict[str, Any]
    of: rewriting.Place
    before: Moods


def why_not(take: shown.ShownTake | None) -> str:
    """Why moods of TAKE cannot be changed, in a few words; "" if they can."""
    if take is None:
        return shown.NO_TAKE
    return editing.why_fixed(take, "moods")


def question(take: shown.ShownTake, wanted: Moods | None) -> Question:
    """TAKE in the moods WANTED, seconds of its whole speech; None: in those of the voice.

    Raises GestureError: a file is gone or another one now, or the take cannot be written.
    """
    if reason := why_not(take):
        raise GestureError(f"{reason}.")
    action, made = take.action, take.made
    editing.check(take)
    touched.note(action)
    params = live.params_of(action, made, made.style)
    if wanted is not None:
        params["moods"] = wanted
    return Question(params, rewriting.kept(take.armature, action), made.moods)


def writing(asked: Question, result: Result) -> Steps:
    """The steps of putting the engine's RESULT into the keys, within its moods' reach alone.

    Raises GestureError, with nothing changed, where the take has changed meanwhile.
    """
    action = editing.still_there(asked.of)
    made = record.of(action) or record.Record()
    if made.moods != asked.before or action.get(stored.PLAN_KEY) != _plan_of(asked, action):
        raise GestureError(f"'{action.name}' was changed meanwhile: try again.")
    found = _told(result)
    before = made.part[0] if made.part else 0.0
    near = tuple((a - before, b - before) for a, b in moods.reach(made.moods, found))
    new = editing.motion(action, made, result, plan.of_answer(result.values), near, found)
    yield from rewriting.showing(asked.of, new)
    _choose(asked.of()[1], made.moods, found)


def _plan_of(asked: Question, action: Action) -> Any:
    """The take's plan as it is kept, if the engine was asked with it."""
    kept = stored.load_plan(action)
    return action.get(stored.PLAN_KEY) if (kept and kept.plan) == asked.params["plan"] else None


def _told(result: Result) -> Moods:
    try:
        return tuple(moods.read(one) for one in result.values["moods"])
    except (LookupError, TypeError, ValueError):
        raise GestureError("The engine's answer has no moods: restart the engine.") from None


def _choose(action: Action, before: Moods, after: Moods) -> None:
    """Choose in ACTION's list what was not there before."""
    new = [number for number, one in enumerate(after) if one not in before]
    listed: Any = action
    listed.gestures_mood = new[0] if new else max(0, min(listed.gestures_mood, len(after) - 1))


def lines(action: Action) -> Any:
    """The list of ACTION's moods, as the tab shows it."""
    found: Any = action
    return found.gestures_moods


def cut(take: shown.ShownTake) -> float:
    """Seconds of the speech before TAKE."""
    return take.made.part[0] if take.made.part else 0.0


def later(mood: Mood, seconds: float) -> Mood:
    """MOOD, SECONDS later."""
    return mood._replace(start=mood.start + seconds, end=mood.end + seconds)
