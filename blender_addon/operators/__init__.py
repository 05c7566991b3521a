# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's verbs, one a file."""

from typing import Final

from . import (
    bake,
    batch,
    engine,
    gallery,
    generate,
    go_to,
    moods,
    protect,
    report,
    retake,
    rig,
    settle,
    setup,
    strokes,
    style,
    takes,
    words,
)

CLASSES: Final = (
    *generate.CLASSES,
    *takes.CLASSES,
    *retake.CLASSES,
    *protect.CLASSES,
    *style.CLASSES,
    *bake.CLASSES,
    *batch.CLASSES,
    *gallery.CLASSES,
    *go_to.CLASSES,
    *rig.CLASSES,
    *strokes.CLASSES,
    *moods.CLASSES,
    *engine.CLASSES,
    *setup.CLASSES,
    *report.CLASSES,
    *settle.CLASSES,
    *words.CLASSES,
)
