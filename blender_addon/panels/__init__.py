# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's panels, one a file; sub-panels follow in this order."""

from typing import Final

from . import batch, limits, main, motion, offsets, quality, rig, style, takes

CLASSES: Final = (
    *main.CLASSES,
    *rig.CLASSES,
    *takes.CLASSES,
    *style.CLASSES,
    *motion.CLASSES,
    *offsets.CLASSES,
    *limits.CLASSES,
    *quality.CLASSES,
    *batch.CLASSES,
)
