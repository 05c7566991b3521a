# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine's process, and native code in it, writes to stderr: a file that stays small."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from pathlib import Path
from typing import IO, Final

from ..log import BoundedFile

CRASH: Final = "Fatal Python error"  # how a trace of native code begins; what follows tells less
LONGEST: Final = 4096  # bytes of a line; progress bars never end theirs


class Stderr:
    """One process's, added to a file. last_line: what it said last, "" before it said anything."""

    def __init__(self, path: Path) -> None:
        """Write to PATH. Raises OSError if that cannot be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
        self.last_line = ""
        self._file = BoundedFile(path)
        self._over = threading.Event()
        self._write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}")

    def follow(self, stream: IO[bytes]) -> None:
        """Read STREAM to its end, in the background."""
        reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        reader.start()

    def note(self, text: str) -> None:
        """Add a line, as if the process had said it."""
        self._write(text)
        if not self.last_line.startswith(CRASH):
            self.last_line = text.strip() or self.last_line

    def wait(self, seconds: float) -> None:
        """Until all that was said is here; a child that lives on may still hold the stream."""
        self._over.wait(seconds)

    def _read(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := stream.readline(LONGEST):
                self.note(line.decode("utf-8", "replace").rstrip("\r\n"))
        self._file.close()
        self._over.set()

    def _write(self, text: str) -> None:
        self._file.handle(logging.makeLogRecord({"msg": text}))
