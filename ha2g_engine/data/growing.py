# SPDX-License-Identifier: GPL-3.0-or-later
""".npy files that grow row by row, for data sets larger than memory."""

from __future__ import annotations

import struct
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

HEADER_BYTES: Final = 128  # what numpy itself writes for arrays of few axes


class GrowingArray:
    """Rows are appended; the header with their number comes when it is closed.

    row: shape of one row. The file is a plain .npy (format 1.0) once closed.
    """

    def __init__(self, path: Path, row: tuple[int, ...], dtype: DTypeLike) -> None:
        self.row, self.dtype, self.rows = row, np.dtype(dtype), 0
        self._file = path.open("wb")
        self._file.write(b"\0" * HEADER_BYTES)  # not an array until closed

    def append(self, rows: NDArray[Any]) -> tuple[int, int]:
        """Write (n, *row) and return where they lie, [first, end)."""
        data = np.ascontiguousarray(rows, self.dtype)
        if data.shape[1:] != self.row:
            raise ValueError(f"rows of {data.shape[1:]} in an array of {self.row}")
        data.tofile(self._file)
        self.rows += len(data)
        return self.rows - len(data), self.rows

    def __enter__(self) -> GrowingArray:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._file as file:
            if kind is None:
                file.seek(0)
                file.write(_header((self.rows, *self.row), self.dtype))


def _header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    """Magic, version 1.0, length, and the dictionary padded with spaces (NEP 1)."""
    text = repr({"descr": dtype.str, "fortran_order": False, "shape": shape}).encode("latin1")
    room = HEADER_BYTES - 10
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", room) + text.ljust(room - 1) + b"\n"
