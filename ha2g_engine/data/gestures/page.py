# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of all gestures: ``python -m ha2g_engine.data.gestures.page docs``.

Writes ``gestures.md`` and, in ``gestures/``, sheets of pictures; the same library gives the same
files.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from ha2g_engine.body.skeleton import FPS
from ha2g_engine.files import replacing

from .gesture import ORIGINS, Gesture
from .library import MOTION, Library, load
from .pictures import COLUMNS, sheet, tile

PAGE: Final = "gestures.md"
FOLDER: Final = "gestures"
ROWS: Final = 12  # of pictures a sheet, at most
COLOURS: Final = 24  # of a sheet: lines on paper need no more
INTRODUCTION: Final = """# The gestures

Made by `python -m ha2g_engine.data.gestures.page docs` from the library that ships with the
engine (`ha2g_engine/data/gestures/gestures.npz`, `gestures.csv`). Each picture shows the apex of
the stroke from the front and from the side, and the leading hand enlarged; the person's right
hand is red and on the left. Fingers end at their last knuckle: the skeleton has no tips.

A gesture counts once here; mirrored and, where one hand of two says the same, one-handed it is
made when asked for. Gestures stand under their first meaning.
"""
SOURCES: Final = """
| origin | gestures | licence | what it is |
|---|---|---|---|
"""
ABOUT: Final = {
    "smartbody": "SmartBody (USC ICT), recorded and animated strokes",
    "rocketbox": "Microsoft Rocketbox, captured presenting, listening, laughing, idling",
    "hifi": "High Fidelity, animated talking and idling",
    "greta": "made from the lexicon of Greta (Camille's gestuary): place, palm, hand shape, phases",
    "ha2g": "made here, told like Greta's (`sketches.toml`)",
}


def write_page(library: Library, docs: Path) -> None:
    """Write the page and its sheets into the folder ``docs``."""
    for number, meanings in enumerate(_sheets(library), 1):
        gestures = [gesture for _, group in meanings for gesture in group]
        _write_sheet(library, gestures, docs / _sheet_name(number))
    with replacing(docs / PAGE) as part:
        part.write_text(page_text(library), encoding="utf-8")


def page_text(library: Library) -> str:
    """The page itself."""
    lines = [INTRODUCTION, _counts(library)]
    for number, meanings in enumerate(_sheets(library), 1):
        title = f"\n## {meanings[0][0]} to {meanings[-1][0]}\n"
        lines += [title, f"![]({_sheet_name(number)})\n", _table(meanings)]
    return "\n".join([*lines, ""])


def _sheet_name(number: int) -> str:
    return f"{FOLDER}/sheet_{number:02}.png"


def _sheets(library: Library) -> list[list[tuple[str, list[Gesture]]]]:
    """Meanings in order, each with its gestures, in groups that fit a sheet."""
    by_meaning: dict[str, list[Gesture]] = {}
    for gesture in library.gestures:
        by_meaning.setdefault(gesture.meanings[0], []).append(gesture)
    sheets: list[list[tuple[str, list[Gesture]]]] = [[]]
    for meaning in sorted(by_meaning):
        used = sum(len(group) for _, group in sheets[-1])
        if used and used + len(by_meaning[meaning]) > ROWS * COLUMNS:
            sheets.append([])
        sheets[-1].append((meaning, sorted(by_meaning[meaning], key=lambda g: (g.kind, g.name))))
    return sheets


def _write_sheet(library: Library, gestures: Sequence[Gesture], path: Path) -> None:
    tiles = [
        tile(g, library.directions(g)[g.apex], f"{g.meanings[0]}: {short(g.name)}")
        for g in gestures
    ]
    with replacing(path) as part:
        few = sheet(tiles).quantize(
            COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
        few.save(part, "PNG", optimize=True)


def short(name: str) -> str:
    """The end of a gesture's name, which tells it apart on a picture."""
    return name.split("/", 1)[-1].split("@")[-1][-30:]


def _counts(library: Library) -> str:
    origins = Counter(gesture.origin for gesture in library.gestures)
    shapes = Counter(
        gesture.shape(hand)
        for gesture in library.gestures
        for hand in ("left", "right")
        if gesture.hands in (hand, "both") and gesture.shape(hand)
    )
    takes = len({gesture.take for gesture in library.gestures})
    shown = len(library.ways())
    rows = [f"| {o} | {origins[o]} | {ORIGINS[o]} | {ABOUT[o]} |" for o in ABOUT]
    return (
        f"{len(library.gestures)} gestures of {takes} performances and {len(library.meanings())} "
        f"meanings; with mirror images and single hands {shown}.\n{SOURCES}"
        + "\n".join(rows)
        + "\n\nHand shapes of the hands that gesture: "
        + ", ".join(f"{shape} {count}" for shape, count in shapes.most_common())
        + ".\n"
    )


def _table(meanings: Sequence[tuple[str, Sequence[Gesture]]]) -> str:
    rows = ["| meaning | gesture | kind | hands | shape | s |", "|---|---|---|---|---|---|"]
    return "\n".join([*rows, *_rows(meanings)])


def _rows(meanings: Sequence[tuple[str, Sequence[Gesture]]]) -> Iterator[str]:
    for _, group in meanings:
        for g in group:
            words, seconds = ", ".join(g.meanings), g.frames / FPS
            yield (
                f"| {words} | {g.origin}: {short(g.name)} | {g.kind} | {g.hands} | "
                f"{_shapes(g)} | {seconds:.1f} |"
            )


def _shapes(gesture: Gesture) -> str:
    """The shapes of the hands that gesture."""
    sides = ("left", "right") if gesture.hands == "both" else (gesture.hands,)
    found = dict.fromkeys(gesture.shape(side) for side in sides if side != "none")
    return ", ".join(shape for shape in found if shape)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, prog="ha2g_engine.data.gestures.page")
    parser.add_argument("docs", type=Path, help="folder of the page")
    parser.add_argument("--library", type=Path, default=MOTION, help="another gestures.npz")
    arguments = parser.parse_args()
    write_page(load(arguments.library), arguments.docs)


if __name__ == "__main__":
    main()
