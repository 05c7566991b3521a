# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs for moods."""

from typing import Final

from . import drag, edit

CLASSES: Final = (*edit.CLASSES, *drag.CLASSES)
