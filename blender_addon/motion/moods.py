# SPDX-License-Identifier: GPL-3.0-or-later
"""Moods along a take, as they are kept and changed; what they do to motion the engine knows.

No bpy in here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from ..errors import GestureError

KINDS: Final = (  # name, as it is called, what it does
    ("calm", "Calm", "Fewer, smaller and slower gestures, a quiet head"),
    ("lively", "Lively", "Larger and quicker gestures, a head that moves more"),
    ("tense", "Tense", "Small, quick and narrow gestures, shoulders up, fingers curled"),
    ("sad", "Sad", "Half as many gestures, small and slow, hands down, head and chest bent"),
    ("joyful", "Joyful", "Large and quick gestures, hands up, open chest, head lifted"),
    ("still", "Still", "No gestures: the body only breathes"),
    ("frozen", "Frozen", "No motion at all"),
)
NAMES: Final = tuple(name for name, _, _ in KINDS)
SHORTEST: Final = 0.2  # s of a range
LATEST: Final = 1e5  # s
REACH: Final = 1.6  # s around a range in which it changes the take
SAME: Final = 0.002  # s


class Mood(NamedTuple):
    """A range of a speech, ``start`` to ``end`` s; strength 0 to 1. As JSON a list."""

    start: float
    end: float
    mood: str
    strength: float = 1.0


Moods = tuple[Mood, ...]


def read(value: Any) -> Mood:
    """A mood kept as a list, or as the engine tells it.

    Raises ValueError, TypeError or KeyError for anything else.
    """
    row = value if isinstance(value, Mapping) else dict(zip(Mood._fields, value, strict=True))
    numbers = [row["start"], row["end"], row["strength"]]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        raise TypeError(numbers)
    start, end, strength = map(float, numbers)
    if not (0 <= start < end <= LATEST and 0 <= strength <= 1) or row["mood"] not in NAMES:
        raise ValueError(row)
    return Mood(start, end, str(row["mood"]), strength)


def checked(mood: Mood, seconds: float) -> Mood:
    """MOOD, rounded and within a take of SECONDS. Raises GestureError for one that is not."""
    start, end = max(0.0, mood.start), min(mood.end, seconds)
    if not (math.isfinite(start) and math.isfinite(end)) or end - start < SHORTEST - SAME:
        raise GestureError(
            f"The mood would last from {mood.start:.2f} to {mood.end:.2f} s: it needs "
            f"{SHORTEST:g} seconds within the take, which ends at {seconds:.2f} s."
        )
    return Mood(round(start, 3), round(end, 3), mood.mood, round(mood.strength, 3))


def put(moods: Sequence[Mood], mood: Mood) -> Moods:
    """The moods with one more, in order of time; what it lies over gives way to it."""
    left: list[Mood] = []
    for one in moods:
        before = one._replace(end=min(one.end, mood.start))
        after = one._replace(start=max(one.start, mood.end))
        left += [part for part in dict.fromkeys((before, after)) if part.end - part.start >= SAME]
    kept = [part for part in left if part in moods or part.end - part.start >= SHORTEST]
    return tuple(sorted([*kept, mood]))


def without(moods: Sequence[Mood], number: int) -> Moods:
    """The moods but NUMBER."""
    return tuple(one for i, one in enumerate(moods) if i != number)


def reach(before: Sequence[Mood], after: Sequence[Mood]) -> list[tuple[float, float]]:
    """First and last second of what differs where moods change from BEFORE to AFTER.

    Moods that reach each other are performed together: where one differs, all of them do.
    """
    differ, near = set(before) ^ set(after), set[Mood]()
    for together in (*_apart(before), *_apart(after)):
        if differ.intersection(together):
            near.update(together)
    return [(one.start - REACH, one.end + REACH) for one in sorted(near)]


def _apart(moods: Sequence[Mood]) -> list[list[Mood]]:
    """The moods in order of time, put together where their reaches overlap, as the engine does."""
    found: list[list[Mood]] = []
    end = -math.inf
    for mood in sorted(moods):
        if mood.start - REACH <= end + REACH:
            found[-1].append(mood)
        else:
            found.append([mood])
        end = max(end, mood.end)
    return found
