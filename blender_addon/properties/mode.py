# SPDX-License-Identifier: GPL-3.0-or-later
"""What the character does while the take lasts: talk, listen or stand; and where it looks."""

from __future__ import annotations

from typing import Any, Final

import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty

from ..motion.mode import MOST_STIR, Mode


class GesturesMode(bpy.types.PropertyGroup):
    """The mode of the next take."""

    kind: EnumProperty(
        name="Mode",
        description="What the character does",
        items=(
            ("TALK", "Talk", "Gesture to the speech"),
            ("LISTEN", "Listen", "Listen to the speech: hands at rest, nods where phrases end"),
            ("IDLE", "Idle", "Stand and breathe; needs neither speech nor engine"),
        ),
    )
    seconds: FloatProperty(
        name="Duration",
        description="How long the idle take is",
        min=1.0,
        max=600.0,
        default=10.0,
        subtype="TIME_ABSOLUTE",
    )
    breathing: FloatProperty(
        name="Breathing",
        description="How deeply the character breathes: 1 as people do at rest, 0 not at all",
        min=0.0,
        max=MOST_STIR,
        default=1.0,
    )
    sway: FloatProperty(
        name="Sway",
        description="How much the upper body drifts; hips and feet stay where they are",
        min=0.0,
        max=MOST_STIR,
        default=1.0,
    )
    look_at: PointerProperty(
        name="Look At",
        description="The object that the head turns to, on top of what it does; optional",
        type=bpy.types.Object,
    )
    look: FloatProperty(
        name="Look",
        description="How far the head turns to the object: 1 all the way, within its limits",
        min=0.0,
        max=1.0,
        default=1.0,
        subtype="FACTOR",
    )


def mode_of(scene: Any) -> Mode:
    """The mode that SCENE's panel asks for."""
    asked = scene.gestures_mode
    return Mode(
        kind=asked.kind,
        seconds=round(asked.seconds, 4),
        breathing=round(asked.breathing, 4),
        sway=round(asked.sway, 4),
        look_at=asked.look_at.name if asked.look_at else "",
        look=round(asked.look, 4),
    )


def show(scene: Any, mode: Mode) -> None:
    """Set SCENE's panel to MODE; an object to look at that is gone is left out."""
    asked = scene.gestures_mode
    for name in ("kind", "seconds", "breathing", "sway", "look"):
        setattr(asked, name, getattr(mode, name))
    asked.look_at = scene.objects.get(mode.look_at)


CLASSES: Final = (GesturesMode,)
OWNED: Final = {bpy.types.Scene: {"gestures_mode": PointerProperty(type=GesturesMode)}}
