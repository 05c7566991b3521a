# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that a take was made by, as it is kept: the engine's own, and its strokes to be read.

What the engine calls a plan is kept as it came and checked by the engine when it is given back;
its strokes, with all edits made, are what people see. A file may be a stranger's. No bpy in here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

VERSION: Final = 1
LONGEST: Final = 8 << 20  # characters of a plan; one of an hour has a million
MOST: Final = 20_000  # strokes
LATEST: Final = 1e5  # s
NAME: Final = 200  # characters of a name
HANDS: Final = ("left", "right", "both")
OTHER: Final = {"left": "right", "right": "left", "both": "both"}


@dataclass(frozen=True)
class PlannedStroke:
    """A gesture on an accent at ``time`` s of the speech.

    until: s, when hands start home; None where the next stroke comes first. gesture: its name in
    the library; title: what people call it. hand, shaped: left, right or both. shape: of the
    hands, "" for the gesture's own.
    """

    time: float
    until: float | None
    gesture: str
    title: str
    hand: str
    size: float
    tempo: float
    muted: bool
    shape: str
    shaped: str


@dataclass(frozen=True)
class HeldShape:
    """A shape that hands have beside gestures. start, end: s; both None: at rest."""

    shape: str
    hand: str
    start: float | None
    end: float | None


@dataclass(frozen=True)
class KeptPlan:
    """plan: as the engine gave it. strokes: of it, in order of time. held: hand shapes of it."""

    plan: Mapping[str, Any]
    strokes: tuple[PlannedStroke, ...]
    held: tuple[HeldShape, ...] = ()


def of_answer(values: Mapping[str, Any]) -> KeptPlan | None:
    """The plan in the VALUES of an engine's answer; None of a model, or an engine, without."""
    plan, rows = values.get("plan"), values.get("strokes")
    if not isinstance(plan, dict) or not isinstance(rows, list):
        return None
    try:
        return KeptPlan(plan, _strokes(rows), _held(plan.get("held", [])))
    except (LookupError, TypeError, ValueError):
        return None


def written(kept: KeptPlan) -> str:
    """KEPT as JSON."""
    rows = [asdict(stroke) for stroke in kept.strokes]
    return json.dumps({"version": VERSION, "plan": kept.plan, "strokes": rows})


def read(text: Any) -> KeptPlan | None:
    """The reverse; None of anything else, and of what a later version keeps."""
    return _read(text) if isinstance(text, str) and len(text) <= LONGEST else None


@lru_cache(maxsize=4)
def _read(text: str) -> KeptPlan | None:
    """Every button asks for the shown take's plan whenever the tab is drawn."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("version") != VERSION:
        return None
    return of_answer(found)


def _strokes(rows: list[Any]) -> tuple[PlannedStroke, ...]:
    """Raises LookupError, TypeError or ValueError for rows that are no strokes."""
    if len(rows) > MOST:
        raise ValueError(len(rows))
    return tuple(
        PlannedStroke(**{name: check(row[name]) for name, check in _READERS.items()})
        for row in rows
    )


def _held(rows: list[Any]) -> tuple[HeldShape, ...]:
    """Raises LookupError, TypeError or ValueError for rows that are no hand shapes."""
    if not isinstance(rows, list) or len(rows) > MOST:
        raise ValueError
    readers = {"shape": _name, "hand": _hand, "start": _READERS["until"], "end": _READERS["until"]}
    found = [HeldShape(**{n: read(row[n]) for n, read in readers.items()}) for row in rows]
    if any((one.start is None) != (one.end is None) for one in found):
        raise ValueError
    return tuple(found)


def _number(low: float, high: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if not plain or not low <= value <= high:  # NaN is not either
            raise ValueError(value)
        return float(value)

    return check


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > NAME:
        raise ValueError
    if b"\0" in value.encode():  # which raises for surrogates
        raise ValueError  # JSON may hold both, Blender's texts neither
    return value


def _hand(value: Any) -> str:
    if value not in HANDS:
        raise ValueError
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_time: Final = _number(-LATEST, LATEST)
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "time": _time,
    "until": lambda value: None if value is None else _time(value),
    "gesture": _name,
    "title": _name,
    "hand": _hand,
    "size": _number(0.0, 10.0),
    "tempo": _number(0.0, 10.0),
    "muted": _flag,
    "shape": _name,
    "shaped": _hand,
}
