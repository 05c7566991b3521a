# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes of the gallery's variations, kept with each scene."""

from __future__ import annotations

from typing import Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, PointerProperty

from .generate import LARGEST_SEED


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


class GesturesGallery(bpy.types.PropertyGroup):
    """The gallery and what the next variations are like."""

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
        max=24,
    )
    amount: FloatProperty(
        name="Blend",
        description="Where between the two pinned variations the blend lies",
        default=0.5,
        min=0.0,
        max=1.0,
    )


CLASSES: Final = (GesturesVariation, GesturesGallery)
OWNED: Final = {bpy.types.Scene: {"gestures_gallery": PointerProperty(type=GesturesGallery)}}
