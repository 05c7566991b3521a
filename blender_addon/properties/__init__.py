# SPDX-License-Identifier: GPL-3.0-or-later
"""What scenes, objects and actions keep of the add-on's: settings, takes, style."""

from __future__ import annotations

from typing import Final

from . import batch, character, gallery, generate, mode, overlay, rig, style

MODULES: Final = (generate, batch, gallery, overlay, rig, character, style, mode)
CLASSES: Final = tuple(cls for module in MODULES for cls in module.CLASSES)


def register() -> None:
    """Give scenes, objects and actions their properties; CLASSES are registered before."""
    for module in MODULES:
        module.register()


def unregister() -> None:
    """Take them away."""
    for module in reversed(MODULES):
        module.unregister()
