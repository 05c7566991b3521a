# SPDX-License-Identifier: GPL-3.0-or-later
"""Files for other programs, one button each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy

from ..export.targets import TARGETS
from .widgets import Folded

if TYPE_CHECKING:
    from bpy.types import Context


class GESTURES_PT_export(Folded, bpy.types.Panel):
    """Files for other programs."""

    bl_label = "Export for Other Programs"
    bl_parent_id = "GESTURES_PT_quality"

    def draw(self, context: Context) -> None:
        """Draw a button for each kind of file."""
        layout = self.layout
        assert layout is not None
        grid = layout.grid_flow(columns=2, even_columns=True, even_rows=True, align=True)
        for target in TARGETS.values():
            button: Any = grid.operator("gestures.export", text=target.label)
            button.target = target.key


CLASSES: Final = (GESTURES_PT_export,)
