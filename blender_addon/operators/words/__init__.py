# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs for what is said."""

from typing import Final

from . import find, move, text

CLASSES: Final = (*text.CLASSES, *find.CLASSES, *move.CLASSES)
