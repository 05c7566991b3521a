# SPDX-License-Identifier: GPL-3.0-or-later
"""Gestures: turns speech into gestures of body and fingers."""

from __future__ import annotations

import atexit
import logging
from typing import Final

import bpy
from bpy.app.handlers import persistent

from . import log, operators, panels, properties, references
from .engine import installation, jobs, preferences, process, warm_up
from .operators import keymap
from .overlay import timeline
from .properties import people, portrait
from .report import text
from .strokes import pictures
from .takes import batch, gallery, live
from .takes import files as take_files

LOG: Final = logging.getLogger(__name__)
CLASSES: Final = (
    *properties.CLASSES,
    *operators.CLASSES,
    *panels.CLASSES,
)


@persistent  # type: ignore[untyped-decorator]
@log.watching("loading")
def _abandon_job(*_: object) -> None:
    """Another file is being loaded: what the engine works on belongs to the old one."""
    jobs.abandon()
    batch.forget()
    gallery.end_search()
    gallery.forget()
    portrait.forget()


def _end_processes() -> None:
    """Leave nothing running behind Blender."""
    installation.stop()
    process.stop()


def register() -> None:
    """Add the tab, the operators and the scene's settings."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    log.begin(process.addon_log_path(), detailed=preferences.get().detailed_log)
    LOG.info(text.versions())
    properties.register()
    timeline.register()
    references.register()
    live.register()
    take_files.register()
    warm_up.register()
    keymap.register()
    bpy.app.handlers.load_pre.append(_abandon_job)
    atexit.register(_end_processes)


def unregister() -> None:
    """Take everything back and end the engine."""
    _abandon_job()
    people.forget()
    _end_processes()
    atexit.unregister(_end_processes)
    bpy.app.handlers.load_pre.remove(_abandon_job)
    take_files.unregister()
    warm_up.unregister()
    keymap.unregister()
    live.unregister()
    references.unregister()
    timeline.unregister()
    pictures.forget()
    properties.unregister()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
    log.end()
