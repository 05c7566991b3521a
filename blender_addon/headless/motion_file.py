# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ha2g generate` wrote (.npz), read with the care that a stranger's file needs.

What the file declares is bounded before any of it is unpacked, and every number is looked at.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from ..engine.client import Result
from ..errors import GestureError
from ..takes import record, stored
from .arguments import FASTEST, SLOWEST

MOST_BYTES: Final = 512 << 20  # unpacked; an hour of motion has 30 MB
LONGEST: Final = 7200.0  # s
LARGEST: Final = 1e6  # of any number but a seed
DAMAGE: Final = (  # what files that are not what they are called raise
    OSError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, MemoryError,
    RuntimeError, AttributeError, SyntaxError, BadZipFile, zlib.error,
)  # fmt: skip

Array = NDArray[np.float32]


def read_motion(path: Path) -> tuple[Result, dict[str, Any]]:
    """The engine's answer, and what it was asked; {} in older files.

    Raises GestureError when it is no such file.
    """
    try:
        found = _arrays(path)
        values = {name: read(found[name]) for name, read in VALUES.items() if name in found}
        asked = values.pop("asked", {})
        marks = set(stored.MARK_KEYS) & set(found)
        arrays = {name: _numbers(found[name]) for name in ("directions", *marks)}
        if arrays["directions"].ndim != 3 or not len(arrays["directions"]):
            raise ValueError("directions")
        fps = _within(SLOWEST, FASTEST)(found["fps"])
    except DAMAGE as error:
        raise GestureError(
            f"'{path.name}' is no motion: make one with `ha2g generate SPEECH --out M.npz`."
        ) from error
    return Result(0, {"engine": {}, **values, "fps": fps}, arrays), asked


def read_phrases(path: Path) -> dict[str, Any]:
    """`phrases` (P, 2) and `seconds` of a speech. Raises GestureError for another file."""
    try:
        found = _arrays(path)
        phrases = _numbers(found["phrases"]).reshape(-1, 2).tolist()
        return {"phrases": phrases, "seconds": _within(0.0, LONGEST)(found["seconds"])}
    except DAMAGE as error:
        raise GestureError(
            f"'{path.name}' holds no phrases: use `ha2g animate SPEECH --mode listen`."
        ) from error


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays by name. Raises one of DAMAGE, ValueError for more than MOST_BYTES."""
    if not path.is_file():
        raise ValueError("no file")
    with ZipFile(path) as archive:
        declared = sum(entry.file_size for entry in archive.infolist())
    if declared > MOST_BYTES:
        raise ValueError(f"{declared} bytes declared")
    with np.load(path, allow_pickle=False) as content:
        return {name: np.asarray(content[name]) for name in content.files}


def _numbers(array: NDArray[Any]) -> Array:
    """ARRAY, whose numbers are such as motion and speech have. Raises ValueError."""
    numbers = np.asarray(array, np.float64)
    if not (np.abs(numbers) <= LARGEST).all():  # NaN is not either
        raise ValueError("numbers")
    return numbers.astype(np.float32)


def _within(least: float, most: float) -> Callable[[Any], float]:
    def reader(number: Any) -> float:
        if np.asarray(number).dtype.kind not in "iuf" or not least <= float(number) <= most:
            raise ValueError(f"{number}")
        return float(number)

    return reader


def _seed(number: Any) -> int:
    """NUMBER as a seed that Blender's properties hold, too. Raises ValueError."""
    return int(_within(0, 2**31 - 1)(number))


def _frames(number: Any) -> int:
    """Of a window: at least one. Raises ValueError for others."""
    return round(_within(1.0, LARGEST)(number))


def _style(numbers: Any) -> record.Style:
    """NUMBERS (3, levels) as a record has them. Raises ValueError for others."""
    style = record.read(json.dumps({"style": numbers.tolist()})).style
    if style is None:
        raise ValueError("style")
    return style


def _object(text: Any) -> dict[str, Any]:
    """The JSON object in TEXT. Raises ValueError."""
    found = json.loads(str(text))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


VALUES: Final[dict[str, Callable[[Any], Any]]] = {  # of a motion file; older ones have fewer
    "level_rate": _within(0.0, 1000.0),
    "seed": _seed,
    "stride": _frames,
    "overlap": _frames,
    "style": _style,
    "asked": _object,
    "engine": _object,
    "plan": lambda text: json.loads(str(text)),
    "strokes": lambda text: json.loads(str(text)),
    "manner": lambda text: json.loads(str(text)),  # null of some models; the record looks at it
}
