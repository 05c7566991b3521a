# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's verbs, one a file."""

from typing import Final

from . import bake, batch, engine, generate, rig, setup, style

CLASSES: Final = (
    *generate.CLASSES,
    *style.CLASSES,
    *bake.CLASSES,
    *batch.CLASSES,
    *rig.CLASSES,
    *engine.CLASSES,
    *setup.CLASSES,
)
