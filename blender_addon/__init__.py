# SPDX-License-Identifier: GPL-3.0-or-later
"""Gestures: turns speech into gestures of body and fingers."""

from __future__ import annotations

import atexit
from typing import Final

import bpy
from bpy.app.handlers import persistent

from . import (
    batch,
    engine,
    gallery,
    jobs,
    live,
    operators,
    overlay,
    panels,
    preferences,
    properties,
    properties_batch,
    properties_gallery,
    properties_mode,
    properties_overlay,
    properties_rig,
    properties_style,
    properties_takes,
    references,
    take_files,
    warm_up,
)
from .operators import setup

SETTINGS: Final = (  # modules with a register()
    properties,
    properties_batch,
    properties_gallery,
    properties_overlay,
    properties_rig,
    properties_takes,
    properties_style,
    properties_mode,
)
CLASSES: Final = (
    *(cls for module in SETTINGS for cls in module.CLASSES),
    preferences.GesturesPreferences,
    *operators.CLASSES,
    *panels.CLASSES,
)


@persistent  # type: ignore[untyped-decorator]
def _abandon_job(*_: object) -> None:
    """Another file is being loaded: what the engine works on belongs to the old one."""
    jobs.abandon()
    batch.forget()
    gallery.end_search()
    gallery.forget()


def _end_processes() -> None:
    """Leave nothing running behind Blender."""
    setup.stop()
    engine.stop()


def register() -> None:
    """Add the tab, the operators and the scene's settings."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for module in SETTINGS:
        module.register()
    overlay.register()
    references.register()
    live.register()
    take_files.register()
    bpy.app.handlers.load_pre.append(_abandon_job)
    atexit.register(_end_processes)


def unregister() -> None:
    """Take everything back and end the engine."""
    _abandon_job()
    _end_processes()
    atexit.unregister(_end_processes)
    bpy.app.handlers.load_pre.remove(_abandon_job)
    take_files.unregister()
    warm_up.stop()
    live.unregister()
    references.unregister()
    overlay.unregister()
    for module in reversed(SETTINGS):
        module.unregister()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
