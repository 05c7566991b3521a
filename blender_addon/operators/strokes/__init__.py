# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs for strokes."""

from typing import Final

from . import choose, drag, edit, held, snap

CLASSES: Final = (*snap.CLASSES, *edit.CLASSES, *choose.CLASSES, *held.CLASSES, *drag.CLASSES)
