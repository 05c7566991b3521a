# SPDX-License-Identifier: GPL-3.0-or-later
"""Sketches of gestures: Greta's, fitted to this skeleton and to its meanings, and our own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.spatial.transform import Rotation

from ha2g_engine.errors import InputError

from .greta import SIDES, Hand, Quaternion, Sketch, Triple, read_sketches
from .hands import NAMED
from .lexicon import GRETA_KINDS, KIND_OF_MEANING, meanings

OWN: Final = Path(__file__).with_name("sketches.toml")
AT_HOME: Final = 0.22  # arm lengths from the hanging hand: a phase that only rests
HANGING: Final = np.array([0.36, -0.66, 0.10])
NEAREST: Final = (
    0.26  # arm lengths forward that a raised wrist keeps, lest the elbow stick out behind
)
RAISED: Final = (-0.55, -0.25)  # up, in arm lengths: from nowhere raised to wholly
CHEST: Final = 0.55  # of Greta's way forward that a hand on the own chest keeps; hers is thicker
WIDER: Final = 1.35  # image schemas: how much further the hands go than in the lexicon
WAYS: Final = {  # in Greta's axes on the right side: to the left, up, forward
    "in": (1, 0, 0),
    "out": (-1, 0, 0),
    "up": (0, 1, 0),
    "down": (0, -1, 0),
    "ahead": (0, 0, 1),
    "back": (0, 0, -1),
}


@dataclass(frozen=True)
class Meant:
    """A sketch with what it means. alone: whether one of its two hands says the same."""

    sketch: Sketch
    origin: str
    kind: str
    meanings: tuple[str, ...]
    alone: bool


def all_sketches(folder: Path) -> Iterator[Meant]:
    """Greta's sketches that mean something, then ours. Raises InputError for missing files."""
    read = read_sketches(folder)
    names = {sketch.name for sketch in read}
    told: dict[str, int] = {}
    for sketch in read:
        told[sketch.name] = told.get(sketch.name, 0) + 1
        words = meanings("greta", sketch.name)
        if words:
            name = sketch.name if told[sketch.name] == 1 else f"{sketch.name}/{told[sketch.name]}"
            alone = f"{sketch.name.removesuffix('_B')}_R" in names
            kind = GRETA_KINDS[sketch.category]
            if kind in ("iconic", "metaphoric"):
                kind = KIND_OF_MEANING.get(words[0], kind)
            kind = "metaphoric" if kind == "listening" else kind
            yield Meant(replace(fitted(sketch), name=name), "greta", kind, words, alone)
    yield from own_sketches()


def fitted(sketch: Sketch) -> Sketch:
    """Greta's sketch on this skeleton: no phases at rest, places where this body needs them."""
    phases = list(sketch.phases)
    if sketch.category != "rest":
        phases = _without_rests(phases)
    if sketch.category == "imageschema" and len(phases) == 2:
        phases[1] = {side: _further(phases[0].get(side), hand) for side, hand in phases[1].items()}
    if meanings("greta", sketch.name) == ("me",):
        phases = [_changed(phase, _to_chest) for phase in phases]
    elif sketch.category != "rest":
        phases = [_changed(phase, _before_body) for phase in phases]
    return replace(sketch, phases=tuple(phases))


def _without_rests(phases: list[dict[str, Hand]]) -> list[dict[str, Hand]]:
    """Without the first and last phases in which hands hang; all of them where all do."""
    working = [i for i, phase in enumerate(phases) if not all(map(_hangs, phase.values()))]
    return phases[working[0] : working[-1] + 1] if working else phases


def _hangs(hand: Hand) -> bool:
    return float(np.linalg.norm(np.array(hand.place) - HANGING)) < AT_HOME


def _further(before: Hand | None, hand: Hand) -> Hand:
    if before is None:
        return hand
    first, last = np.array(before.place), np.array(hand.place)
    return replace(hand, place=_triple(first + WIDER * (last - first)))


def _changed(phase: dict[str, Hand], change: Any) -> dict[str, Hand]:
    return {side: change(hand) for side, hand in phase.items()}


def _to_chest(hand: Hand) -> Hand:
    outward, up, forward = hand.place
    return replace(hand, place=(outward, up, CHEST * forward))


def _before_body(hand: Hand) -> Hand:
    """A raised hand keeps before the body, else its elbow would stick out behind."""
    outward, up, forward = hand.place
    raised = float(np.clip((up - RAISED[0]) / (RAISED[1] - RAISED[0]), 0, 1))
    aside = float(np.clip((abs(outward) - 0.6) / 0.3, 0, 1))
    least = NEAREST * raised * (1 - aside)
    return replace(hand, place=(outward, up, max(forward, least)))


def _triple(values: Any) -> Triple:
    x, y, z = (float(value) for value in values)
    return x, y, z


@cache
def _own_table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(OWN.read_text(encoding="utf-8"))


def own_sketches() -> Iterator[Meant]:
    """Those of this project. Raises InputError for a shape or a way that there is not."""
    for name, entry in _own_table().items():
        told: dict[str, Any] = {side: entry[side] for side in SIDES.values() if side in entry}
        if "both" in entry:
            told = dict.fromkeys(SIDES.values(), entry["both"])
        phases = [
            {side: own_hand(name, hands[i]) for side, hands in told.items()}
            for i in range(max(map(len, told.values())))
        ]
        sketch = Sketch(name, entry["kind"], tuple(phases))
        alone = "both" in entry and entry["kind"] != "iconic"
        yield Meant(sketch, "ha2g", entry["kind"], tuple(entry["meanings"]), alone)


def own_hand(name: str, entry: dict[str, Any]) -> Hand:
    """A hand told in words. Raises InputError for a shape or a way that there is not."""
    if entry["shape"] not in NAMED:
        raise InputError(f"The sketch '{name}' wants a hand shape '{entry['shape']}', unknown.")
    turn = turned(_way(name, entry["fingers"]), _way(name, entry["palm"]))
    return Hand(_triple(entry["place"]), turn, True, entry.get("elbow", 0.4), entry["shape"])


def _way(name: str, words: str) -> np.ndarray[Any, Any]:
    """A direction told in words, in Greta's axes; two words are the way between them."""
    if unknown := set(words.split()) - set(WAYS):
        raise InputError(f"The sketch '{name}' points '{unknown.pop()}', which is no direction.")
    weights = (1.0, 0.6)
    way = sum(
        weight * np.array(WAYS[word], np.float64)
        for weight, word in zip(weights, words.split(), strict=False)
    )
    return np.asarray(way / np.linalg.norm(way))


def turned(fingers: Any, palm: Any) -> Quaternion:
    """(w, x, y, z) that turns the hanging right hand so that fingers and palm point there.

    Where both ways are not square to each other, the fingers' is kept.
    """
    palm = palm - fingers * (fingers @ palm)
    palm = palm / np.linalg.norm(palm)
    matrix = np.stack([palm, -fingers, np.cross(palm, -fingers)], axis=1)
    x, y, z, w = (float(value) for value in Rotation.from_matrix(matrix).as_quat())
    return w, x, y, z
