# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user has acted on since it was loaded; all else is as some file had it.

Nothing that a file stores acts by being loaded: what a take asks for, and the paths that it names,
count only once somebody made it here, moved its sliders or pressed one of its buttons. Undo and
redo keep the session's numbers, so what they bring back is still known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bpy.types import ID

_numbers: set[int] = set()


def note(block: ID | Any) -> None:
    """The user has acted on BLOCK."""
    _numbers.add(block.session_uid)


def by_user(block: ID | Any) -> bool:
    """Whether the user has acted on BLOCK."""
    return block.session_uid in _numbers


def forget() -> None:
    """Another file is loaded: none of it is known."""
    _numbers.clear()
