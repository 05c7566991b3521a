# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's panels, one a file; in the tab they follow in this order, group by group."""

from typing import Final

from . import (
    bake,
    batch,
    gallery,
    main,
    motion,
    offsets,
    preferences,
    protect,
    quality,
    rig,
    strokes,
    style,
    takes,
    timeline,
    words,
)

CLASSES: Final = (
    *main.CLASSES,
    *words.CLASSES,
    *motion.CLASSES,
    *rig.CLASSES,
    *offsets.CLASSES,
    *protect.CLASSES,
    *batch.CLASSES,
    *takes.CLASSES,
    *strokes.CLASSES,
    *gallery.CLASSES,
    *style.CLASSES,
    *quality.CLASSES,
    *timeline.CLASSES,
    *bake.CLASSES,
    *preferences.CLASSES,
)
