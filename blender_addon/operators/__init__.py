# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's verbs, one a file."""

from typing import Final

<<<<<<< HEAD
from . import bake, batch, engine, generate, rig, setup, style
=======
from . import bake, batch, engine, generate, go_to, protect, retake, setup, style, takes
>>>>>>> main

CLASSES: Final = (
    *generate.CLASSES,
    *takes.CLASSES,
    *retake.CLASSES,
    *protect.CLASSES,
    *style.CLASSES,
    *bake.CLASSES,
    *batch.CLASSES,
<<<<<<< HEAD
    *rig.CLASSES,
=======
    *go_to.CLASSES,
>>>>>>> main
    *engine.CLASSES,
    *setup.CLASSES,
)
