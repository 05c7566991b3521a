# SPDX-License-Identifier: GPL-3.0-or-later
"""A take's style and how each level moves, kept in the take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .. import signals
from ..keys.spacing import LEAST, MOST
from .generate import BEAT, LEVELS, MEANING, RHYTHM

if TYPE_CHECKING:
    from bpy.types import Context

SHAPES: Final = ("strength", "smoothing", "offset")
EVEN: Final = (1 / 3,) * (3 * len(LEVELS))


def _row_moved(row: int) -> Callable[[Any, Context], None]:
    return lambda settings, context: signals.style_moved.tell(settings, row)


def _shape_moved(settings: Any, context: Context) -> None:
    signals.shape_moved.tell(settings)


def _intensity_moved(armature: Any, context: Context) -> None:
    signals.intensity_moved.tell(armature)


def _slider_row(index: int, name: str, description: str) -> Any:
    return FloatVectorProperty(
        name=name,
        description=f"{description}. The part's other two values give way, to add up to 1",
        size=len(LEVELS),
        default=(1 / 3,) * len(LEVELS),
        min=0.0,
        max=1.0,
        precision=2,
        update=_row_moved(index),
    )


def _shape(name: str, description: str, default: float, low: float, high: float) -> Any:
    return FloatVectorProperty(
        name=name,
        description=description,
        size=len(LEVELS),
        default=(default,) * len(LEVELS),
        min=low,
        max=high,
        precision=2 if high < 10 else 0,
        update=_shape_moved,
    )


class GesturesStyle(bpy.types.PropertyGroup):
    """Style and shaping of one take, or of the next one."""

    style_low: _slider_row(0, "Beat", BEAT)
    style_mid: _slider_row(1, "Rhythm", RHYTHM)
    style_high: _slider_row(2, "Meaning", MEANING)
    strength: _shape(
        "Strength", "How far this part moves: 1 as generated, 0 it stands still, 2 twice as far",
        1.0, 0.0, 2.0,
    )  # fmt: skip
    smoothing: _shape(
        "Smoothing", "How soft this part moves: 0 with every small move, 1 flowing and slow",
        0.0, 0.0, 1.0,
    )  # fmt: skip
    offset: _shape(
        "Offset",
        "Degrees by which this part is held differently: torso forwards, elbows outwards, "
        "forearms up, wrists and fingers curled",
        0.0, -45.0, 45.0,
    )  # fmt: skip
    spacing: EnumProperty(
        name="Keys",
        description="How many keys the take has. It keeps its motion, so that all can come back",
        items=(
            ("EVERY", "Every Frame", "A key on every frame, straight to the next one"),
            ("REDUCED", "Reduced", "The poses that matter, with handles to shape what is between"),
            ("TWOS", "On Twos", "A pose on every second frame, held for two, as in drawn films"),
        ),
        update=_shape_moved,
    )
    tolerance: FloatProperty(
        name="Tolerance",
        description="Degrees by which each bone may be off on any frame, for having fewer keys",
        default=1.0,
        min=LEAST,
        max=MOST,
        soft_max=5.0,
        precision=1,
        update=_shape_moved,
    )
    known: FloatVectorProperty(size=3 * len(LEVELS), default=EVEN, options={"HIDDEN"})
    levels: IntProperty(default=len(LEVELS), options={"HIDDEN"})
    intensity_keys: StringProperty(options={"HIDDEN"})  # that the take's keys show
    pending: EnumProperty(  # what the keys do not show yet; in the take, so that undo knows it
        items=(("NONE", "", ""), ("SHAPE", "", ""), ("STYLE", "", "")), options={"HIDDEN"}
    )


CLASSES: Final = (GesturesStyle,)
OWNED: Final = {
    bpy.types.Action: {"gestures_style": PointerProperty(type=GesturesStyle)},
    bpy.types.Scene: {
        "gestures_style": PointerProperty(type=GesturesStyle),
        "gestures_style_of": EnumProperty(
            name="Style Of",
            description="Which take the sliders below belong to",
            items=(
                ("TAKE", "This Take", "Sliders change the take that the character shows"),
                ("NEXT", "Next Take", "Sliders set the style that the next take begins with"),
            ),
        ),
        "gestures_live": BoolProperty(
            name="Live",
            description="The shown take moves differently as soon as a slider is dragged",
            default=True,
        ),
    },
    bpy.types.Object: {
        "gestures_intensity": FloatProperty(
            name="Intensity",
            description=(
                "How far all gestures reach. Key it to have them grow and shrink along the timeline"
            ),
            default=1.0,
            min=0.0,
            max=2.0,
            override={"LIBRARY_OVERRIDABLE"},  # linked characters have one of their own
            update=_intensity_moved,
        )
    },
}
