# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures drawn from numbers, as icons; one of them may move for a while.

Drawing takes moments, so a panel gets a still with one of its next redraws, and a film has one
picture a tick. It ends by itself: when it is over, or when no panel has shown it for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import bpy
import bpy.utils.previews
import numpy as np
from numpy.typing import NDArray

from .. import log
from ..redraw import redraw_panels

Pixels: TypeAlias = NDArray[np.float32]  # (height, width, 4) RGBA 0..1, rows from the bottom

SOON: Final = 0.01  # seconds between two stills that are drawn
BEAT: Final = 1 / 8  # seconds between two pictures of a film
UNSEEN: Final = 1.0  # seconds without a panel that shows it, after which a film ends
MOVING: Final = "moving"  # the film's name among the pictures


@dataclass
class Film:
    """draw(seconds) is its picture then. began, seen: on the monotonic clock."""

    name: str
    draw: Callable[[float], Pixels]
    seconds: float
    began: float
    seen: float


_pictures: Any = None  # Blender's collection of previews
_waiting: dict[str, Callable[[], Pixels]] = {}
_film: Film | None = None


def still(name: str, draw: Callable[[], Pixels]) -> Any:
    """The picture NAME; None until it is drawn, which then is soon."""
    if _pictures is not None and name in _pictures:
        return _pictures[name]
    _waiting[name] = draw
    if not bpy.app.timers.is_registered(_draw_next):
        bpy.app.timers.register(_draw_next, first_interval=SOON)
    return None


def drawn(name: str, draw: Callable[[], Pixels]) -> Any:
    """The picture NAME, drawn at once if it must be."""
    if _pictures is None or name not in _pictures:
        _show(name, draw())
    return _pictures[name]


@log.watching("drawing a picture")
def _draw_next() -> float | None:
    """Draw one of those that wait; the seconds until the next one."""
    if _waiting:
        drawn(*_waiting.popitem())
        redraw_panels(bpy.context)
    return SOON if _waiting else None


def _show(name: str, pixels: Pixels) -> None:
    global _pictures
    if _pictures is None:
        _pictures = bpy.utils.previews.new()
    picture = _pictures[name] if name in _pictures else _pictures.new(name)
    picture.image_size = pixels.shape[1::-1]
    picture.image_pixels_float.foreach_set(pixels.ravel())  # assigning takes a hundred times longer


# --- the film ------------------------------------------------------------------------------


def play(name: str, draw: Callable[[float], Pixels], seconds: float) -> None:
    """Let NAME move for SECONDS from now on, in place of what moved."""
    global _film
    now = time.monotonic()
    _film = Film(name, draw, seconds, now, now)
    _show(MOVING, draw(0.0))
    if not bpy.app.timers.is_registered(_turn_page):
        bpy.app.timers.register(_turn_page, first_interval=BEAT)


def playing() -> str:
    """The name of what moves; "" if nothing does."""
    return _film.name if _film else ""


def moving(name: str) -> Any:
    """The present picture of NAME, if it moves, for a panel that shows it."""
    if _film is None or _film.name != name:
        return None
    _film.seen = time.monotonic()
    return _pictures[MOVING]


def stop() -> None:
    """Let nothing move."""
    global _film
    _film = None


@log.watching("moving a picture")
def _turn_page() -> float | None:
    """Show the film's present picture; the seconds until the next one."""
    now = time.monotonic()
    if _film is None or now - _film.began > _film.seconds or now - _film.seen > UNSEEN:
        stop()
    else:
        _show(MOVING, _film.draw(now - _film.began))
    redraw_panels(bpy.context)
    return BEAT if _film else None


def forget() -> None:
    """Drop all pictures."""
    global _pictures
    stop()
    _waiting.clear()
    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
        _pictures = None
