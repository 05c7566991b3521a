# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of a plan, as it is asked for over the pipe → the plan with that edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np

from ha2g_engine.errors import InputError

from . import hand_shapes, held, planner, tags
from . import plan as plans
from .held import HANDS, Held
from .plan import SIZES, TEMPOS, Edit, Plan, Stroke, check_number
from .repertoire import Facts, Repertoire, Way
from .titles import titles

OTHER: Final = {"left": "right", "right": "left", "both": "both"}
Change = Mapping[str, Any]
Row = dict[str, Any]


def changed(plan: Plan, change: Change, repertoire: Repertoire, taste: planner.Taste) -> Plan:
    """The plan with a change.

    "hold" takes a hand `shape` up, of a `hand`, from `start` to `end` s, or at rest without
    these, in place of the `held` of that number if there is one; "release" drops that.
    Else `do` is "add", "change", "exchange", "mirror" or "delete". `stroke` is the number of one
    that is there. To add or change: `time` in s, `size`, `tempo`, `hold` in s (None: until
    the next stroke), `gesture` (name, plain name or meaning), `hand`, `muted`, `shape` of
    the hands `shaped`. `seed` draws where several would do. Raises InputError for anything else.
    """
    verbs: dict[Any, Callable[[], Plan]] = {
        "add": lambda: _added(plan, change, repertoire, taste),
        "change": lambda: _changed(plan, change, repertoire, taste),
        "exchange": lambda: _exchanged(plan, change, repertoire, taste),
        "mirror": lambda: _mirrored(plan, _number(change), repertoire),
        "delete": lambda: plan.with_edit(Edit(_number(change), None)),
        "hold": lambda: _holding(plan, change),
        "release": lambda: replace(plan, held=_without(plan.held, change)),
    }
    verb = change.get("do")
    if not isinstance(verb, str) or verb not in verbs:
        raise InputError("A stroke can be added, changed, exchanged, mirrored or deleted.")
    return verbs[verb]()


def reach(before: Plan, after: Plan) -> list[tuple[float, float]]:
    """First and last s of what the last change of a plan changes; none where it changes nothing."""
    if before.held != after.held:
        return held.changed_spans(before.held, after.held)
    return plans.reach(after) if before != after else []


def _holding(plan: Plan, change: Change) -> Plan:
    """The plan with one more shape held, or with another in the place of one."""
    hand_shapes.check(change.get("shape") or None)
    try:
        put = held.read({"hand": "both", "start": None, "end": None, **change})
    except (LookupError, TypeError, ValueError) as error:
        raise InputError(
            "A hand shape is held by the left, right or both hands, from a start to a later end "
            "in seconds, or at rest without these."
        ) from error
    kept = plan.held if change.get("held") is None else _without(plan.held, change)
    if len(kept) >= held.MANY:
        raise InputError(f"The take holds {held.MANY} hand shapes already: release one.")
    return replace(plan, held=(*kept, put))


def _without(kept: tuple[Held, ...], change: Change) -> tuple[Held, ...]:
    number = change.get("held")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(kept):
        raise InputError(f"There is no held hand shape {number}: the take has {len(kept)}.")
    return (*kept[:number], *kept[number + 1 :])


def listed(repertoire: Repertoire) -> list[Row]:
    """The gestures, one each: name, plain name, kind, meanings, by which hands it can be made."""
    plain = titles(repertoire)
    rows: dict[str, Row] = {}
    for fact in repertoire.facts:
        row = rows.setdefault(
            fact.way.name,
            {"name": fact.way.name, "title": plain[fact.way.name], "kind": fact.kind,
             "meanings": [], "hands": []},
        )  # fmt: skip
        row["meanings"] += [one for one in fact.meanings if one not in row["meanings"]]
        row["hands"] += [one for one in (fact.hands,) if one not in row["hands"]]
    return list(rows.values())


def described(plan: Plan, repertoire: Repertoire) -> list[Row]:
    """The strokes with all edits made, as people read them: plain name and hands beside values."""
    plain = titles(repertoire)
    return [
        {
            **{name: value for name, value in asdict(stroke).items() if name != "way"},
            "gesture": stroke.way.name,
            "title": plain[stroke.way.name],
            "hand": repertoire.hands(stroke.way),
        }
        for stroke in plan.shown()
    ]


def _changed(plan: Plan, change: Change, repertoire: Repertoire, taste: planner.Taste) -> Plan:
    number, shown = _number(change), plan.shown()
    check_number(number, shown)
    old = shown[number]
    way = old.way
    if change.get("gesture"):
        way = _chosen(repertoire, change, taste, shown)
    elif change.get("hand"):
        way = _by_hand(repertoire, way.name, change["hand"])
    return plan.with_edit(Edit(number, _with_values(replace(old, way=way), change)))


