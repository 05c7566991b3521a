# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: which gesture strokes when, and where head and torso turn; as values and over time.

The network is not told to invent gestures, which would be averages of all, but which one is under
way: z(t), in training from the plan that a choreography obeyed, at synthesis from one drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.errors import InputError
from ha2g_engine.speech import rhythm

from . import held
from .repertoire import CODE, Repertoire, Way

Array = NDArray[np.floating[Any]]

LEAD: Final = 0.55  # s before its accent from which a gesture is under way
RISE: Final = (0.38, 0.32)  # s before and after the accent in which the hands take it up
SINK: Final = 2.0  # s, the way back to rest: slow, so that it makes no stroke of its own
TURN: Final = 0.7  # s a turn of head and torso takes
STEP: Final = 0.1  # of size and tempo that count as 1
TURNS: Final = 6  # numbers: yaw, pitch, roll of the head, then of the torso
NUMBERS: Final = CODE + 3 + TURNS + rhythm.NUMBERS  # of z(t)
REACH: Final = 1.5  # s from an edited stroke beyond which nothing changes
FADE: Final = 0.6  # s of it over which an edit fades
ROOM: Final = 0.6  # s between two strokes at least: a neighbour that is nearer makes room
SUSTAIN: Final = 1.7  # s, the longest hold before hands sink although speech goes on
BEFORE_NEXT: Final = 0.58  # s before a stroke in which hands do not start home any more
SIZES: Final = (0.3, 1.3)
TEMPOS: Final = (0.5, 2.0)
MANY: Final = 20_000  # strokes or turns of a plan; an hour has some two thousand
MANY_EDITS: Final = 1000  # each is performed once more
FARTHEST: Final = 100.0  # standard deviations of a turn


@dataclass(frozen=True)
class Stroke:
    """A gesture on an accent at ``time`` s.

    way: which gesture, by which hand, mirrored or not. size, tempo: 1 as it is kept. until: s,
    when the hands start home; None where the next stroke comes first. muted: it is not made.
    shape: of the hands, by name, in place of the gesture's own; "" for that. shaped: which hands.
    placed: an animator put it there: hands are quickest at ``time``, not where the network has it.
    paced: an animator chose its tempo: time runs by it, since the network hardly follows one.
    """

    time: float
    way: Way
    size: float = 1.0
    tempo: float = 1.0
    until: float | None = None
    muted: bool = False
    shape: str = ""
    shaped: str = "both"
    placed: bool = False
    paced: bool = False


@dataclass(frozen=True)
class Turn:
    """From ``time`` s on head and torso turn somewhere: TURNS numbers, standard deviations."""

    time: float
    towards: tuple[float, ...]


@dataclass(frozen=True)
class Edit:
    """The stroke of that number taken away (None: none), and ``put`` in its place (None: nothing).

    Numbers are those of the strokes as they are before the edit, in order of time.
    """

    stroke: int | None
    put: Stroke | None


