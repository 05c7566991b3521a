# SPDX-License-Identifier: GPL-3.0-or-later
"""Greta's lexicons of gestures (github.com/isir/greta, GPL-3.0), read into plain records.

Every hand is told as a right one: what Greta says of a left hand is its mirror image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from ha2g_engine.errors import InputError

Triple = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

GESTURES: Final = "gestuary_camille.xml"
SHAPES: Final = "HandShape.xml"
SPACE: Final = "GestureSpace.xml"
ARM_CM: Final = 56.0  # Greta's arm: symbolic places in cm and shares of the reach agree by it
SIDES: Final = {"RIGHT": "right", "LEFT": "left"}
AXES: Final = ("horizontalLocation", "verticalLocation", "frontalLocation")
LARGEST: Final = 8 << 20  # bytes; the lexicons are below 1 MB


@dataclass(frozen=True)
class Hand:
    """One hand in one phase.

    place: outward from the body's middle, up from the hanging elbow, forward from the shoulder,
    in arm lengths. turn: (w, x, y, z) of the hand from the hanging one, in the frame of the
    forearm or, if ``world``, of the body; None keeps what was. openness: how far the elbow is out.
    """

    place: Triple
    turn: Quaternion | None
    world: bool
    openness: float
    shape: str


@dataclass(frozen=True)
class Sketch:
    """A gesture of the lexicon: its phases in order, each {"left": Hand, "right": Hand}."""

    name: str
    category: str
    phases: tuple[dict[str, Hand], ...]


def read_sketches(folder: Path) -> list[Sketch]:
    """The lexicon's gestures that have phases. Raises InputError for missing or foreign files."""
    scale = {
        e.attrib["id"]: float(e.attrib["value"]) / ARM_CM
        for e in _root(folder / SPACE).iter("scale")
    }
    sketches = (_sketch(e, scale) for e in _root(folder / GESTURES).iter("gesture"))
    return [sketch for sketch in sketches if sketch.phases]


def read_shapes(folder: Path) -> dict[str, dict[str, Triple]]:
    """Hand shape (lower case) → {"index1": (x, y, z) degrees, …}; what stands at 0 is left out."""
    return {
        shape.attrib["id"].lower(): dict(_joints(shape))
        for shape in _root(folder / SHAPES).iter("HandShape")
    }


def _joints(shape: ET.Element) -> Iterator[tuple[str, Triple]]:
    for joint in shape:
        angles = (_number(joint, "x"), _number(joint, "y"), _number(joint, "z"))
        if any(angles):
            yield joint.tag.removeprefix("r_"), angles


def _root(path: Path) -> ET.Element:
    """The file's root element; entity definitions, which could expand without end, are refused."""
    if not path.is_file():
        raise InputError(f"'{path}' is missing: name the folder of Greta's lexicons.")
    if path.stat().st_size > LARGEST:
        raise InputError(f"'{path}' is too large for a lexicon of gestures.")
    text = path.read_bytes()
    if b"<!" in text.replace(b"<!--", b""):
        raise InputError(f"'{path}' defines a document type or entities, which is not read.")
    try:
        return ET.fromstring(text)
    except ET.ParseError as error:
        raise InputError(f"'{path}' is no XML file: {error}.") from error


def _sketch(element: ET.Element, scale: dict[str, float]) -> Sketch:
    phases = [
        {SIDES[h.attrib["side"]]: _hand(h, scale) for h in phase.iter("hand")}
        for phase in element.iter("phase")
    ]
    name, category = element.attrib["id"], element.attrib["category"]
    return Sketch(name, category.removeprefix("zz"), tuple(_carried_on(phases)))


def _carried_on(phases: list[dict[str, Hand]]) -> Iterator[dict[str, Hand]]:
    """Phases in which a hand that says nothing of its turn keeps the one it had."""
    turns: dict[str, tuple[Quaternion | None, bool]] = {}
    for phase in phases:
        told = {}
        for side, hand in phase.items():
            turn, world = (hand.turn, hand.world) if hand.turn else turns.get(side, (None, False))
            turns[side] = (turn, world)
            told[side] = Hand(hand.place, turn, world, hand.openness, hand.shape)
        yield told


def _hand(element: ET.Element, scale: dict[str, float]) -> Hand:
    place = element[0]
    x, y, z = (_along(place, axis, scale) for axis in AXES)
    shape, turn = element.find("handShape"), element.find("wristOrientation")
    world = turn is not None and turn.attrib.get("global") == "true"
    side = element.attrib["side"]
    return Hand(
        (x, y, z),
        None if turn is None else _turn(turn, side, world),
        world,
        float(element.attrib.get("openness", 0)),
        "empty" if shape is None else shape.attrib["value"].lower(),
    )


def _along(place: ET.Element, axis: str, scale: dict[str, float]) -> float:
    """A place on one axis in arm lengths, from a share or from a symbol."""
    element = place.find(axis)
    if element is None:
        raise InputError(f"A place of Greta's lexicon has no {axis}.")
    value = element.attrib["value"]
    return scale[value] if value in scale else float(value)


def _turn(element: ET.Element, side: str, world: bool) -> Quaternion:
    w, x, y, z = (_number(element, key) for key in "wxyz")
    return (w, x, y, z) if side == "RIGHT" else (w, x, -y, -z)


def _number(element: ET.Element, key: str) -> float:
    return float(element.attrib.get(key, 0))
