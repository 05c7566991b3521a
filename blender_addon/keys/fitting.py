# SPDX-License-Identifier: GPL-3.0-or-later
"""Few keys with Bezier handles for a bone's rotations on every frame, within degrees.

A knot is a frame with a key, which is met exactly. Handles reach a third of the way to the next
key, so that a curve between two keys is a cubic of time (Hermite's) and what Blender will show is
known here. Slopes at the knots are those of least squares; where frames are off by more than they
may be, the worst one of each stretch becomes a knot, until none is; then knots that are not
needed go. (P. J. Schneider, "An Algorithm for Automatically Fitting Digitized Curves", Graphics
Gems, 1990, does the same for drawings.)

Blender's own `graph.decimate` wants a Graph Editor, measures a channel's value and not an angle,
and puts the channels of one bone on different frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

SWEEPS: Final = 12  # of the slopes' equations, each a third or more nearer to the solution
FAITH: Final = 1e-3  # weight of the motion's own slope at a knot beside the frames around it
PRUNED: Final = 4  # times that knots which may not be needed are left out to see
SLACK: Final = 0.98  # of the degrees that are used: keys are stored in single precision


def fitted(mode: str, values: Floats, degrees: Floats, needed: Flags) -> Flags:
    """The frames (T,) that need a key for each to be within its DEGREES (T,), 0 for a key.

    values: (T, C) of rotation MODE's property, without jumps. needed: (T,) frames that have a
    key anyway; the first and last have one, too.
    """
    known = needed.copy()
    known[[0, -1]] = True
    knots = inserted(mode, values, degrees, known)
    for turn in range(PRUNED):
        fewer = _pruned(mode, values, degrees, knots, known, turn % 2)
        knots = inserted(mode, values, degrees, fewer)
    return knots


def inserted(mode: str, values: Floats, degrees: Floats, knots: Flags) -> Flags:
    """KNOTS (T,) and as many more as it takes for all frames to be within DEGREES (T,)."""
    knots, wanted = knots.copy(), channels.quaternions_of(mode, values)
    while True:
        beyond = _off(mode, values, wanted, knots) - SLACK * degrees
        beyond[knots] = -np.inf
        if not (beyond > 0.0).any():
            return knots
        knots[_worst(beyond, knots)] = True


def slopes(values: Floats, knots: Flags) -> Floats:
    """The slopes (K, C), in values a frame, of the curve through VALUES (T, C) at its KNOTS.

    Least squares over the frames between, by sweeps over equations of which each has a knot and
    its two neighbours.
    """
    at = np.flatnonzero(knots)
    own = np.gradient(values, axis=0)[at] if len(values) > 1 else np.zeros_like(values)
    if len(at) < 2:
        return own
    stretch, after, length, u = _places(at, len(values))
    rise = _blend(values[at][stretch], values[at][after], u)
    missing = values - rise
    left, right = length * u * (1.0 - u) ** 2, -length * u**2 * (1.0 - u)
    count = len(at)
    diagonal = _sums(stretch, left**2, count) + _sums(after, right**2, count) + FAITH
    beside = _sums(stretch, left * right, count)[: count - 1, None]
    wanted = FAITH * own
    for column in range(values.shape[1]):
        wanted[:, column] += _sums(stretch, left * missing[:, column], count)
        wanted[:, column] += _sums(after, right * missing[:, column], count)
    found = own
    for _ in range(SWEEPS):
        others = np.zeros_like(found)
        others[:-1] += beside * found[1:]
        others[1:] += beside * found[:-1]
        found = (wanted - others) / diagonal[:, None]
    return found


def curve(values: Floats, knots: Flags, inclines: Floats) -> Floats:
    """The values (T, C) between keys on VALUES' KNOTS (T,) with the slopes INCLINES (K, C)."""
    at = np.flatnonzero(knots)
    if len(at) < 2:
        return np.repeat(values[at], len(values), axis=0)
    stretch, after, length, u = _places(at, len(values))
    left, right = length * u * (1.0 - u) ** 2, -length * u**2 * (1.0 - u)
    plain = _blend(values[at][stretch], values[at][after], u)
    beside = left[:, None] * inclines[stretch] + right[:, None] * inclines[after]
    return np.asarray(plain + beside)


def degrees_between(a: Floats, b: Floats) -> Floats:
    """The angles (T,) between the unit quaternions A and B (T, 4)."""
    apart = np.minimum(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))
    return np.asarray(np.degrees(4.0 * np.arcsin(np.minimum(apart / 2.0, 1.0))))


def _off(mode: str, values: Floats, wanted: Floats, knots: Flags) -> Floats:
    """How many degrees each frame (T,) of the curve through KNOTS is off."""
    shown = curve(values, knots, slopes(values, knots))
    return degrees_between(channels.quaternions_of(mode, shown), wanted)


def _worst(beyond: Floats, knots: Flags) -> NDArray[np.int64]:
    """Of each stretch between KNOTS the frame that is most BEYOND (T,), where any is."""
    stretch = np.cumsum(knots)
    frames = np.flatnonzero(beyond > 0.0)
    order = frames[np.lexsort((-beyond[frames], stretch[frames]))]
    first = np.diff(stretch[order], prepend=-1) > 0
    return np.asarray(order[first])


def _pruned(
    mode: str, values: Floats, degrees: Floats, knots: Flags, known: Flags, parity: int
) -> Flags:
    """KNOTS without those of every second one that leave their frames within DEGREES."""
    at = np.flatnonzero(knots)
    spare = at[1 + parity : -1 : 2]
    spare = spare[~known[spare]]
    fewer = knots.copy()
    fewer[spare] = False
    wanted = channels.quaternions_of(mode, values)
    beyond = _off(mode, values, wanted, fewer) > SLACK * degrees
    stretch = np.cumsum(fewer)
    bad = np.bincount(stretch, beyond, stretch[-1] + 1) > 0
    fewer[spare[bad[stretch[spare]]]] = True
    return fewer


def _places(
    at: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Of each of COUNT frames: the knots (of AT) before and after, their distance, its share."""
    frames = np.arange(count)
    stretch = np.clip(np.searchsorted(at, frames, side="right") - 1, 0, len(at) - 2)
    length = np.diff(at).astype(np.float64)[stretch]
    return stretch, stretch + 1, length, (frames - at[stretch]) / length


def _blend(a: Floats, b: Floats, u: Floats) -> Floats:
    """From A (T, C) to B by the shares U (T,), starting and ending level."""
    share = (u * u * (3.0 - 2.0 * u))[:, None]
    return np.asarray(a + share * (b - a))


def _sums(index: NDArray[np.int64], weights: NDArray[Any], count: int) -> Floats:
    return np.asarray(np.bincount(index, weights, count), np.float64)
