# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of settings that say which of their values cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from pathlib import Path
from reprlib import repr
from typing import Any, Final

from .errors import InputError

Bounds = Mapping[str, tuple[float, float]]

ANY: Final = float("inf")


def check(record: Any, prefix: str, bounds: Bounds) -> None:
    """Raise InputError, naming key and value, where a field has another type or is out of bounds.

    record: a dataclass instance. bounds: least and greatest value of numbers, those in tuples
    too, both allowed.
    """
    for field in fields(record):
        value = getattr(record, field.name)
        if wanted := _mismatch(field, value):
            raise InputError(f"Setting '{prefix}{field.name}' = {repr(value)}: expected {wanted}.")
        low, high = bounds.get(field.name, (-ANY, ANY))
        numbers = value if isinstance(value, tuple) else (value,)
        if any(isinstance(n, int | float) and not low <= n <= high for n in numbers):
            limit = f"at least {low:g}" if high == ANY else f"from {low:g} to {high:g}"
            raise InputError(f"Setting '{prefix}{field.name}' = {repr(value)}: expected {limit}.")


def _mismatch(field: Field[Any], value: Any) -> str | None:
    """What was expected, when ``value`` is something else."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    kind = str(field.type).removesuffix(" | None")
    if value is None and kind != field.type:
        return None
    match kind.split("[")[0]:
        case "int":
            return None if number and isinstance(value, int) else "a whole number"
        case "float":
            return None if number else "a number"
        case "bool":
            return None if isinstance(value, bool) else "true or false"
        case "str" | "Literal":
            return None if isinstance(value, str) else "a text in quotes"
        case "Path":
            return None if isinstance(value, Path) else "a path in quotes"
        case "tuple":
            return None if _sizes(value, kind.count("int")) else "a list of whole numbers"
    return None


def _sizes(value: Any, count: int) -> bool:
    if not isinstance(value, tuple) or len(value) != count:
        return False
    return all(isinstance(v, int) and not isinstance(v, bool) and v > 0 for v in value)
