# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine starts when a speech is chosen in the window, so that the first take comes sooner."""

from __future__ import annotations

import contextlib
from typing import Final

import bpy

from .. import log, signals
from ..errors import GestureError
from ..redraw import redraw_panels
from . import jobs, process

PAUSE: Final = 0.25  # seconds between two looks at how far it is


def begin() -> None:
    """Start the engine unless it runs, there is none, it has died, or nobody is at a window."""
    running = process.is_ready() or process.is_starting()
    if bpy.app.background or running or process.death() or process.why_missing():
        return
    with contextlib.suppress(GestureError):  # Generate will say it
        process.client()
        bpy.app.timers.register(_look, first_interval=PAUSE, persistent=True)


def register() -> None:
    """Follow the choice of a speech."""
    signals.speech_chosen.subscribe(begin)


def unregister() -> None:
    """Follow it no more."""
    signals.speech_chosen.unsubscribe(begin)
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


@log.watching("warm-up")
def _look() -> float | None:
    """Let the panel show how far it is; the seconds until the next look."""
    jobs.poll()
    redraw_panels(bpy.context)
    return PAUSE if process.is_starting() else None
