# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's panels, one a file; sub-panels follow in this order."""

from typing import Final

from . import (
    bake,
    batch,
    gallery,
    limits,
    main,
    mode,
    motion,
    offsets,
    preferences,
    quality,
    rig,
    style,
    takes,
    timeline,
)

CLASSES: Final = (
    *main.CLASSES,
    *rig.CLASSES,
    *takes.CLASSES,
    *style.CLASSES,
    *gallery.CLASSES,
    *mode.CLASSES,
    *motion.CLASSES,
    *offsets.CLASSES,
    *limits.CLASSES,
    *quality.CLASSES,
    *timeline.CLASSES,
    *bake.CLASSES,
    *batch.CLASSES,
    *preferences.CLASSES,
)
