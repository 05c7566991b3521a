# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's verbs, one a file."""

from typing import Final

from . import bake, batch, engine, generate, go_to, protect, retake, rig, setup, style, takes

CLASSES: Final = (
    *generate.CLASSES,
    *takes.CLASSES,
    *retake.CLASSES,
    *protect.CLASSES,
    *style.CLASSES,
    *bake.CLASSES,
    *batch.CLASSES,
    *go_to.CLASSES,
    *rig.CLASSES,
    *engine.CLASSES,
    *setup.CLASSES,
)
