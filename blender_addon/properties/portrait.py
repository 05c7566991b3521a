# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference picture, small, as the panel shows it.

Only one that was chosen since the file was opened: a path in somebody's file is not looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy.utils.previews

_shown: Any = None  # Blender's collection of previews, with the picture alone
_path = ""


def choose(path: str) -> None:
    """The user chose the picture at PATH, as a field holds it; "" for none."""
    global _path
    forget()
    _path = path


def icon(path: str) -> int:
    """The number of the icon that shows PATH; 0 unless the user chose it and it is there."""
    global _shown
    if not path or path != _path:
        return 0
    file = bpy.path.abspath(path)
    if _shown is None:
        if not Path(file).is_file():
            return 0
        _shown = bpy.utils.previews.new()
        _shown.load("picture", file, "IMAGE")
    return int(_shown["picture"].icon_id)


def forget() -> None:
    """Another file is loaded, or the add-on goes."""
    global _shown, _path
    if _shown is not None:
        bpy.utils.previews.remove(_shown)
    _shown, _path = None, ""