@dataclass(frozen=True)
class Plan:
    """Strokes and turns in order of time.

    edits: made one after the other once the take was made: what lies beyond the reach of each is
    as it would be without. held: shapes of the hands; a later one counts for more.
    """

    strokes: tuple[Stroke, ...] = ()
    turns: tuple[Turn, ...] = ()
    edits: tuple[Edit, ...] = ()
    held: tuple[held.Held, ...] = ()

    def shown(self) -> tuple[Stroke, ...]:
        """The strokes with all edits made."""
        return self.steps()[-1].strokes

    def steps(self) -> list[Plan]:
        """The plan without edits, then with one more each."""
        steps = [replace(self, edits=())]
        for edit in self.edits:
            steps.append(replace(steps[-1], strokes=edited(steps[-1].strokes, edit)))
        return steps

    def with_edit(self, edit: Edit) -> Plan:
        """The plan with one more edit; as it is where that changes nothing.

        One of what the last one put, where neither moves it in time, takes the last one's place.
        Raises InputError when there is no such stroke, and after MANY_EDITS.
        """
        steps = self.steps()
        shown = steps[-1].strokes
        check_number(edit.stroke, shown)
        if edit.stroke is not None and edit.put == shown[edit.stroke]:
            return self
        edits = self.edits
        again = bool(edits) and edits[-1].stroke == edit.stroke and _same_moment(shown, edit)
        if again and _same_moment(steps[-2].strokes, edits[-1]):
            edits = edits[:-1]
        if len(edits) >= MANY_EDITS:
            raise InputError("The take's strokes were edited too often: generate it by its plan.")
        return replace(self, edits=(*edits, edit))

    def with_exchanged(self, number: int, stroke: Stroke) -> Plan:
        """The plan with stroke ``number`` replaced; it stays where it was in time.

        Raises InputError when there is no such stroke.
        """
        shown = self.shown()
        check_number(number, shown)
        old = shown[number]
        return self.with_edit(Edit(number, replace(stroke, time=old.time, until=old.until)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> Plan:
        """The reverse of ``to_dict``. Raises InputError for anything else."""
        try:
            strokes = tuple(_stroke(entry) for entry in _many(values["strokes"], MANY))
            turns = tuple(_turn(entry) for entry in _many(values["turns"], MANY))
            edits = tuple(_edit(entry) for entry in _many(values["edits"], MANY_EDITS))
            shapes = tuple(held.read(entry) for entry in _many(values.get("held", ()), held.MANY))
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise InputError(
                "The plan of gestures is not whole: give back one that a take was made by."
            ) from error
        plan = cls(strokes, turns, held=shapes)
        for edit in edits:
            check_number(edit.stroke, strokes)
            strokes = edited(strokes, edit)
        return replace(plan, edits=edits)


def check_number(number: int | None, strokes: Sequence[Stroke]) -> None:
    """Raise InputError unless there is stroke ``number``; None is none that has to be there."""
    if number is not None and not 0 <= number < len(strokes):
        raise InputError(f"There is no stroke {number}: the take has {len(strokes)}.")


def _same_moment(strokes: Sequence[Stroke], edit: Edit) -> bool:
    """Whether the edit leaves its stroke where it is in time, made or muted."""
    if edit.stroke is None or edit.put is None:
        return False
    old = strokes[edit.stroke]
    new = edit.put
    return (old.time, old.until, old.muted) == (new.time, new.until, new.muted)


def edited(strokes: Sequence[Stroke], edit: Edit) -> tuple[Stroke, ...]:
    """The strokes after an edit, in order of time.

    Neighbours nearer than ROOM to what was put make room, and hands that would wait for a stroke
    that comes no more go home.
    """
    left = [stroke for number, stroke in enumerate(strokes) if number != edit.stroke]
    put = edit.put
    if put is None:
        return homeward(left, strokes)
    before = [s for s in left if s.time <= put.time]
    after = [s for s in left if s.time > put.time]
    if _same_moment(strokes, edit):
        return (*before, put, *after)
    before[-1:] = [_moved(s, min(s.time, put.time - ROOM)) for s in before[-1:]]
    after[:1] = [_moved(s, max(s.time, put.time + ROOM)) for s in after[:1]]
    return homeward(sorted([*before, put, *after], key=lambda s: s.time), strokes)


def _moved(stroke: Stroke, time: float) -> Stroke:
    """The stroke at ``time`` s, held as long as before."""
    if time == stroke.time:
        return stroke
    until = None if stroke.until is None else round(stroke.until + time - stroke.time, 3)
    return replace(stroke, time=round(time, 3), until=until)


def homeward(strokes: Sequence[Stroke], before: Sequence[Stroke]) -> tuple[Stroke, ...]:
    """The strokes; one that waits for another than ``before``, longer than SUSTAIN, goes home."""
    result = []
    for stroke in strokes:
        following = _following(strokes, stroke.time)
        waits = stroke.until is None and following - BEFORE_NEXT >= stroke.time + SUSTAIN
        if waits and (stroke not in before or following != _following(before, stroke.time)):
            stroke = replace(stroke, until=round(stroke.time + SUSTAIN, 3))
        result.append(stroke)
    return tuple(result)


def _following(strokes: Sequence[Stroke], time: float) -> float:
    """When the next stroke comes that is made."""
    return min((s.time for s in strokes if s.time > time and not s.muted), default=np.inf)


def _many(entries: Any, most: int) -> list[Any]:
    """ENTRIES, a list of at most MOST. Raises TypeError, ValueError."""
    if not isinstance(entries, list | tuple):
        raise TypeError(entries)
    if len(entries) > most:
        raise ValueError(f"{len(entries)} entries")
    return list(entries)


def _time(value: Any) -> float:
    """VALUE as s within what a speech may last, and a little before it. Raises ValueError."""
    if not -held.LATEST <= (time := float(value)) <= held.LATEST:
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
        bool(values.get("muted", False)),
        str(values.get("shape", "")),
        _one_of(held.HANDS, values.get("shaped", "both")),
        bool(values.get("placed", False)),
        bool(values.get("paced", False)),
    )


def _one_of(words: Sequence[str], value: Any) -> str:
    if value not in words:
        raise ValueError(f"{value}")
    return str(value)


def _edit(values: Mapping[str, Any]) -> Edit:
    number, put = values["stroke"], values["put"]
    if number is None and put is None:
        raise ValueError("nothing")
    return Edit(None if number is None else int(number), None if put is None else _stroke(put))


def _turn(values: Mapping[str, Any]) -> Turn:
    towards = tuple(float(number) for number in values["towards"])
    if len(towards) != TURNS or not all(abs(number) <= FARTHEST for number in towards):
        raise ValueError(f"{towards}")
    return Turn(_time(values["time"]), towards)


def codes_over_time(
    plan: Plan, repertoire: Repertoire, felt: Array, frames: int
) -> NDArray[np.float32]:
    """Z(t), (frames, NUMBERS), of the plan as it is without its edits.

    The code of the gesture under way, its size and tempo, how far the hands are in it (0 at
    home, 1 there), where head and torso turn, and what of the speech is felt: (T, 2) as of
    ``rhythm.felt``, 0 beyond its T frames.
    """
    times = np.arange(frames) / FPS
    track = np.zeros((frames, NUMBERS), np.float32)
    made = [stroke for stroke in plan.strokes if not stroke.muted]
    for stroke, under in zip(made, _under_way(made, times), strict=True):
        tempo = 1.0 if stroke.paced else stroke.tempo
        scaled = ((stroke.size - 1) / STEP, (tempo - 1) / STEP)
        track[under, : CODE + 2] = [*repertoire.code(stroke.way), *scaled]
        track[under, CODE + 2] = raised(stroke, times[under])
    track[:, CODE + 3 : -rhythm.NUMBERS] = turned(plan.turns, times, 0.0)
    track[: len(felt), -rhythm.NUMBERS :] = felt[:frames]
    return track


def _under_way(strokes: Sequence[Stroke], times: Array) -> list[slice]:
    """Which of ``times`` (T,) each stroke has: from LEAD before it on, until another one comes."""
    begins = np.searchsorted(times, [stroke.time - LEAD for stroke in strokes])
    last = np.full(len(times) + 1, -1)
    np.maximum.at(last, begins, np.arange(len(strokes)))
    owner = np.maximum.accumulate(last)[:-1]
    numbers = np.arange(len(strokes))
    firsts, ends = (np.searchsorted(owner, numbers, side) for side in ("left", "right"))
    return [slice(int(a), int(b)) for a, b in zip(firsts, ends, strict=True)]


def raised(stroke: Stroke, times: Array) -> NDArray[np.float64]:
    """How far the hands are in a stroke at ``times`` (T,) s: 0 at home or before, 1 there."""
    rise = smooth((times - (stroke.time - RISE[0])) / sum(RISE))
    return rise if stroke.until is None else rise * (1 - sunk(stroke.until, times))


def lifted(plan: Plan, repertoire: Repertoire, times: Array) -> NDArray[np.float64]:
    """(2, T) how far the left and the right hand are in a gesture: 0 at home, 1 there.

    A hand goes home where the hands sink, and where the other one alone takes up a gesture.
    """
    up = np.zeros((2, len(times)))
    for stroke in (s for s in plan.strokes if not s.muted):
        rise = smooth((times - (stroke.time - RISE[0])) / sum(RISE))
        hands = repertoire.hands(stroke.way)
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


def within_reach(plan: Plan, edit: Edit, frames: int) -> NDArray[np.float64]:
    """(frames,) how far an edit of ``plan``, as it was before, shows: 1 around it, 0 beyond.

    It reaches REACH s from where the stroke is and was; where that has moved, comes or goes, from
    all of the time that hands hold it.
    """
    times, share = np.arange(frames) / FPS, np.zeros(frames)
    for first, last in spans(plan, edit):
        away = np.maximum(first - times, times - last)
        share = np.maximum(share, 1 - smooth((away - (REACH - FADE)) / FADE))
    return share


def reach(plan: Plan) -> list[tuple[float, float]]:
    """First and last s of what the last edit of ``plan`` changes; one or two pairs."""
    before = plan.steps()[-2]
    return [(first - REACH, last + REACH) for first, last in spans(before, plan.edits[-1])]


def spans(plan: Plan, edit: Edit) -> list[tuple[float, float]]:
    """First and last s of what an edit of ``plan`` changes, without its reach; one or two."""
    found = [] if edit.put is None else [(edited(plan.strokes, edit), edit.put)]
    if edit.stroke is not None:
        found.append((tuple(plan.strokes), plan.strokes[edit.stroke]))
    if _same_moment(plan.strokes, edit):
        return [(found[0][1].time, found[0][1].time)]
    return [(stroke.time, _held(strokes, stroke)) for strokes, stroke in found]


def _held(strokes: Sequence[Stroke], stroke: Stroke) -> float:
    """When the hands leave a stroke: for home, or for the next one."""
    later = [s.time - LEAD for s in strokes if s.time > stroke.time and not s.muted]
    ends = [*later, stroke.time + SUSTAIN if stroke.until is None else stroke.until]
    return max(stroke.time, min(ends))
