# SPDX-License-Identifier: GPL-3.0-or-later
"""A take's style and how each level moves, kept in the take; sliders that balance themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..keys import intensity, writing
from ..motion.shaping import Shaping
from ..takes import live
from . import generate
from .generate import LEVELS, STYLE_ROWS

if TYPE_CHECKING:
    from bpy.types import Action, Context
    from numpy.typing import NDArray

SHAPES: Final = ("strength", "smoothing", "offset")
EVEN: Final = (1 / 3,) * (3 * len(LEVELS))
_silent = False  # while the add-on itself moves sliders


@contextmanager
def silently() -> Iterator[None]:
    """Sliders moved in here ask for nothing and balance nothing."""
    global _silent
    before, _silent = _silent, True
    try:
        yield
    finally:
        _silent = before


def _row_moved(row: int) -> Callable[[Any, Context], None]:
    def moved(settings: Any, context: Context) -> None:
        if _silent:
            return
        with silently():
            _balance(settings, row)
        put_style(context, settings, sliders(settings).tolist())

    return moved


def _shape_moved(settings: Any, context: Context) -> None:
    if _silent or not isinstance(settings.id_data, bpy.types.Action):
        return
    _mirror(context, settings)
    live.ask(settings, "SHAPE")


def _intensity_moved(armature: Any, context: Context) -> None:
    action = writing.current_action(armature)
    if not _silent and action is not None and writing.is_take(action):
        live.ask(style_of(action), "SHAPE")


def _balance(settings: Any, row: int) -> None:
    """Scale the other two sliders of each column whose ROW has moved, so that it adds up to 1."""
    matrix = sliders(settings)
    moved = np.abs(matrix[row] - np.array(settings.known).reshape(3, -1)[row]) > 1e-6
    others = [other for other in range(3) if other != row]
    for level in np.flatnonzero(moved):
        rest, total = 1.0 - matrix[row, level], matrix[others, level].sum()
        share = matrix[others, level] / total if total > 1e-6 else 0.5
        matrix[others, level] = rest * share
    put_sliders(settings, matrix)


def sliders(settings: Any) -> NDArray[np.float64]:
    """The sliders as they stand, rows low, mid, high by levels (3, 6)."""
    return np.array([getattr(settings, row)[:] for row in STYLE_ROWS], np.float64)


def put_sliders(settings: Any, style: NDArray[np.float64]) -> None:
    """Move the sliders to STYLE (3, levels); of fewer levels the rest stays."""
    for row, values in zip(STYLE_ROWS, style, strict=True):
        getattr(settings, row)[: len(values)] = [float(value) for value in values]
    settings.known = [float(value) for value in sliders(settings).ravel()]


def _mirror(context: Context, settings: Any) -> None:
    """Let the next take begin with what this one was given."""
    scene: Any = context.scene
    with silently():
        put_sliders(scene.gestures_style, sliders(settings))
        generate.show_style(scene.gestures, style_rows(settings))
        for name in SHAPES:
            getattr(scene.gestures_style, name)[:] = getattr(settings, name)[:]


def _slider_row(index: int, name: str, description: str) -> Any:
    return FloatVectorProperty(
        name=name,
        description=f"{description}. The level's other two values give way, to add up to 1",
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

    style_low: _slider_row(0, "Low", "How much the level follows beat and volume")
    style_mid: _slider_row(1, "Mid", "How much it follows the rhythm of syllables and words")
    style_high: _slider_row(2, "High", "How much it follows the meaning of the speech")
    strength: _shape(
        "Strength", "How far the level moves from its posture: 1 as generated, 0 not at all",
        1.0, 0.0, 2.0,
    )  # fmt: skip
    smoothing: _shape(
        "Smoothing", "How much fast jitter is taken out of the level: 0 nothing, 1 very much",
        0.0, 0.0, 1.0,
    )  # fmt: skip
    offset: _shape(
        "Offset",
        "Degrees by which the level is held differently: torso forwards, elbows outwards, "
        "forearms up, wrists and fingers curled",
        0.0, -45.0, 45.0,
    )  # fmt: skip
    known: FloatVectorProperty(size=3 * len(LEVELS), default=EVEN, options={"HIDDEN"})
    levels: IntProperty(default=len(LEVELS), options={"HIDDEN"})
    intensity_keys: StringProperty(options={"HIDDEN"})  # that the take's keys show
    pending: EnumProperty(  # what the keys do not show yet; in the take, so that undo knows it
        items=(("NONE", "", ""), ("SHAPE", "", ""), ("STYLE", "", "")), options={"HIDDEN"}
    )


def style_of(owner: Any) -> Any:
    """The GesturesStyle of an Action or a Scene."""
    return owner.gestures_style


def shown(context: Context) -> Any:
    """The style of the take that the chosen armature shows, or else that of the next take."""
    armature = generate.chosen_armature(context)
    action = writing.current_action(armature) if armature else None
    showing = action is not None and writing.is_take(action)
    return style_of(action if showing else context.scene)


def shaping(settings: Any) -> Shaping:
    """SETTINGS' strengths, smoothings and offsets."""
    return Shaping(*(tuple(round(v, 4) for v in getattr(settings, name)) for name in SHAPES))


