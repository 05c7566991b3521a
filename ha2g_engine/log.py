# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of the process that the add-on talks to: levels, and files that stay small."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

NAME: Final = "ha2g_engine"  # of the logger that all of the package's are below
LEVEL: Final = "HA2G_LOG_LEVEL"  # environment variable: DEBUG, INFO, WARNING, …
BYTES: Final = 256 * 1024  # of a file
KEPT: Final = 2  # files before the present one
LINE: Final = "%(asctime)s %(levelname)s %(process)d %(module)s: %(message)s"


class BoundedFile(RotatingFileHandler):
    """A file of BYTES at most, and KEPT full ones before it. Nothing stops where it cannot grow."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=BYTES, backupCount=KEPT, encoding="utf-8", errors="backslashreplace"
        )

    def shouldRollover(self, record: logging.LogRecord) -> int:  # noqa: N802 - as below
        """Whether the file is full; another process may have begun the next one meanwhile."""
        stream = self.stream
        if stream is not None and not _is_named(stream.fileno(), self.baseFilename):
            stream.close()
            self.stream = None  # opened anew in a moment
        return super().shouldRollover(record)

    def doRollover(self) -> None:  # noqa: N802 - logging names it
        """Begin the next file; the same one anew where another process holds it (Windows)."""
        try:
            super().doRollover()
        except OSError:
            with contextlib.suppress(OSError):
                Path(self.baseFilename).write_bytes(b"")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as above
        """A full disk must not end a job."""


def _is_named(handle: int, name: str) -> bool:
    """Whether the open file HANDLE is still the one called NAME."""
    try:
        return os.path.samestat(os.fstat(handle), Path(name).stat())
    except OSError:
        return False


def begin(path: Path | None = None) -> None:
    """Log to the file PATH, and errors to stderr too; all to stderr without a PATH.

    Traces of crashes in native code go to stderr. Raises OSError if PATH cannot be written.
    """
    end()
    faulthandler.enable()
    logger, stderr = logging.getLogger(NAME), logging.StreamHandler(sys.stderr)
    logger.setLevel(wanted_level())
    logger.propagate = False
    if path is not None:
        stderr.setLevel(logging.ERROR)
        path.parent.mkdir(parents=True, exist_ok=True)
        logger.addHandler(BoundedFile(path))
    logger.addHandler(stderr)
    for handler in logger.handlers:
        handler.setFormatter(logging.Formatter(LINE))


def end() -> None:
    """Log no more."""
    logger = logging.getLogger(NAME)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def wanted_level() -> int:
    """What the environment asks for; INFO if it asks for nothing that there is."""
    names = logging.getLevelNamesMapping()
    return names.get(os.environ.get(LEVEL, "").upper(), logging.INFO)
