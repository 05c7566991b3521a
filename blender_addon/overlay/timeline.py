# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech and strokes of the shown take, drawn over the timeline and the dope sheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from .. import log, signals, touched
from ..speech import handles as word_handles
from ..strokes import bands, handles
from ..takes import shown
from . import moods
from . import shapes as overlay_shapes
from .shapes import Points, View

if TYPE_CHECKING:
    from bpy.types import Context

TEXT: Final = 10.0  # points
GAP: Final = 4.0  # pixels between two titles
COLOURS: Final = {
    "wave": (0.45, 0.75, 0.55, 0.45),
    "pauses": (0.05, 0.05, 0.06, 0.35),
    "beats": (0.95, 0.9, 0.6, 0.6),
    "L": (0.45, 0.68, 0.95, 0.95),
    "R": (0.98, 0.62, 0.36, 0.95),
    "LR": (0.8, 0.7, 0.95, 0.95),
}
STEM: Final = 2.0  # pixels wide, of a handle
HEAD: Final = 5.0  # pixels from the middle of its head to a corner
FAINT: Final = 0.3  # of a muted stroke's colour is left
CHOSEN: Final = (1.0, 1.0, 1.0, 0.9)
TAGGED: Final = (1.0, 0.85, 0.5, 0.95)  # a word that asks for a gesture
BEHIND: Final = (0.09, 0.09, 0.09, 0.85)  # words, so that keys do not strike them out
HELD: Final = (0.5, 0.85, 1.0, 1.0)  # by the mouse

_handle: Any = None


def register() -> None:
    """Draw from now on."""
    global _handle
    editor: Any = bpy.types.SpaceDopeSheetEditor
    _handle = editor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")
    signals.overlay_chosen.subscribe(_asked_for)


def unregister() -> None:
    """Stop drawing."""
    global _handle
    if _handle is not None:
        editor: Any = bpy.types.SpaceDopeSheetEditor
        editor.draw_handler_remove(_handle, "WINDOW")
        _handle = None
        signals.overlay_chosen.unsubscribe(_asked_for)


def _asked_for() -> None:
    """The user has chosen what is drawn of the take that is shown: its transcript may be read."""
    if take := shown.find(bpy.context):
        touched.note(take.action)


@log.watching("timeline's drawing")
def _draw() -> None:
    context = bpy.context
    scene: Any = context.scene
    settings = scene.gestures_overlay
    if not settings.show:
        return
    take, scale = shown.find(context), _scale(context)
    height = _height(context, scale)
    if take is not None:
        view = _view(context, take.seconds)
        for points, colour in shapes(take, view, settings.parts, height, scale):
            _fill(points, colour)
        if "HANDLES" in settings.parts:
            _draw_handles(handles.of(take.action), view, scale)
        if "MOODS" in settings.parts:
            marked, low = bands.of(take.action), bands.low(_tall(context), scale)
            for points, colour in moods.shapes(marked, view, low, scale):
                _fill(points, colour)
            moods.write(marked, view, low, scale)
    if "WORDS" in settings.parts:
        found = shown.words(context)
        _write_words(found, _view(context, found.seconds), height, scale)


def _view(context: Context, seconds: Callable[[float], float]) -> View:
    """The region; SECONDS: of a frame."""
    region: Any = context.region
    left, right = (region.view2d.region_to_view(x, 0)[0] for x in (0, region.width))
    return View(region.width, seconds(left), seconds(right))


def _height(context: Context, scale: float) -> float:
    """Pixels of the speech's band."""
    region: Any = context.region
    return word_handles.band(float(region.height), scale)


def _tall(context: Context) -> float:
    region: Any = context.region
    return float(region.height)


def _scale(context: Context) -> float:
    preferences: Any = context.preferences
    return float(preferences.system.ui_scale)


