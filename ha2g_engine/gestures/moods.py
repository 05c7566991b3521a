# SPDX-License-Identifier: GPL-3.0-or-later
"""Moods along the time: ranges in which gestures, posture and head are otherwise, and how much.

A plan is not changed by them: which of its strokes are made, and how, is, so that strokes keep
their numbers and an animator's edits stand above any mood.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError

from .held import LATEST
from .plan import REACH, SIZES, Plan, Stroke, homeward, smooth
from .planner import Taste, unlike
from .repertoire import Repertoire

Floats = NDArray[np.float64]

TABLE: Final = Path(__file__).with_name("moods.toml")
EASE: Final = 0.5  # s in which a mood comes and goes, half of it inside its range
FADE: Final = 1.0  # s over which, at the end of its reach, what it makes otherwise fades
MANY: Final = 2000  # ranges of a speech
SHORTEST: Final = 0.1  # s


@dataclass(frozen=True)
class Manner:
    """What a mood does; see ``moods.toml``. The values as they stand here do nothing."""

    strokes: float = 1.0
    size: float = 1.0
    tempo: float = 1.0
    amplitude: float = 1.0
    place: float = 0.0
    spread: float = 0.0
    trunk: float = 0.0
    shoulders: float = 0.0
    rounded: float = 0.0
    head: float = 0.0
    nods: float = 1.0
    turns: float = 1.0
    stillness: float = 0.0
    breath: float = 1.0
    fingers: str = ""
    curl: float = 0.0
    kinds: Mapping[str, float] = field(default_factory=dict)


NEUTRAL: Final = Manner()


@dataclass(frozen=True)
class Mood:
    """A range of a speech, ``start`` to ``end`` s, in a mood by name; strength 0 to 1."""

    start: float
    end: float
    mood: str
    strength: float = 1.0


FIELDS: Final = tuple(one.name for one in fields(Mood))


@cache
def table() -> dict[str, Manner]:
    """The moods there are."""
    return {name: Manner(**row) for name, row in tomllib.loads(TABLE.read_text("utf-8")).items()}


def of(rows: Any) -> tuple[Mood, ...]:
    """Moods from plain values, by name or in order; sorted by time. None: none.

    Raises InputError, naming what is wrong.
    """
    if rows is None:
        return ()
    if not isinstance(rows, list | tuple) or len(rows) > MANY:
        raise InputError("Moods are a list of ranges, each with start, end, mood and strength.")
    return tuple(sorted((_one(row) for row in rows), key=lambda mood: mood.start))


def told(moods: Sequence[Mood]) -> list[dict[str, Any]]:
    """The reverse of ``of``: plain values for JSON."""
    return [asdict(mood) for mood in moods]


def _one(row: Any) -> Mood:
    if isinstance(row, list | tuple):
        row = dict(zip(FIELDS, row, strict=False))
    try:
        start, end, name = float(row["start"]), float(row["end"]), row["mood"]
        strength = float(row.get("strength", 1.0))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError("A mood needs its 'start' and 'end' in seconds, and 'mood'.") from error
    if not isinstance(name, str) or name not in table():
        raise InputError(f"There is no mood '{name}': choose {', '.join(table())}.")
    if not (start >= 0 and start + SHORTEST <= end <= LATEST):
        raise InputError(
            f"A mood from {start:g} to {end:g} s does not work: it needs at least {SHORTEST:g} s."
        )
    if not 0 <= strength <= 1:
        raise InputError(f"The strength {strength:g} of a mood does not work: choose 0 to 1.")
    return Mood(round(start, 3), round(end, 3), name, round(strength, 3))


# --- how much of each, when ---------------------------------------------------------------


def shares(moods: Sequence[Mood], times: Floats, ease: float = EASE) -> Floats:
    """(N, T) how far each mood is there at ``times`` s: together never more than 1.

    ease: s in which they come and go; 0 for at once.
    """
    found = np.zeros((len(moods), len(times)))
    for row, mood in zip(found, moods, strict=True):
        row += mood.strength * _during(mood, times, ease)
    return np.asarray(found / np.maximum(found.sum(axis=0, initial=0.0), 1.0))


def _during(mood: Mood, times: Floats, ease: float) -> Floats:
    """(T,) 1 in a range and 0 out of it; a short one is not eased longer than it lasts.

    A speech that begins in a mood begins wholly in it.
    """
    if not ease:
        return np.asarray((times >= mood.start) & (times < mood.end), float)
    width = min(ease, mood.end - mood.start)
    rise = smooth((times - mood.start) / width + 0.5) if mood.start else np.ones(len(times))
    return np.asarray(rise * smooth((mood.end - times) / width + 0.5))


def values(moods: Sequence[Mood], share: Floats, name: str) -> Floats:
    """(T,) of a number of the manner, by ``shares`` (N, T): between neutral and what moods have."""
    usual = getattr(NEUTRAL, name)
    offsets = np.array([getattr(table()[mood.mood], name) - usual for mood in moods])
    return np.asarray(usual + offsets @ share)


def reach(moods: Sequence[Mood], frames: int) -> Floats:
    """(frames,) how far moods may show: 1 in their ranges and around them, 0 beyond REACH s."""
    times, share = np.arange(frames) / FPS, np.zeros(frames)
    for mood in moods:
        away = np.maximum(mood.start - times, times - mood.end)
        share = np.maximum(share, 1 - smooth((away - (REACH - FADE)) / FADE))
    return share


def apart(moods: Sequence[Mood]) -> list[tuple[Mood, ...]]:
    """The moods, in order of time, put together where their reaches overlap."""
    found: list[tuple[Mood, ...]] = []
    end = -np.inf
    for mood in moods:
        if mood.start - REACH <= end + REACH and found:
            found[-1] = (*found[-1], mood)
        else:
            found.append((mood,))
        end = max(end, mood.end)
    return found


def tempos(moods: Sequence[Mood], strokes: Sequence[Stroke]) -> list[tuple[float, float]]:
    """When (s) a stroke is made that has another tempo in these moods, and which."""
    times = np.array([stroke.time for stroke in strokes if not stroke.muted])
    found = values(moods, shares(moods, times, 0.0), "tempo")
    return [(t, v) for t, v in zip(times.tolist(), found.tolist(), strict=True) if v != 1]


# --- strokes ------------------------------------------------------------------------------


def acted(plan: Plan, moods: Sequence[Mood], repertoire: Repertoire, taste: Taste) -> Plan:
    """The plan with its strokes as they are made in these moods; they keep number and time.

    Its edits are left as they are: what an animator put is made as it was put.
    """
    if not moods:
        return plan
    times = np.array([stroke.time for stroke in plan.strokes])
    share = shares(moods, times, 0.0)
    made = _thinned(plan.strokes, values(moods, share, "strokes"))
    if any(table()[mood.mood].kinds for mood in moods):
        made = _liked(made, moods, share, repertoire, taste)
    sizes = zip(made, values(moods, share, "size").tolist(), strict=True)
    strokes = [
        stroke
        if size == 1
        else replace(stroke, size=round(float(np.clip(stroke.size * size, *SIZES)), 3))
        for stroke, size in sizes
    ]
    return replace(plan, strokes=homeward(strokes, plan.strokes))


def _thinned(strokes: Sequence[Stroke], rates: Floats) -> list[Stroke]:
    """The strokes; of those with a rate below 1 so many are muted, evenly, each run on its own."""
    kept, due = [], 0.5
    for stroke, rate in zip(strokes, rates.tolist(), strict=True):
        due = due + rate if rate < 1 else 0.5
        made = rate >= 1 or due >= 1
        due -= rate < 1 and made
        kept.append(stroke if made else replace(stroke, muted=True))
    return kept


def _liked(
    strokes: Sequence[Stroke],
    moods: Sequence[Mood],
    share: Floats,
    repertoire: Repertoire,
    taste: Taste,
) -> list[Stroke]:
    """The strokes; gestures of kinds that a mood hardly has are exchanged, the same ones always."""
    kinds = [fact.kind for fact in repertoire.facts]
    wanted = np.array([[table()[m.mood].kinds.get(kind, 1.0) for kind in kinds] for m in moods])
    result = list(strokes)
    for i, stroke in enumerate(strokes):
        likely = 1 + share[:, i] @ (wanted - 1)
        random = np.random.default_rng([round(1000 * max(stroke.time, 0.0)), 17])
        if random.random() > likely[repertoire.place(stroke.way)]:
            near = [*result[max(0, i - 2) : i + 1], *strokes[i + 1 : i + 2]]
            fact = unlike(repertoire, taste.weights(repertoire) * likely, near, random)
            result[i] = replace(stroke, way=fact.way)
    return result
