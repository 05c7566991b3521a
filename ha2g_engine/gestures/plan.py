# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: which gesture strokes when, and where head and torso turn; as values and over time.

The network is not told to invent gestures, which would be averages of all, but which one is under
way: z(t), in training from the plan that a choreography obeyed, at synthesis from one drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError
from ha2g_engine.speech import rhythm

from .repertoire import CODE, Repertoire, Way

Array = NDArray[np.floating[Any]]

LEAD: Final = 0.55  # s before its accent from which a gesture is under way
RISE: Final = (0.38, 0.32)  # s before and after the accent in which the hands take it up
SINK: Final = 2.0  # s, the way back to rest: slow, so that it makes no stroke of its own
TURN: Final = 0.7  # s a turn of head and torso takes
STEP: Final = 0.1  # of size and tempo that count as 1
TURNS: Final = 6  # numbers: yaw, pitch, roll of the head, then of the torso
NUMBERS: Final = CODE + 3 + TURNS + rhythm.NUMBERS  # of z(t)
REACH: Final = 1.5  # s from an exchanged stroke beyond which nothing changes
SIZES: Final = (0.3, 1.3)
TEMPOS: Final = (0.5, 2.0)
LATEST: Final = 1e5  # s; a speech has an hour
MANY: Final = 20_000  # strokes or turns of a plan; an hour has some two thousand
MANY_EXCHANGED: Final = 1000  # each is performed once more
FARTHEST: Final = 100.0  # standard deviations of a turn


@dataclass(frozen=True)
class Stroke:
    """A gesture on an accent at ``time`` s.

    way: which gesture, by which hand, mirrored or not. size, tempo: 1 as it is kept. until: s,
    when the hands start home; None where the next stroke comes first.
    """

    time: float
    way: Way
    size: float = 1.0
    tempo: float = 1.0
    until: float | None = None


@dataclass(frozen=True)
class Turn:
    """From ``time`` s on head and torso turn somewhere: TURNS numbers, standard deviations."""

    time: float
    towards: tuple[float, ...]


