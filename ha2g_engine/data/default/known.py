# SPDX-License-Identifier: GPL-3.0-or-later
"""Which gestures of the library the default model learns, and which are kept for its test."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np

from ha2g_engine.data.gestures.library import Library
from ha2g_engine.data.gestures.library import Way as Shown
from ha2g_engine.gestures.planner import KINDS
from ha2g_engine.gestures.repertoire import CODE, Facts, Repertoire, Way

SIZES: Final = (0.15, 0.9)  # m from home: neither hardly seen nor over the head
SPEEDS: Final = (0.5, 2.8)  # m/s at the peak: neither limp nor violent
LONGEST: Final = 20  # frames from a stroke's start to its apex
TEST_SHARE: Final = 10  # every tenth performance is kept for the test split


def repertoire(library: Library, *, test: bool = False) -> Repertoire:
    """The ways of gesturing that are learned; test: those that nothing else may show instead."""
    ways = [way for way in library.ways() if _fits(way) and _kept_for_test(way) == test]
    facts = tuple(_facts(way) for way in ways)
    codes = [library.code(way.gesture, way.hand, mirror=way.mirror)[:CODE] for way in ways]
    return Repertoire(facts, np.stack(codes).astype(np.float16).astype(np.float32))


def _facts(way: Shown) -> Facts:
    gesture = way.gesture
    known = Way(gesture.name, way.hand, way.mirror)
    return Facts(known, way.hands, gesture.kind, way.meanings, way.shapes, gesture.size)


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