def _added(plan: Plan, change: Change, repertoire: Repertoire, taste: planner.Taste) -> Plan:
    if "time" not in change:
        raise InputError("Say at which second the stroke is to be: 'time'.")
    way = _chosen(repertoire, change, taste, plan.shown())
    return plan.with_edit(Edit(None, _with_values(Stroke(0.0, way), change)))


def _with_values(stroke: Stroke, change: Change) -> Stroke:
    """The stroke with what the change says of time, size, tempo, hold, mute and hand shape."""
    time = stroke.time  # neighbours that made room may be before the speech
    if "time" in change:
        time = _within(change, "time", (0.0, 86_400.0), 0.0)
    until = stroke.until if stroke.until is None else stroke.until + time - stroke.time
    if "hold" in change:
        held = None if change["hold"] is None else _within(change, "hold", (0.0, 60.0), 0.0)
        until = None if held is None else time + held
    shape, shaped = change.get("shape", stroke.shape), change.get("shaped", stroke.shaped)
    hand_shapes.check(shape)
    if shaped not in HANDS:
        raise InputError(f"A hand shape is for left, right or both hands, not '{shaped}'.")
    return replace(
        stroke,
        time=round(time, 3),
        until=None if until is None else round(until, 3),
        size=round(_within(change, "size", SIZES, stroke.size), 3),
        tempo=round(_within(change, "tempo", TEMPOS, stroke.tempo), 3),
        muted=bool(change.get("muted", stroke.muted)),
        shape=shape,
        placed=stroke.placed or "time" in change,
        paced=stroke.paced or "tempo" in change,
        shaped=shaped,
    )


def _within(change: Change, name: str, limits: tuple[float, float], usual: float) -> float:
    value, (low, high) = change.get(name, usual), limits
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"The {name} of a stroke is between {low:g} and {high:g}.")
    return float(value)


def _number(change: Change) -> int:
    number = change.get("stroke")
    if isinstance(number, bool) or not isinstance(number, int):
        raise InputError("Say which stroke: 'stroke' is its number, from 0.")
    return number


def _seed(change: Change) -> int:
    seed = change.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError("The seed of an edit is a whole number from 0.")
    return seed


def _exchanged(plan: Plan, change: Change, repertoire: Repertoire, taste: planner.Taste) -> Plan:
    return planner.another(plan, _number(change), repertoire, _seed(change), taste)


def _mirrored(plan: Plan, number: int, repertoire: Repertoire) -> Plan:
    """The plan with the gesture of a stroke made by the other hand, as in a mirror."""
    shown = plan.shown()
    check_number(number, shown)
    way = shown[number].way
    hand = OTHER[repertoire.hands(way)]
    ways = [f.way for f in _ways(repertoire, way.name) if f.hands == hand and f.way != way]
    if not ways:
        raise InputError("This gesture has no mirror image in this model: exchange it.")
    turned = min(ways, key=lambda one: one.mirror == way.mirror)
    return plan.with_exchanged(number, replace(shown[number], way=turned))


def _by_hand(repertoire: Repertoire, name: str, hand: Any) -> Way:
    """The gesture by these hands, not mirrored where there is a choice. Raises InputError."""
    ways = [fact.way for fact in _ways(repertoire, name) if fact.hands == hand]
    if not ways:
        known = sorted({fact.hands for fact in _ways(repertoire, name)})
        plain = titles(repertoire)[name]
        raise InputError(f"'{plain}' is made by {' or '.join(known)}, not by '{hand}'.")
    return min(ways, key=lambda one: one.mirror)


def _ways(repertoire: Repertoire, name: str) -> list[Facts]:
    return [fact for fact in repertoire.facts if fact.way.name == name]


def _chosen(
    repertoire: Repertoire, change: Change, taste: planner.Taste, shown: Sequence[Stroke]
) -> Way:
    """What `gesture` names, or one that means it; any that fits the person where it is left out.

    What asks for a gesture as a [tag] does so here, too.
    """
    said = str(change.get("gesture") or "").casefold()
    asked = tags.asked(said, repertoire).casefold() or said
    name = _called(repertoire, said) or _called(repertoire, asked)
    if not name:
        random = np.random.default_rng([_seed(change), len(shown)])
        name = planner.meaning(repertoire, asked, taste, shown, random)
    hand = change.get("hand")
    return _by_hand(repertoire, name, hand) if hand else _ways(repertoire, name)[0].way


def _called(repertoire: Repertoire, said: str) -> str:
    """The gesture whose name or title is ``said``, "" if none."""
    plain = titles(repertoire).items()
    return next((n for n, title in plain if said in (n.casefold(), title.casefold())), "")
