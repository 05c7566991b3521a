# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preferences say: where the engine's Python is and what it runs on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from .. import log
from ..paths import PACKAGE

if TYPE_CHECKING:
    from bpy.types import Context

DEFAULTS: Final = {
    "engine": "AUTO",
    "engine_python": "",
    "device": "AUTO",
    "pip_arguments": "",
    "detailed_log": False,
}


def _level_chosen(preferences: Any, context: Context) -> None:
    log.set_detailed(preferences.detailed_log)


class Fields:
    """The preferences' fields; panels/preferences.py registers and draws them."""

    engine: EnumProperty(
        name="Engine",
        description="Which engine makes the gestures",
        items=(
            ("AUTO", "Automatic", "The full engine where it is set up, or else the light one"),
            (
                "LIGHT",
                "Light",
                "The one that is built in: the default model on the processor, nothing to set up",
            ),
        ),
    )
    engine_python: StringProperty(
        name="Engine's Python",
        description=(
            "The Python that has the full engine's packages. Leave it empty to use the one that "
            "'Set up the engine' made, or HA2G_PYTHON of the environment"
        ),
        subtype="FILE_PATH",
    )
    device: EnumProperty(
        name="Device",
        description="What the engine computes on; takes effect when the engine is restarted",
        items=(
            ("AUTO", "Automatic", "A graphics card the engine can use, or else the processor"),
            ("CPU", "Processor", "The processor only, even when there is a graphics card"),
        ),
    )
    pip_arguments: StringProperty(
        name="Arguments for pip",
        description=(
            "Extra arguments when the engine's packages are installed, such as the index of "
            "a build of PyTorch for your graphics card"
        ),
    )
    detailed_log: BoolProperty(
        name="Detailed Log",
        description="Log every step, to find out what goes wrong; the engine does from its next "
        "start on",
        update=_level_chosen,
    )


def get() -> Any:
    """The preferences; the defaults where the add-on runs without being enabled there."""
    preferences: Any = bpy.context.preferences
    addon = preferences.addons.get(PACKAGE)
    return addon.preferences if addon and addon.preferences else SimpleNamespace(**DEFAULTS)
