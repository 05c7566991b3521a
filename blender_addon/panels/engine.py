# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's state, in the tab and in the preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine import installation, jobs, process
from .widgets import progress, sentence

if TYPE_CHECKING:
    from bpy.types import UILayout


def draw_engine(layout: UILayout, *, setup: bool = False) -> None:
    """The engine's state in one line, and the button that helps.

    setup: with the button that installs it, where the user is in the preferences anyway.
    """
    building = installation.running()
    if building is not None:
        progress(layout, building.fraction, building.told, "gestures.engine_setup_cancel")
        return
    missing = process.why_missing()
    reason = missing or process.why_outdated()
    if death := process.death():
        sentence(layout, death, icon="ERROR")
        row = layout.row(align=True)
        row.operator("gestures.engine_restart", text="Restart", icon="FILE_REFRESH")
        row.operator("gestures.copy_report", icon="COPYDOWN")
    elif not missing:
        row = layout.row()
        _draw_live_engine(row)
        if not setup:
            row.operator("gestures.copy_report", text="", icon="COPYDOWN")
        sentence(layout, process.remark(), icon="INFO")
    if (setup or missing) and not death:
        layout.operator("gestures.copy_report", icon="COPYDOWN")
    light = process.is_light()
    if setup or reason:
        sentence(layout, reason or (process.OPTIONAL if light else ""), icon="INFO")
    if reason and not setup:  # the preferences have a box for it
        _draw_setup(layout, "Set Up the Full Engine" if light else "Set Up Anew")


def _draw_setup(layout: UILayout, text: str) -> None:
    """How the last set-up failed, why there can be none now, and the button."""
    sentence(layout, installation.problem(), icon="ERROR")
    sentence(layout, installation.offline_reason())
    layout.operator("gestures.engine_setup", text=text, icon="IMPORT")


def _draw_live_engine(row: UILayout) -> None:
    if jobs.current() is not None:
        row.label(text="Engine: working", icon="SORTTIME")
    elif process.is_ready():
        engine = "Light engine" if process.info().get("engine") == "light" else "Engine"
        ready = f"{engine}: ready on {process.info().get('device', '?')}"
        row.label(text=ready, icon="CHECKMARK", translate=False)
    elif process.is_starting():
        row.label(text="Engine: starting", icon="SORTTIME")
    else:
        row.label(text="Engine: off")
        row.operator("gestures.engine_start", text="Start", icon="PLAY")
