# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's panels, one a file; sub-panels follow in this order."""

from typing import Final

from . import bake, batch, gallery, main, mode, motion, quality, style, takes, timeline

CLASSES: Final = (
    *main.CLASSES,
    *takes.CLASSES,
    *style.CLASSES,
    *gallery.CLASSES,
    *mode.CLASSES,
    *motion.CLASSES,
    *quality.CLASSES,
    *timeline.CLASSES,
    *bake.CLASSES,
    *batch.CLASSES,
)