@dataclass(frozen=True)
class Plan:
    """Strokes and turns in order of time.

    exchanged: (number, stroke) pairs put in place of strokes one after the other once the take was
    made: what lies beyond the REACH of each is as it would be without.
    """

    strokes: tuple[Stroke, ...] = ()
    turns: tuple[Turn, ...] = ()
    exchanged: tuple[tuple[int, Stroke], ...] = field(default=())

    def shown(self) -> tuple[Stroke, ...]:
        """The strokes with all exchanges made."""
        return self.steps()[-1].strokes

    def steps(self) -> list[Plan]:
        """The plan without exchanges, then with one more each."""
        steps = [replace(self, exchanged=())]
        for number, stroke in self.exchanged:
            strokes = list(steps[-1].strokes)
            strokes[number] = stroke
            steps.append(replace(steps[-1], strokes=tuple(strokes)))
        return steps

    def with_exchanged(self, number: int, stroke: Stroke) -> Plan:
        """The plan with stroke ``number`` replaced; it stays where it was in time.

        Raises InputError when there is no such stroke.
        """
        shown = self.shown()
        if not 0 <= number < len(shown):
            raise InputError(f"There is no stroke {number}: the take has {len(shown)}.")
        old = shown[number]
        kept = replace(stroke, time=old.time, until=old.until)
        return replace(self, exchanged=(*self.exchanged, (number, kept)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> Plan:
        """The reverse of ``to_dict``. Raises InputError for anything else."""
        try:
            strokes = tuple(_stroke(entry) for entry in _many(values["strokes"], MANY))
            turns = tuple(_turn(entry) for entry in _many(values["turns"], MANY))
            changes = _many(values["exchanged"], MANY_EXCHANGED)
            exchanged = tuple((int(i), _stroke(entry)) for i, entry in changes)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise InputError(
                "The plan of gestures is not whole: give back one that a take was made by."
            ) from error
        if any(not 0 <= i < len(strokes) for i, _ in exchanged):
            raise InputError("The plan of gestures exchanges a stroke that it does not have.")
        return cls(strokes, turns, exchanged)


def _many(entries: Any, most: int) -> list[Any]:
    """ENTRIES, a list of at most MOST. Raises TypeError, ValueError."""
    if not isinstance(entries, list | tuple):
        raise TypeError(entries)
    if len(entries) > most:
        raise ValueError(f"{len(entries)} entries")
    return list(entries)


def _time(value: Any) -> float:
    """VALUE as s within what a speech may last, and a little before it. Raises ValueError."""
    if not -LATEST <= (time := float(value)) <= LATEST:
        raise ValueError(f"{time} s")
    return time


def _stroke(values: Mapping[str, Any]) -> Stroke:
    way = values["way"]
    until = values["until"]
    size, tempo = float(values["size"]), float(values["tempo"])
    for name, value, (low, high) in (("size", size, SIZES), ("tempo", tempo, TEMPOS)):
        if not low <= value <= high:
            raise InputError(f"The {name} of a stroke is between {low} and {high}, not {value}.")
    return Stroke(
        _time(values["time"]),
        Way(str(way["name"]), str(way["hand"]), bool(way["mirror"])),
        size,
        tempo,
        None if until is None else _time(until),
    )


def _turn(values: Mapping[str, Any]) -> Turn:
    towards = tuple(float(number) for number in values["towards"])
    if len(towards) != TURNS or not all(abs(number) <= FARTHEST for number in towards):
        raise ValueError(f"{towards}")
    return Turn(_time(values["time"]), towards)


def codes_over_time(
    plan: Plan, repertoire: Repertoire, felt: Array, frames: int
) -> NDArray[np.float32]:
    """Z(t), (frames, NUMBERS), of the plan as it is without its exchanges.

    The code of the gesture under way, its size and tempo, how far the hands are in it (0 at
    home, 1 there), where head and torso turn, and what of the speech is felt: (T, 2) as of
    ``rhythm.felt``, 0 beyond its T frames.
    """
    times = np.arange(frames) / FPS
    track = np.zeros((frames, NUMBERS), np.float32)
    for stroke in plan.strokes:
        since = times >= stroke.time - LEAD
        scaled = ((stroke.size - 1) / STEP, (stroke.tempo - 1) / STEP)
        track[since, : CODE + 2] = [*repertoire.code(stroke.way), *scaled]
        track[since, CODE + 2] = raised(stroke, times)[since]
    track[:, CODE + 3 : -rhythm.NUMBERS] = turned(plan.turns, times, 0.0)
    track[: len(felt), -rhythm.NUMBERS :] = felt[:frames]
    return track


def raised(stroke: Stroke, times: Array) -> NDArray[np.float64]:
    """How far the hands are in a stroke at ``times`` (T,) s: 0 at home or before, 1 there."""
    rise = smooth((times - (stroke.time - RISE[0])) / sum(RISE))
    return rise if stroke.until is None else rise * (1 - sunk(stroke.until, times))


def lifted(plan: Plan, repertoire: Repertoire, times: Array) -> NDArray[np.float64]:
    """(2, T) how far the left and the right hand are in a gesture: 0 at home, 1 there.

    A hand goes home where the hands sink, and where the other one alone takes up a gesture.
    """
    up = np.zeros((2, len(times)))
    for stroke in plan.strokes:
        rise = smooth((times - (stroke.time - RISE[0])) / sum(RISE))
        hands = repertoire.facts[repertoire.place(stroke.way)].hands
        for side, name in enumerate(("left", "right")):
            up[side] += ((hands in (name, "both")) - up[side]) * rise
        if stroke.until is not None:
            up *= 1 - sunk(stroke.until, times)
    return up


def turned(turns: Sequence[Turn], times: Array, seconds: float = TURN) -> NDArray[np.float64]:
    """(T, TURNS) where head and torso are, each turn taking ``seconds``; 0 shows where they go."""
    found = np.zeros((len(times), TURNS))
    for turn in turns:
        way = times - turn.time
        share = smooth(way / seconds) if seconds else (way >= 0).astype(float)
        found += share[:, None] * (np.array(turn.towards) - found[-1])
    return found


def smooth(x: Array) -> NDArray[np.float64]:
    """Minimum-jerk step from 0 to 1 (Flash & Hogan 1985)."""
    t = np.clip(x, 0, 1)
    return np.asarray(t**3 * (10 - 15 * t + 6 * t**2))


def sunk(until: float, times: Array) -> NDArray[np.float64]:
    """How far hands that start home at ``until`` s have sunk at ``times`` (T,): 1 at home.

    Steadier than a stroke: hands that go home are nowhere quick, so that nobody sees a stroke.
    """
    t = np.clip((times - until) / SINK, 0, 1)
    return np.asarray(t**2 * (3 - 2 * t))


def within_reach(stroke: Stroke, frames: int) -> NDArray[np.float64]:
    """(frames,) how far an exchange of ``stroke`` shows: 1 around it, 0 beyond REACH."""
    away = np.abs(np.arange(frames) / FPS - stroke.time)
    return 1 - smooth((away - (REACH - 0.6)) / 0.6)
