# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of the hands for a range of the time, and for rest: what gestures do not ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

HANDS: Final = ("left", "right", "both")
LATEST: Final = 1e5  # s; a speech has an hour
MANY: Final = 200  # of a plan
EASE: Final = 0.2  # s in which fingers take a range's shape before it, and leave it after


@dataclass(frozen=True)
class Held:
    """A shape, by name, of the left, the right or both hands.

    start, end: s from and to which the fingers have it; both None: at rest, wherever the hand
    makes no gesture.
    """

    shape: str
    hand: str = "both"
    start: float | None = None
    end: float | None = None

    @property
    def span(self) -> tuple[float, float] | None:
        """First and last s in which anything of it is seen; None for all of the time."""
        if self.start is None or self.end is None:
            return None
        return self.start - EASE, self.end + EASE


def read(values: Mapping[str, Any]) -> Held:
    """The reverse of ``asdict``. Raises LookupError, TypeError or ValueError for anything else."""
    shape, hand, times = str(values["shape"]), values["hand"], (values["start"], values["end"])
    if hand not in HANDS or not shape:
        raise ValueError(f"{shape} of {hand}")
    if times == (None, None):
        return Held(shape, str(hand))
    start, end = map(float, times)
    if not 0 <= start < end <= LATEST:
        raise ValueError(f"{start} s to {end} s")
    return Held(shape, str(hand), start, end)


def changed_spans(before: Sequence[Held], after: Sequence[Held]) -> list[tuple[float, float]]:
    """First and last s of what differs between two lists of them, one pair each."""
    others = [one for one in (*before, *after) if (one in before) != (one in after)]
    if len(others) == 0 and list(before) != list(after):
        others = [*before]  # in another order
    return [one.span or (-LATEST, LATEST) for one in others]
