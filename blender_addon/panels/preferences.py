# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy

from ..engine.preferences import Fields
from ..paths import PACKAGE
from .engine import draw_engine
from .full_engine import draw_full_engine
from .models import draw_models
from .widgets import help_button

if TYPE_CHECKING:
    from bpy.types import Context


class GesturesPreferences(Fields, bpy.types.AddonPreferences):
    """Shown in Preferences > Add-ons > Gestures."""

    bl_idname = PACKAGE

    def draw(self, context: Context) -> None:
        """Draw the help, the engine's state, its set-up and the fields."""
        column = self.layout.column()
        row = column.row()
        row.alignment = "RIGHT"
        help_button(row, "Preferences")
        draw_engine(column, setup=True)
        for name in ("engine", "device"):
            column.prop(self, name)
        draw_models(column)
        draw_full_engine(column)
        for name in ("engine_python", "detailed_log"):
            column.prop(self, name)


CLASSES: Final = (GesturesPreferences,)
