# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and mouse: two takes compared; strokes, words and moods dragged. Preferences list all."""

from __future__ import annotations

from typing import Any, Final

import bpy

KEY: Final = "Y"  # which does nothing else in these modes
MODES: Final = {"Object Mode": "EMPTY", "Pose": "EMPTY"}  # keymap: its kind of space
TIMELINE: Final = "Dopesheet"

_added: list[tuple[Any, Any]] = []


def register() -> None:
    """Add it. Without a window there are no keys."""
    window: Any = bpy.context.window_manager
    if window is None or window.keyconfigs.addon is None:
        return
    for name, space in MODES.items():
        keymap = window.keyconfigs.addon.keymaps.new(name=name, space_type=space)
        _added.append((keymap, keymap.keymap_items.new("gestures.take_switch", KEY, "PRESS")))
    keymap = window.keyconfigs.addon.keymaps.new(name=TIMELINE, space_type="DOPESHEET_EDITOR")
    dragged = ("gestures.stroke_drag", "gestures.word_drag", "gestures.mood_drag")
    items = (keymap.keymap_items.new(verb, "LEFTMOUSE", "PRESS") for verb in dragged)
    _added.extend((keymap, item) for item in items)


def unregister() -> None:
    """Take it back."""
    for keymap, item in _added:
        keymap.keymap_items.remove(item)
    _added.clear()