def shapes(
    take: shown.ShownTake, view: View, parts: set[str], height: float, scale: float
) -> list[tuple[Points, tuple[float, ...]]]:
    """What to fill, in this order: triangles in pixels, and their colour."""
    found: list[tuple[Points, tuple[float, ...]]] = []
    marks = take.marks
    if marks is not None and "WAVE" in parts:
        found.append((overlay_shapes.wave(marks, view, height), COLOURS["wave"]))
    if marks is not None and "PAUSES" in parts:
        found.append((overlay_shapes.bars(marks.pauses, view, 0, height), COLOURS["pauses"]))
    if marks is not None and "BEATS" in parts:
        beats = overlay_shapes.lines(marks.beats, view, 0, height, scale)
        found.append((beats, COLOURS["beats"]))
    strokes = take.strokes() if "STROKES" in parts else ()
    for side in "LR" if strokes else "":
        seconds = np.array([time for time, of in strokes if of == side])
        marked = overlay_shapes.diamonds(seconds, view, height, 4 * scale)
        found.append((marked, COLOURS[side]))
    return found


def _draw_handles(found: list[handles.Handle], view: View, scale: float) -> None:
    for points, colour in handle_shapes(found, view, scale):
        _fill(points, colour)
    font, free = 0, 0.0
    blf.size(font, TEXT * scale)
    for one in found:
        text, x = f"{one.title} ({one.hand})", view.x(one.seconds) + 2 * HEAD * scale
        if view.left <= one.seconds <= view.right and x >= free:
            blf.color(font, *CHOSEN[:3], FAINT if one.muted else CHOSEN[3])
            blf.position(font, x, handles.TOP * scale / 2 - HEAD * scale / 2, 0)
            blf.draw(font, text)
            free = x + blf.dimensions(font, text)[0] + GAP * scale


def handle_shapes(
    found: list[handles.Handle], view: View, scale: float
) -> list[tuple[Points, tuple[float, ...]]]:
    """What to fill for the handles: stems, rings of chosen ones, then heads, each by colour."""
    alike: dict[tuple[float, ...], list[float]] = {}
    for one in found:
        red, green, blue, alpha = COLOURS.get(one.hand, COLOURS["LR"])
        colour = (red, green, blue, alpha * (FAINT if one.muted else 1.0))
        alike.setdefault(colour, []).append(one.seconds)
    top, middle = handles.TOP * scale, handles.TOP * scale / 2
    places = {colour: np.array(seconds) for colour, seconds in alike.items()}
    chosen = np.array([one.seconds for one in found if one.chosen or one.dragged])
    lines, diamonds = overlay_shapes.lines, overlay_shapes.diamonds
    return [
        *((lines(at, view, 0, top, STEM * scale), colour) for colour, at in places.items()),
        (diamonds(chosen, view, middle, 1.5 * HEAD * scale), CHOSEN),
        *((diamonds(at, view, middle, HEAD * scale), colour) for colour, at in places.items()),
    ]


def _fill(points: Points, colour: tuple[float, ...]) -> None:
    if not len(points):
        return
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, "TRIS", {"pos": points.tolist()})
    gpu.state.blend_set("ALPHA")
    shader.uniform_float("color", colour)
    batch.draw(shader)
    gpu.state.blend_set("NONE")


def _write_words(found: shown.ShownWords, view: View, height: float, scale: float) -> None:
    """The words that have room, at their first second; those with a gesture, and the one held."""
    font = 0
    blf.size(font, word_handles.TEXT * scale)

    def width(text: str) -> float:
        return float(blf.dimensions(font, text)[0])

    for one in word_handles.placed(found.words, found.numbers, view.x, view.width, scale, width):
        low, high = (
            height + (word_handles.ABOVE + more) * scale for more in (-2, word_handles.LINE)
        )
        _fill(overlay_shapes.box(one.left - 2 * scale, one.right + 2 * scale, low, high), BEHIND)
        blf.color(font, *(HELD if one.held else TAGGED if one.text[:1] == "[" else CHOSEN))
        blf.position(font, one.left, height + word_handles.ABOVE * scale, 0)
        blf.draw(font, one.text)
