# SPDX-License-Identifier: GPL-3.0-or-later
"""The moods of a take as its list shows them; they are kept in its record."""

from __future__ import annotations

from typing import Final

import bpy
from bpy.props import CollectionProperty, EnumProperty, FloatProperty, IntProperty

from ..motion import moods


class GesturesMood(bpy.types.PropertyGroup):
    """One line of the list."""

    start: FloatProperty(name="Start", description="Seconds from the take's start")
    end: FloatProperty(name="End", description="Seconds from the take's start")
    mood: EnumProperty(name="Mood", description="What it is called", items=moods.KINDS)
    strength: FloatProperty(name="Strength", description="How much of it there is: 0 to 1")


CLASSES: Final = (GesturesMood,)
OWNED: Final = {
    bpy.types.Action: {
        "gestures_moods": CollectionProperty(
            name="Moods", description="The moods of this take in order of time", type=GesturesMood
        ),
        "gestures_mood": IntProperty(name="Mood", description="The mood chosen in the list"),
    }
}
