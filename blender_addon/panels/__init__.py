# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's panels, one a file; sub-panels follow in this order."""

from typing import Final

from . import batch, limits, main, motion, offsets, rig, style

CLASSES: Final = (
    *main.CLASSES,
    *style.CLASSES,
    *motion.CLASSES,
    *batch.CLASSES,
    *rig.CLASSES,
    *offsets.CLASSES,
    *limits.CLASSES,
)
