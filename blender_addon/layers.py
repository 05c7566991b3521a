# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the body that takes, masks and offsets are told apart by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from . import properties_takes, rig
from .protection import Protection

if TYPE_CHECKING:
    from bpy.types import Object

    from .retarget.bone_map import BoneMap

LAYERS: Final = (
    ("TORSO", "Torso"),
    ("HEAD", "Head"),
    ("ARMS", "Arms"),
    ("HANDS", "Hands"),
    ("FINGERS", "Fingers"),
)
