# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether references to Blender's data still hold, and how to have them again.

Undo, redo and loading replace all of it; undo and redo keep the session's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
from bpy.app.handlers import persistent

_generation = 0


def generation() -> int:
    """A number that changes whenever references become void."""
    return _generation


def find(among: Iterable[Any], uid: int) -> Any:
    """The one AMONG data blocks whose session_uid is UID; None if it is gone."""
    return next((one for one in among if one.session_uid == uid), None)


@persistent  # type: ignore[untyped-decorator]
def _void(*_: object) -> None:
    global _generation
    _generation += 1


def register() -> None:
    """Watch what replaces the data."""
    for handlers in _handlers():
        handlers.append(_void)


def unregister() -> None:
    """Watch no longer."""
    for handlers in _handlers():
        handlers.remove(_void)


def _handlers() -> tuple[list[object], ...]:
    at = bpy.app.handlers
    return at.undo_pre, at.redo_pre, at.load_pre  # type: ignore[return-value]
