# SPDX-License-Identifier: GPL-3.0-or-later
"""What scenes, objects and actions keep of the add-on's: settings, takes, style."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from . import (
    batch,
    character,
    gallery,
    generate,
    mode,
    moods,
    overlay,
    rig,
    strokes,
    style,
    transcript,
)  # fmt: skip

MODULES: Final[tuple[Any, ...]] = (
    generate, batch, gallery, overlay, rig, character, style, mode, moods, strokes, transcript,
)  # fmt: skip
CLASSES: Final = tuple(cls for module in MODULES for cls in module.CLASSES)


def register() -> None:
    """Give scenes, objects and actions their properties; CLASSES are registered before."""
    for owner, name, kind in _owned():
        setattr(owner, name, kind)


def unregister() -> None:
    """Take them away."""
    for owner, name, _ in _owned():
        delattr(owner, name)


def _owned() -> Iterator[tuple[type, str, Any]]:
    """Whose, its name, and the property."""
    for module in MODULES:
        for owner, properties in module.OWNED.items():
            yield from ((owner, name, kind) for name, kind in properties.items())
