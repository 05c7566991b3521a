# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the gesture library: ``python -m ha2g_engine.data.gestures.build DATA OUT``.

DATA holds the folders ``smartbody_gestures``, ``talk_motion`` and ``greta_gestures``; OUT gets
``gestures.npz`` and ``gestures.csv``.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine.body.poses import Poses
from ha2g_engine.body.wrists import wrist_speed
from ha2g_engine.files import replacing

from . import greta, made, recorded, strokes
from .codes import Coder, description
from .gesture import Gesture
from .hands import ShapeNames
from .library import ARMS, MOTION, OTHER, TABLE, mirror_image, one_handed, rows
from .limits import beyond, held
from .recorded import Recording
from .sketches import Meant, all_sketches

Array = NDArray[np.floating[Any]]
Item = tuple[Gesture, NDArray[np.float32]]

FOLDERS: Final = ("smartbody_gestures", "talk_motion", "greta_gestures")
SIDE: Final = re.compile(r"_[LRB](?=$|/)")  # ends a name of Greta's: one gesture by each hand
STEP: Final = 1024  # directions are kept to 1/1024, 0.06 degrees: they compress to half
TOO_SMALL: Final = 0.05  # m: a stroke whose hands stay where they are is none
STRAINED: Final = 8.0  # degrees beyond a joint's range: what cannot be held within is left out
STILL: Final = ("listening", "idle", "emotion")  # kinds that need no moving hand


def build(data: Path, out: Path) -> tuple[Gesture, ...]:
    """Write ``gestures.npz`` and ``gestures.csv`` into ``out``; returns what is in them.

    Raises InputError when ``data`` lacks a folder or a file.
    """
    smartbody, talk, lexicon = (data / name for name in FOLDERS)
    shapes = greta.read_shapes(lexicon)
    classify = ShapeNames(shapes)
    home = made.home_pose(shapes)
    recordings = (*recorded.smartbody(smartbody), *recorded.talking(talk))
    items = [_recorded(recording, home, classify) for recording in recordings]
    items += [_made(meant, shapes, classify) for meant in all_sketches(lexicon)]
    items = [item for item in items if _worth_keeping(item)]
    write(items, home, out)
    return tuple(gesture for gesture, _ in items)


def _worth_keeping(item: Item) -> bool:
    """Whether the hands of a gesture move, and no joint goes where people's do not."""
    gesture, directions = item
    still = gesture.kind in STILL or not gesture.parts & ARMS.keys()
    return (still or gesture.size > TOO_SMALL) and beyond(directions) < STRAINED


def _recorded(clip: Recording, home: Array, classify: ShapeNames) -> Item:
    """The recording as a gesture; arms whose fingers are missing hang as at home."""
    motion, stroke = held(clip.directions), clip.stroke
    fingers = {"left", "right"} <= clip.parts
    for side in ARMS.keys() - clip.parts:
        motion = one_handed(motion, OTHER[side], home)
    if clip.still_fingers:
        motion = with_fingers_of(motion, home)
    hands = strokes.gesturing(motion, clip.home, stroke.start, stroke.relax) if fingers else "none"
    gesture = Gesture(
        name=clip.name,
        origin=clip.origin,
        kind=clip.kind,
        meanings=clip.meanings,
        hands=hands,
        alone=clip.alone,
        shapes=classify.of(motion[stroke.apex]) if fingers else ("", ""),
        parts=clip.parts,
        seated=clip.seated,
        frames=len(motion),
        start=stroke.start,
        apex=stroke.apex,
        end=stroke.end,
        relax=stroke.relax,
        size=float(strokes.away(motion[[stroke.apex]], clip.home).max()),
        speed=stroke.speed,
        take=clip.take,
    )
    return gesture, motion


def with_fingers_of(motion: Array, pose: Array) -> NDArray[np.float32]:
    """(T, 42, 3) with the fingers that ``pose`` (42, 3) has, in the motion's own palms."""
    poses, still = Poses.of(motion.astype(np.float64)), Poses.of(pose[None].astype(np.float64))
    fingers = np.broadcast_to(still.fingers, poses.fingers.shape)
    return Poses(poses.directions, poses.palms, fingers).together()


def _made(meant: Meant, shapes: dict[str, dict[str, greta.Triple]], classify: ShapeNames) -> Item:
    result = made.make(meant.sketch, shapes)
    motion = result.directions
    sides = frozenset(side for phase in meant.sketch.phases for side in phase)
    speed = wrist_speed(motion)[result.start : result.apex + 1].max(initial=0.0)
    gesture = Gesture(
        name=f"{meant.origin}/{meant.sketch.name}",
        origin=meant.origin,
        kind=meant.kind,
        meanings=meant.meanings,
        hands="both" if len(sides) == 2 else next(iter(sides)),
        alone=meant.alone,
        shapes=classify.of(motion[result.apex]),
        parts=sides,
        seated=False,
        frames=len(motion),
        start=result.start,
        apex=result.apex,
        end=result.end,
        relax=result.relax,
        size=float(strokes.away(motion[[result.apex]], motion[0]).max()),
        speed=float(speed),
        take=f"{meant.origin}/{SIDE.sub('', meant.sketch.name)}",
    )
    return gesture, motion


def write(items: list[Item], home: NDArray[np.float32], out: Path) -> None:
    """Write the library of (gesture, motion) into the folder ``out``."""
    motion = np.concatenate([directions for _, directions in items])
    known = [description(directions[g.apex], g.speed) for g, directions in items]
    coder = Coder.fitted(np.stack(list(_descriptions(items, home))))
    arrays = {
        "directions": (np.round(motion * STEP) / STEP).astype(np.float16),
        "offsets": np.cumsum([0, *(len(directions) for _, directions in items)]),
        "home": home.astype(np.float32),
        "codes": coder.of(np.stack(known)),
        "code_mean": coder.mean,
        "code_axes": coder.axes,
        "code_scale": coder.scale,
    }
    with replacing(out / MOTION.name) as part:
        np.savez_compressed(part, **arrays)
    with replacing(out / TABLE) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = list(rows(gesture for gesture, _ in items))
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def _descriptions(items: list[Item], home: NDArray[np.float32]) -> Iterator[NDArray[np.float64]]:
    """What the apex of every gesture with hands looks like, mirrored and one-handed as well."""
    for gesture, directions in items:
        if gesture.hands == "none":
            continue
        pose = directions[[gesture.apex]]
        for image in (pose, mirror_image(pose)):
            if gesture.hands in OTHER:
                side = gesture.hands if image is pose else OTHER[gesture.hands]
                yield description(one_handed(image, side, home)[0], gesture.speed)
            else:
                yield description(image[0], gesture.speed)
                sides = ARMS if gesture.alone else ()
                yield from (
                    description(one_handed(image, side, home)[0], gesture.speed) for side in sides
                )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, prog="ha2g_engine.data.gestures.build")
    parser.add_argument("data", type=Path, help=f"folder with {', '.join(FOLDERS)}")
    parser.add_argument("out", type=Path, help="folder of gestures.npz and gestures.csv")
    arguments = parser.parse_args()
    gestures = build(arguments.data, arguments.out)
    meanings = {word for gesture in gestures for word in gesture.meanings}
    print(f"{len(gestures)} gestures of {len(meanings)} meanings in '{arguments.out}'.")


if __name__ == "__main__":
    main()
