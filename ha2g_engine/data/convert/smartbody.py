# SPDX-License-Identifier: GPL-3.0-or-later
"""``smartbody_gestures`` (USC ICT, LGPL 2.1) → recordings, a body set a speaker.

The clips have no sound; on request each gets a voice made by rule (``phase_voice``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ha2g_engine.body.anatomy import FACE
from ha2g_engine.body.skeleton import EXPRESSIVE, FPS, NEUTRAL, skeleton, unit
from ha2g_engine.data.clips import Row, arcs, canonical, read
from ha2g_engine.data.phase_voice import spoken
from ha2g_engine.data.source import Source

Anatomy = Literal["own", "skeleton"]

NEEDED: Final = {  # column: why a clip with 0 there is left out
    "usable": "unusable in the source",
    "has_fingers": "no finger moves",
    "left_thumb_ok": "wrong left thumb in the source",
}

TRUNK_NAMES: Final = ("spine>neck", "neck>left_shoulder", "neck>right_shoulder")
AROUND: Final = Rotation.from_rotvec([0.0, np.pi, 0.0])  # half a turn about the vertical


def sources(
    folder: Path,
    anatomy: Anatomy = "skeleton",
    *,
    voiced: bool = False,
    gesture: bool = False,
    only: str = "",
) -> Iterator[Source]:
    """The usable clips, (T, bones, 3) at 15 fps; duplicates share a take.

    anatomy: ``skeleton`` writes torso, collars and face as what moved from the body's own rest
    on the skeleton's neutral; ``own`` leaves each body its collars and face. voiced: with the
    voice of ``phase_voice``, else silent. gesture: nine bones, the Gesture skeleton's.
    only: clips with this in their name, such as one body's.
    Raises InputError when the folder lacks the files.
    """
    rows, motion, offsets = read(folder)
    takes, rests = _takes(rows), _rests(rows, motion, offsets)
    for i, row in enumerate(rows):
        if any(row[column] == "0" for column in NEEDED):
            continue
        name = f"{row['set']}/{row['name']}"
        if only not in name:
            continue
        directions = motion[offsets[i] : offsets[i + 1]]
        if anatomy == "skeleton":
            directions = canonical(directions, rests[_body(row)])
        if gesture:
            directions = as_gesture(directions)
        sound, words = np.zeros(0, np.float32), None
        if voiced:
            sound, words = spoken(row, len(directions) / FPS)
        yield Source(name, row["set"], unit(directions), sound, words, take=takes[i])


def as_gesture(directions: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, 42, 3) Expressive → (T, 9, 3) Gesture, which faces the other way.

    Arms are the same directions; spine, collars and face are what moved from the one skeleton's
    neutral on the other's.
    """
    table, made = skeleton("gesture"), []
    names = EXPRESSIVE.bone_names
    faces = [names.index(name) for name in FACE]
    turned = [Rotation.align_vectors(pose[faces], NEUTRAL[faces])[0] for pose in directions]
    head = AROUND * Rotation.concatenate(turned) * AROUND
    for name, neutral in zip(table.bone_names, table.neutral, strict=True):
        if "nose" in name:
            made.append(head.apply(neutral))
        elif name in TRUNK_NAMES:
            bone = names.index(name)
            made.append((AROUND * arcs(NEUTRAL[bone], directions[:, bone]) * AROUND).apply(neutral))
        else:
            made.append(AROUND.apply(directions[:, names.index(name)]))
    return unit(np.stack(made, axis=1).astype(np.float32))


def left_out(folder: Path) -> dict[str, int]:
    """How many clips are not used, by the first reason."""
    counts: dict[str, int] = {}
    for row in read(folder)[0]:
        reason = next((why for column, why in NEEDED.items() if row[column] == "0"), None)
        if reason:
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def _body(row: Row) -> tuple[str, str]:
    return row["set"], row["posture"]


def _rests(rows: list[Row], motion: NDArray[np.float32], offsets: Any) -> dict[Any, Any]:
    """(42, 3) resting pose of each body and posture: the median of its first frames."""
    firsts: dict[tuple[str, str], list[NDArray[np.float32]]] = {}
    for row, offset in zip(rows, offsets, strict=False):
        if row["usable"] == "1":
            firsts.setdefault(_body(row), []).append(motion[offset])
    return {body: unit(np.median(poses, axis=0)) for body, poses in firsts.items()}


def _takes(rows: list[Row]) -> list[str]:
    """A name for each clip's performance; a duplicate bears the name of the first take."""
    return [row["same_take_as"] or f"{row['set']}/{row['name']}" for row in rows]
