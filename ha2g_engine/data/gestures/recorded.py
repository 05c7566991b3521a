# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded clips → gestures in one anatomy: SmartBody's, and talking, listening and idling people.

As for SmartBody's bodies (``data.clips``), trunk, collars and face are what moved since the rest
of the clip's own body; arms and fingers stay the directions that they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import Poses
from ha2g_engine.body.skeleton import FPS, unit
from ha2g_engine.data.clips import Row, canonical, read
from ha2g_engine.gestures.hand_shapes import MIRROR

from . import strokes
from .gesture import PARTS
from .lexicon import KIND_OF_MEANING, SMARTBODY_KINDS, meanings
from .strokes import Stroke

Array = NDArray[np.floating[Any]]

TALK_MOTION: Final = "talk_motion_15fps.npz"
STANDING, CHAIR, AT_TABLE = "standing", "chair", "at table"
LATE: Final = (-0.1, 0.4)  # s from where the hand has arrived to a sync point that is believed
LABELLED: Final = 0.45  # of the furthest way from home, where it is: beats end low
MARGIN: Final = 4  # frames kept before a stroke and after it
LONGEST: Final = 120  # frames; what goes on longer is cut into pieces
BIND_FRAMES: Final = {"hifi": 1}  # at the start of a file, which show no motion yet
TOGETHER: Final = ("size_shape",)  # types of clip whose two hands say it together
ACTIVE: Final = 0.05  # m, hands further out are at work
OUTER: Final = frozenset(PARTS)


@dataclass(frozen=True)
class Recording:
    """A gesture's motion (T, 42, 3), with what the files say of it.

    home: (42, 3), where it starts from. stroke: its frames. still_fingers: whether they are the
    file's bind pose while the arms are true.
    """

    name: str
    origin: str
    kind: str
    meanings: tuple[str, ...]
    directions: NDArray[np.float32]
    home: NDArray[np.float32]
    stroke: Stroke
    parts: frozenset[str]
    alone: bool
    seated: bool
    take: str
    still_fingers: bool = False


def smartbody(folder: Path) -> Iterator[Recording]:
    """Every usable clip of ``smartbody_gestures`` that means something.

    Raises InputError when the folder lacks the files.
    """
    rows, motion, offsets = read(folder)
    rests = _rests([(r["set"], r["posture"]) for r in rows], rows, motion, offsets)
    for i, row in enumerate(rows):
        words = meanings("smartbody", row["gesture"] or "idle")
        if row["usable"] == "1" and words and row["type"] in SMARTBODY_KINDS:
            raw = motion[offsets[i] : offsets[i + 1]].astype(np.float64)
            yield from _pieces(_smartbody(row, words, raw, rests[row["set"], row["posture"]]))


def _rests(
    bodies: list[Any], rows: list[Row], motion: Array, offsets: NDArray[np.int64]
) -> dict[Any, NDArray[np.float32]]:
    """(42, 3) resting pose of each body: the median of its clips' first frames."""
    firsts: dict[Any, list[Array]] = {}
    for body, row, offset in zip(bodies, rows, offsets, strict=False):
        if row.get("usable", "1") == "1":
            firsts.setdefault(body, []).append(motion[int(offset)])
    return {body: unit(np.median(poses, axis=0)) for body, poses in firsts.items()}


def _smartbody(row: Row, words: tuple[str, ...], raw: Array, rest: Array) -> Recording:
    moved = canonical(raw, rest)
    if row["left_thumb_ok"] == "0":
        moved = with_right_thumb(moved)
    stroke = strokes.find_stroke(moved, moved[0])
    if row["sync_ok"] == "1":
        stroke = labelled(stroke, row, strokes.away(moved, moved[0]).max(axis=1))
    if words[0] == "me":
        stroke = strokes.nearest_chest(moved, stroke)
    name = f"{row['set']}/{row['name']}"
    return Recording(
        name=name,
        origin="smartbody",
        kind=SMARTBODY_KINDS[row["type"]],
        meanings=words,
        directions=moved,
        home=moved[0],
        stroke=stroke,
        parts=OUTER,
        alone=row["type"] not in TOGETHER,
        seated=False,
        take=row["same_take_as"] or name,
        still_fingers=row["has_fingers"] == "0",
    )


def labelled(found: Stroke, row: Row, out: Array) -> Stroke:
    """The stroke by SmartBody's own sync points, where they agree with what the wrist does.

    out: (T,) m that the hands are away from home.
    """
    start, emphasis, end, relax = (
        min(round(float(row[c]) * FPS), len(out) - 1)
        for c in ("stroke_start", "emphasis", "stroke_end", "relax")
    )
    late = (emphasis - found.apex) / FPS
    if not LATE[0] <= late <= LATE[1] or not strokes.far_enough(out, emphasis, LABELLED):
        return found
    end = max(end, emphasis)
    return replace(
        found, start=min(start, emphasis - 1), apex=emphasis, end=end, relax=max(relax, end)
    )


