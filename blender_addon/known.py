# SPDX-License-Identifier: GPL-3.0-or-later
"""What is computed from Blender's data and remembered while nothing that it depends on changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Known(Generic[T]):
    """WHAT as an argument of a function with an lru_cache: the same while its identity is."""

    identity: tuple[Any, ...]
    what: T = field(compare=False)
