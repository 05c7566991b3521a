# SPDX-License-Identifier: GPL-3.0-or-later
"""Our checkpoints read by numpy: a safetensors file is a JSON header and the numbers after it."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ha2g_engine import paths
from ha2g_engine.checkpoints.header import parsed
from ha2g_engine.errors import InputError

Array = NDArray[np.float32]

LENGTH: Final = struct.Struct("<Q")  # of the header, bytes
LONGEST: Final = 100_000_000  # bytes of a header, as safetensors allows
KINDS: Final = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}


@dataclass(frozen=True)
class Part:
    """The tensors of a network whose names begin alike.

    Raises InputError, naming the file, for one that is not there or has another shape.
    """

    path: str
    tensors: Mapping[str, Array]
    prefix: str = ""

    def part(self, *names: str | int) -> Part:
        """Those of a part of the part."""
        return Part(self.path, self.tensors, f"{self.prefix}{'.'.join(map(str, names))}.")

    def get(self, name: str, *shape: int) -> Array:
        """A tensor of ``shape``."""
        found = self.tensors.get(self.prefix + name)
        if found is None or found.shape != shape:
            raise InputError(f"'{self.path}' does not fit its own settings: train it again.")
        return found


def read(path: str | Path) -> tuple[dict[str, Any], Part]:
    """``system``, ``config`` and ``notes`` of a checkpoint, and its tensors in float32.

    Raises InputError, one sentence with the file's name, when it is missing, cut short or of
    another format.
    """
    content = paths.regular(path, "an existing .safetensors checkpoint").read_bytes()
    try:
        head, start = _head(content)
        tensors = {
            name: _tensor(content, start, entry)
            for name, entry in head.items()
            if name != "__metadata__"
        }
        metadata = {str(k): str(v) for k, v in head.get("__metadata__", {}).items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise InputError(f"'{path}' is no safetensors checkpoint or is cut short.") from error
    return parsed(metadata, path), Part(str(path), tensors)


def _head(content: bytes) -> tuple[dict[str, Any], int]:
    """The header, and where the numbers begin."""
    (length,) = LENGTH.unpack_from(content)
    start = LENGTH.size + length
    if start > min(len(content), LONGEST):
        raise ValueError("the header is longer than the file")
    return dict(json.loads(content[LENGTH.size : start])), start


def _tensor(content: bytes, start: int, entry: Mapping[str, Any]) -> Array:
    kind, shape = np.dtype(KINDS[entry["dtype"]]), tuple(entry["shape"])
    first, last = entry["data_offsets"]
    size = math.prod(shape)
    within = 0 <= first <= last <= len(content) - start
    if not within or min(shape, default=0) < 0 or last - first != size * kind.itemsize:
        raise ValueError("numbers outside of the file")
    return np.frombuffer(content, kind, size, start + first).reshape(shape).astype(np.float32)
