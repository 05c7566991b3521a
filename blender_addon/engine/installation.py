# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up of the engine that is under way, and how the last one ended.

It needs no window: closing one, or opening a file, ends the operator and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import bpy

from .. import log
from ..redraw import redraw_panels
from . import preferences
from .install import EngineSetup
from .moving import FolderWork

OFFLINE: Final = (
    "Allow online access in the preferences first (System > Network), or choose a folder of wheels"
)
TICK: Final = 0.2  # seconds between two looks at it
Work = EngineSetup | FolderWork
_running: Work | None = None
_problem = ""
_then: Callable[[], None] | None = None


def running() -> Work | None:
    """The set-up under way, if any; or the move or removal of what one made."""
    return _running


def problem() -> str:
    """Why the last set-up failed; "" if it did not."""
    return _problem


def offline_reason() -> str:
    """Why nothing may be downloaded, and what to do; "" if it may."""
    offline = not bpy.app.online_access and not preferences.get().wheelhouse
    return OFFLINE if offline else ""


def stop() -> None:
    """End the set-up, if one is under way."""
    global _running
    if _running is not None:
        _running.cancel()
        _running = None


def begin(setup: Work, then: Callable[[], None] | None = None) -> None:
    """Follow SETUP to its end, whatever is opened or closed meanwhile; THEN, if it succeeded."""
    global _running, _problem, _then
    _running, _problem, _then = setup, "", then
    if not bpy.app.timers.is_registered(look):
        bpy.app.timers.register(look, first_interval=TICK, persistent=True)


@log.watching("set-up's timer")
def look() -> float | None:
    """Show how far it is; the seconds until the next look, None when it has ended."""
    global _running, _problem
    redraw_panels(bpy.context)
    if _running is None:
        return None
    if _running.outcome is None:
        return TICK
    ended, _running = _running, None
    _problem = "" if ended.cancelled else ended.outcome or ""
    if _then is not None and not ended.outcome:
        _then()
    return None
