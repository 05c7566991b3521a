# SPDX-License-Identifier: GPL-3.0-or-later
"""Which gestures of the library the default model learns, and which are kept for its test."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from ha2g_engine.data.gestures.codes import description
from ha2g_engine.data.gestures.library import Library
from ha2g_engine.data.gestures.library import Way as Shown
from ha2g_engine.gestures import meanings
from ha2g_engine.gestures.planner import KINDS
from ha2g_engine.gestures.repertoire import CODE, Facts, Repertoire, Way

SIZES: Final = (0.15, 0.9)  # m from home: neither hardly seen nor over the head
SPEEDS: Final = (0.5, 2.8)  # m/s at the peak: neither limp nor violent
LONGEST: Final = 20  # frames from a stroke's start to its apex
TEST_SHARE: Final = 10  # every tenth performance is kept for the test split
CLEAR: Final = 0.3  # of the gestures with a meaning: those that are least like other meanings'
FEWEST: Final = 6  # ways that show a meaning, if there are so many
SEEN: Final = (1, 2, 37)  # collars and head, that shrug and tilt


def repertoire(library: Library, *, test: bool = False) -> Repertoire:
    """The ways of gesturing that are learned; test: those that nothing else may show instead."""
    ways = [way for way in library.ways() if _fits(way) and _kept_for_test(way) == test]
    facts = _clear([_facts(way) for way in ways], _apexes(library, ways))
    codes = [library.code(way.gesture, way.hand, mirror=way.mirror)[:CODE] for way in ways]
    return Repertoire(facts, np.stack(codes).astype(np.float16).astype(np.float32))


def _facts(way: Shown) -> Facts:
    gesture = way.gesture
    known = Way(gesture.name, way.hand, way.mirror)
    return Facts(known, way.hands, gesture.kind, way.meanings, way.shapes, gesture.size)


def _apexes(library: Library, ways: Sequence[Shown]) -> NDArray[np.floating[Any]]:
    """(W, …) what each looks like where its stroke has arrived."""
    poses = [library.apex(way.gesture, way.hand, mirror=way.mirror) for way in ways]
    return np.stack([np.append(description(p, 0.0), p[list(SEEN)].ravel()) for p in poses])


def _clear(facts: Sequence[Facts], apexes: NDArray[np.floating[Any]]) -> tuple[Facts, ...]:
    """The facts, each with those meanings alone that words get shown by it.

    Of what words ask for, a gesture keeps what it shows more clearly than most others do: what
    looks like another meaning's gesture would be read as that.
    """
    asked = meanings.known()
    unsaid: list[set[str]] = [set() for _ in facts]
    apart = cdist(apexes, apexes)
    for meaning in asked:
        says = np.array([meaning in fact.meanings for fact in facts])
        others = np.array([not asked.isdisjoint(fact.meanings) for fact in facts]) & ~says
        if says.any() and others.any():
            margin = apart[says][:, others].min(axis=1)
            kept = min(len(margin), max(FEWEST, round(CLEAR * len(margin))))
            for i in np.flatnonzero(says)[np.argsort(-margin, kind="stable")[kept:]]:
                unsaid[i].add(meaning)
    return tuple(
        replace(fact, meanings=tuple(m for m in fact.meanings if m not in no))
        for fact, no in zip(facts, unsaid, strict=True)
    )


def _fits(way: Shown) -> bool:
    """Whether it is a whole stroke of somebody who stands and talks."""
    gesture = way.gesture
    needed = {"both": {"left", "right"}, "none": {""}}.get(gesture.hands, {gesture.hands})
    return (
        gesture.kind in KINDS
        and needed <= gesture.parts
        and not gesture.seated
        and SIZES[0] < gesture.size < SIZES[1]
        and SPEEDS[0] < gesture.speed < SPEEDS[1]
        and gesture.apex - gesture.start < LONGEST
    )


def _kept_for_test(way: Shown) -> bool:
    return zlib.crc32(way.gesture.take.encode()) % TEST_SHARE == 0
