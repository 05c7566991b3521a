# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery's variations, kept with each scene: recipes, and motions unless they are too large.

What a stranger's file keeps here and is no motion counts as not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import bpy
import numpy as np
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from numpy.typing import NDArray

from ..body.skeleton import N_BONES
from .generate import LARGEST_SEED

MOST_KEPT: Final = 16 * 2**20  # bytes of a scene's motions; six of five minutes each
MOST: Final = 24  # pictures that are made at once
LOOKED_AT: Final = 4 * MOST  # kept motions, of a file that anybody may have written
UNIT: Final = 0.01  # by which a direction's length may differ from 1
NUMBERS: Final = ("level", "beats", "pauses")  # what the engine tells of the speech

Floats = NDArray[np.float32]


class GesturesVariation(bpy.types.PropertyGroup):
    """How a variation is made: a seed or two, and what is done to their motion."""

    seed: IntProperty(
        name="Seed",
        description="The number that these gestures are made from",
        min=0,
        max=LARGEST_SEED,
    )
    other: IntProperty(
        name="Other Seed",
        description="The number of the gestures that it is blended with",
        min=0,
        max=LARGEST_SEED,
    )
    amount: FloatProperty(
        name="Blend",
        description="How much of the other gestures is in it, 0 to 1",
        min=0.0,
        max=1.0,
    )
    pinned: BoolProperty(name="Pin", description="Keep this one when new variations are made")
    mirrored: BoolProperty(
        name="Mirror", description="As in a mirror: left-handed instead of right-handed"
    )
    other_hand: BoolProperty(
        name="Other Hand Leads", description="Exchange what the two arms do; the head stays"
    )


class GesturesKeptMotion(bpy.types.PropertyGroup):
    """What the engine made of a seed. motion: (T * 42 * 3) float32 as bytes."""

    seed: IntProperty(min=0, max=LARGEST_SEED, options={"HIDDEN"})
    motion: StringProperty(subtype="BYTE_STRING", options={"HIDDEN"})


class GesturesGallery(bpy.types.PropertyGroup):
    """The gallery and what the next variations are like.

    made: a take's record (see `takes.record`) of what they all were made from. NUMBERS: float32
    as bytes.
    """

    variations: CollectionProperty(
        name="Variations",
        description="The pictures of the gallery, in their order",
        type=GesturesVariation,
    )
    count: IntProperty(
        name="Variations",
        description="How many pictures the gallery shows at once",
        default=6,
        min=1,
        max=MOST,
    )
    columns: IntProperty(
        name="Side by Side",
        description="How many pictures stand in a line: the fewer, the larger they are",
        default=2,
        min=1,
        max=4,
    )
    amount: FloatProperty(
        name="Blend",
        description="Where between the two pinned variations the blend lies",
        default=0.5,
        min=0.0,
        max=1.0,
    )
    made: StringProperty(options={"HIDDEN"})
    kept: CollectionProperty(type=GesturesKeptMotion, options={"HIDDEN"})
    level: StringProperty(subtype="BYTE_STRING", options={"HIDDEN"})
    beats: StringProperty(subtype="BYTE_STRING", options={"HIDDEN"})
    pauses: StringProperty(subtype="BYTE_STRING", options={"HIDDEN"})
    level_rate: FloatProperty(options={"HIDDEN"})


def keep(gallery: Any, motions: Mapping[int, Floats]) -> None:
    """Let GALLERY keep these MOTIONS (T, 42, 3) by their seeds: the first ones, up to MOST_KEPT."""
    gallery.kept.clear()
    left = MOST_KEPT
    for seed, motion in motions.items():
        left -= motion.nbytes
        if left >= 0:
            new = gallery.kept.add()
            new.seed, new.motion = seed, _bytes(motion)


def keeps(gallery: Any, seed: int) -> bool:
    """Whether GALLERY keeps something for SEED."""
    return any(one.seed == seed for one in gallery.kept[:LOOKED_AT])


def kept(gallery: Any, seed: int) -> Floats | None:
    """The motion (T, 42, 3) that GALLERY keeps for SEED; None if it keeps none."""
    found = next((one.motion for one in gallery.kept[:LOOKED_AT] if one.seed == seed), b"")
    numbers = _numbers(found)
    if not len(numbers) or len(numbers) % (3 * N_BONES):
        return None
    motion = numbers.reshape(-1, N_BONES, 3)
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(motion, axis=-1)
    return motion if (np.abs(lengths - 1.0) < UNIT).all() else None


def keep_numbers(gallery: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep of ARRAYS what tells of the speech."""
    for name in NUMBERS:
        setattr(gallery, name, _bytes(arrays[name]) if name in arrays else b"")


def numbers(gallery: Any) -> dict[str, Floats]:
    """What GALLERY keeps of the speech, flat."""
    return {name: _numbers(getattr(gallery, name)) for name in NUMBERS}


def _bytes(array: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(array, "<f4").tobytes()


def _numbers(content: bytes) -> Floats:
    """The numbers in CONTENT; none if that is too much, or one of them is no number."""
    usable = len(content) <= MOST_KEPT and not len(content) % 4
    found = np.frombuffer(content if usable else b"", "<f4").astype(np.float32)
    return found if np.isfinite(found).all() else found[:0]


CLASSES: Final = (GesturesVariation, GesturesKeptMotion, GesturesGallery)
OWNED: Final = {bpy.types.Scene: {"gestures_gallery": PointerProperty(type=GesturesGallery)}}
