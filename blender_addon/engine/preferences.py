# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preferences say: where the engine's Python is and what it runs on."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from .. import log
from ..paths import PACKAGE
from . import parts

if TYPE_CHECKING:
    from bpy.types import Context

RELATIVE: Final = "//"  # how Blender begins paths relative to the .blend
DEFAULTS: Final[dict[str, Any]] = {
    "engine": "AUTO",
    "engine_python": "",
    "engine_folder": "",
    "model": "",
    "device": "AUTO",
    "part_gpu": parts.has_driver(),
    "part_words": True,
    "part_pictures": False,
    "part_training": False,
    "wheelhouse": "",
    "torch_index": "",
    "pip_arguments": "",
    "detailed_log": False,
}


def _level_chosen(preferences: Any, context: Context) -> None:
    log.set_detailed(preferences.detailed_log)


def _absolute(name: str) -> Callable[[Any, Context], None]:
    """What makes the path NAME one that does not depend on the .blend that is open."""

    def chosen(preferences: Any, context: Context) -> None:
        path = getattr(preferences, name)
        if path.startswith(RELATIVE) and path != bpy.path.abspath(path):
            setattr(preferences, name, bpy.path.abspath(path))

    return chosen


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
        update=_absolute("engine_python"),
    )
    engine_folder: StringProperty(
        name="Engine's Folder",
        description="Where the full engine is, or will be; empty for the add-on's own folder",
        subtype="DIR_PATH",
        update=_absolute("engine_folder"),
    )
    model: StringProperty(
        name="Model",
        description="The file of the model that new takes are made with; empty for the default",
    )
    part_gpu: BoolProperty(
        name="GPU",
        description="PyTorch's build for NVIDIA graphics cards, which the processor can use, too",
        default=DEFAULTS["part_gpu"],
    )
    part_words: BoolProperty(
        name=parts.TITLES["words"], description=parts.PURPOSES["words"], default=True
    )
    part_pictures: BoolProperty(
        name=parts.TITLES["pictures"], description=parts.PURPOSES["pictures"], default=False
    )
    part_training: BoolProperty(
        name=parts.TITLES["training"], description=parts.PURPOSES["training"], default=False
    )
    wheelhouse: StringProperty(
        name="From a Folder",
        description="A folder that 'build.py engine-bundle' filled: the engine is set up from it, "
        "without a connection",
        subtype="DIR_PATH",
        update=_absolute("wheelhouse"),
    )
    torch_index: StringProperty(
        name="PyTorch From",
        description="The address of PyTorch's own package index, as its site names it: on Linux "
        "for the small build for processors, on Windows for that for graphics cards",
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


def keep_folder(folder: str) -> None:
    """The full engine is in FOLDER from now on."""
    _keep("engine_folder", folder)


def choose_model(name: str) -> None:
    """New takes are made with the model NAME; "" is the default."""
    _keep("model", name)


def _keep(name: str, value: str) -> None:
    setattr(get(), name, value)
    every: Any = bpy.context.preferences
    every.is_dirty = True  # so that Blender keeps it when it ends
