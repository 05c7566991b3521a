# SPDX-License-Identifier: GPL-3.0-or-later
"""The strokes of a take as its list shows them; what they are made from is kept in the plan."""

from __future__ import annotations

from typing import Final

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatProperty,
    IntProperty,
    StringProperty,
)


class GesturesStroke(bpy.types.PropertyGroup):
    """One line of the list."""

    time: FloatProperty(name="Time", description="Seconds from the take's start to its stroke")
    title: StringProperty(name="Gesture", description="What the gesture is called")
    gesture: StringProperty(name="Name", description="What the model calls the gesture")
    hand: StringProperty(name="Hand", description="Which hand makes it: left, right or both")
    size: FloatProperty(name="Size", description="How large it is: 1 as it was recorded")
    tempo: FloatProperty(name="Tempo", description="How quick it is: 1 as it was recorded")
    hold: FloatProperty(
        name="Hold", description="Seconds until the hands start home; below 0 until the next one"
    )
    muted: BoolProperty(name="Mute", description="Whether the hands leave it out")
    shape: StringProperty(
        name="Hand Shape", description="What the fingers do; when empty, as in the gesture"
    )
    shaped: StringProperty(
        name="Shaped Hand", description="Which hand has that shape: left, right or both"
    )


CLASSES: Final = (GesturesStroke,)
OWNED: Final = {
    bpy.types.Action: {
        "gestures_strokes": CollectionProperty(
            name="Strokes",
            description="The gestures of this take in order of time",
            type=GesturesStroke,
        ),
        "gestures_stroke": IntProperty(name="Stroke", description="The stroke chosen in the list"),
    }
}