def with_right_thumb(directions: Array) -> NDArray[np.float32]:
    """The left thumb bent in its palm as the right one in its own, where the left one is wrong."""
    poses = Poses.of(directions.astype(np.float64))
    fingers = poses.fingers.copy()
    fingers[0, :, 12:] = fingers[1, :, 12:] * MIRROR
    return replace(poses, fingers=fingers).together()


def talking(folder: Path) -> Iterator[Recording]:
    """Every clip of ``talk_motion`` that means something, running speech stroke by stroke.

    Clips without fingers are true of trunk and head only.
    Raises InputError when the folder lacks the files.
    """
    rows, motion, offsets = read(folder, TALK_MOTION)
    bodies = [_body(row) for row in rows]
    rests = _rests(bodies, rows, motion, offsets)
    for i, (row, body) in enumerate(zip(rows, bodies, strict=True)):
        words = meanings("talk", row["name"].removeprefix("f_").removeprefix("m_"))
        if words:
            first = int(offsets[i]) + BIND_FRAMES.get(row["origin"], 0)
            raw = motion[first : offsets[i + 1]].astype(np.float64)
            yield from _talk(row, words, raw, rests[body])


def _body(row: Row) -> tuple[str, str, str]:
    """Origin, figure and posture: those of one body share a rest."""
    name = row["name"]
    place = STANDING
    if row["seated"] == "1":
        place = AT_TABLE if "table" in name else CHAIR
    if row["origin"] == "hifi":
        place = "talk" if row["kind"] == "talk" else place
    return row["origin"], name[:2] if name[:2] in ("f_", "m_") else "", place


def _talk(row: Row, words: tuple[str, ...], raw: Array, rest: Array) -> Iterator[Recording]:
    moved = canonical(raw, rest)
    fingers = row["has_fingers"] == "1"
    whole = Recording(
        name=f"{row['origin']}/{row['name']}",
        origin=row["origin"],
        kind=_kind(row, words),
        meanings=words,
        directions=moved,
        home=canonical(rest[None], rest)[0] if row["kind"] == "talk" else moved[0],
        stroke=strokes.widest(moved, moved[0]),
        parts=OUTER if fingers else OUTER - {"left", "right"},
        alone=row["kind"] == "talk",
        seated=row["seated"] == "1",
        take=f"{row['origin']}/{row['name']}",
    )
    if row["kind"] == "talk" and fingers:
        yield from _running(whole)
    else:
        yield from _pieces(_trimmed(whole) if whole.kind == "emblem" else whole)


def _kind(row: Row, words: tuple[str, ...]) -> str:
    return "listening" if row["kind"] == "listener" else KIND_OF_MEANING[words[0]]


def _running(whole: Recording) -> Iterator[Recording]:
    """The strokes of somebody talking on, each with a little of what is before and after."""
    for number, stroke in enumerate(strokes.running_strokes(whole.directions), 1):
        first = max(stroke.start - MARGIN, 0)
        last = min(stroke.relax + MARGIN, len(whole.directions) - 1, stroke.start + LONGEST)
        yield replace(
            whole,
            name=f"{whole.name}/{number}",
            directions=whole.directions[first : last + 1],
            stroke=_shifted(stroke, first, last),
        )


def _trimmed(whole: Recording) -> Recording:
    """Without the idle time before and after."""
    out = strokes.away(whole.directions, whole.home).max(axis=1)
    busy = np.flatnonzero(out > ACTIVE)
    if not len(busy):
        return whole
    first = max(int(busy[0]) - MARGIN, 0)
    last = min(int(busy[-1]) + MARGIN, len(out) - 1, first + LONGEST)
    cut = whole.directions[first : last + 1]
    return replace(whole, directions=cut, stroke=strokes.find_stroke(cut, whole.home))


def _pieces(whole: Recording) -> Iterator[Recording]:
    """The recording, in pieces where it is long."""
    count = -(-len(whole.directions) // LONGEST)
    if count == 1:
        yield whole
        return
    for number, cut in enumerate(np.array_split(whole.directions, count), 1):
        stroke = strokes.widest(cut, cut[0])
        yield replace(
            whole, name=f"{whole.name}/{number}", directions=cut, home=cut[0], stroke=stroke
        )


def _shifted(stroke: Stroke, first: int, last: int) -> Stroke:
    phases = (stroke.start, stroke.apex, stroke.end, stroke.relax)
    start, apex, end, relax = (min(frame, last) - first for frame in phases)
    return Stroke(start, apex, end, relax, stroke.speed)