def style_rows(settings: Any) -> list[list[float]]:
    """The style (3, levels) as the engine takes it, each column adding up to 1."""
    return [row[: settings.levels] for row in generate.style_matrix(settings)]


def put_style(context: Context, settings: Any, style: list[list[float]]) -> None:
    """Move all sliders of SETTINGS to STYLE at once; a take then follows them."""
    with silently():
        put_sliders(settings, np.array(style))
    scene: Any = context.scene
    scene.gestures.style_source = "SLIDERS"
    if isinstance(settings.id_data, bpy.types.Action):
        _mirror(context, settings)
        live.ask(settings, "STYLE")
    else:
        generate.show_style(scene.gestures, style)


def put_shaping(settings: Any, how: Shaping) -> None:
    """Set every level of SETTINGS to HOW; a take then follows."""
    for name in SHAPES:
        setattr(settings, name, getattr(how, name))


def begin_next(scene: Any, style: list[list[float]] | None, how: Shaping) -> None:
    """Let the next take in SCENE begin with STYLE, if there is one, and the shaping HOW."""
    with silently():
        if style:
            generate.show_style(scene.gestures, style)
            put_sliders(style_of(scene), np.array(style))
        put_shaping(style_of(scene), how)


def begin_take(action: Action, scene: Any, style: list[list[float]] | None, how: Shaping) -> None:
    """Give a new take ACTION the STYLE and the shaping HOW that it was made with."""
    settings = style_of(action)
    with silently():
        settings.levels = len(style[0]) if style else 0
        if style:
            put_sliders(settings, np.array(style))
            put_sliders(style_of(scene), np.array(style))
        for name in SHAPES:
            getattr(settings, name)[:] = getattr(how, name)
    settings.intensity_keys = intensity.fingerprint(action)


CLASSES: Final = (GesturesStyle,)


def register() -> None:
    """Give takes, scenes and armatures their settings."""
    types: Any = bpy.types
    types.Action.gestures_style = PointerProperty(type=GesturesStyle)
    types.Scene.gestures_style = PointerProperty(type=GesturesStyle)
    types.Scene.gestures_live = BoolProperty(
        name="Live",
        description="Change the shown take's keys while a slider moves",
        default=True,
    )
    types.Object.gestures_intensity = FloatProperty(
        name="Intensity",
        description="Scales how far the gestures reach. Key it to let it vary along the timeline",
        default=1.0,
        min=0.0,
        max=2.0,
        override={"LIBRARY_OVERRIDABLE"},  # linked characters have one of their own
        update=_intensity_moved,
    )


def unregister() -> None:
    """Take them away."""
    types: Any = bpy.types
    for owner, name in (
        (types.Object, "gestures_intensity"),
        (types.Scene, "gestures_live"),
        (types.Scene, "gestures_style"),
        (types.Action, "gestures_style"),
    ):
        delattr(owner, name)
