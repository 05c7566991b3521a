# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for what the user keeps in files: proposed so that nothing is replaced."""

from __future__ import annotations

import itertools
from collections.abc import Callable


def first_free(name: str, taken: Callable[[str], bool]) -> str:
    """NAME, or with the first number behind it that makes it one that is not TAKEN."""
    numbered = (f"{name} {number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([name], numbered) if not taken(one))
