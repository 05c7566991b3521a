# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's log: levels, a file that stays small, nothing among other add-ons' records.

Modules log with ``logging.getLogger(__name__)``: these loggers are below the package's. The
speech's content is never logged.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

NAME: Final = __package__ or "blender_addon"  # of the logger that all of the package's are below
LEVEL: Final = "HA2G_LOG_LEVEL"  # environment variable, also of the engine: DEBUG, INFO, …
BYTES: Final = 256 * 1024  # of a file
KEPT: Final = 2  # files before the present one
LINE: Final = "%(asctime)s %(levelname)s %(process)d %(module)s: %(message)s"
PATIENCE: Final = 60.0  # seconds until a failure that goes on is told again

_logger: Final = logging.getLogger(NAME)
_logger.propagate = False
if not _logger.handlers:
    _logger.addHandler(logging.NullHandler())  # or else Python prints what no file takes
_told: dict[str, tuple[str, float]] = {}  # by who failed: how, and when it was logged


class BoundedFile(RotatingFileHandler):
    """A file of BYTES at most, and KEPT full ones before it. Nothing stops where it cannot grow."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=BYTES,
            backupCount=KEPT,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )

    def shouldRollover(self, record: logging.LogRecord) -> int:  # noqa: N802 - as below
        """Whether the file is full; another process may have begun the next one meanwhile."""
        stream = self.stream
        if stream is not None and not _is_named(stream.fileno(), self.baseFilename):
            stream.close()
            self.stream = None  # opened anew in a moment
        return super().shouldRollover(record)

    def doRollover(self) -> None:  # noqa: N802 - logging names it
        """Begin the next file; the same one anew where another Blender holds it (Windows)."""
        try:
            super().doRollover()
        except OSError:
            with contextlib.suppress(OSError):
                Path(self.baseFilename).write_bytes(b"")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as above
        """A full disk must not stop the add-on."""


def _is_named(handle: int, name: str) -> bool:
    """Whether the open file HANDLE is still the one called NAME."""
    try:
        return os.path.samestat(os.fstat(handle), Path(name).stat())
    except OSError:
        return False


def begin(path: Path, *, detailed: bool = False) -> None:
    """Log to the file PATH from now on; see `set_detailed`."""
    end()
    handler = BoundedFile(path)
    handler.setFormatter(logging.Formatter(LINE))
    _logger.addHandler(handler)
    set_detailed(detailed)


def set_detailed(detailed: bool) -> None:
    """Log everything, or what matters; the environment's level goes before both."""
    plain = logging.DEBUG if detailed else logging.INFO
    asked = os.environ.get(LEVEL, "").upper()
    _logger.setLevel(logging.getLevelNamesMapping().get(asked, plain))


def end() -> None:
    """Log no more."""
    _told.clear()
    for handler in [one for one in _logger.handlers if isinstance(one, BoundedFile)]:
        _logger.removeHandler(handler)
        handler.close()


def said(who: str, kind: set[str], message: str) -> None:
    """Log what WHO reports to the user; kind: as Blender's reports have it."""
    for one in kind:
        _logger.log(logging.getLevelNamesMapping().get(one, logging.INFO), "%s: %s", who, message)


def refusal(who: str, error: Exception) -> None:
    """Log that WHO could not do it and said ERROR; with the traceback where that has a cause."""
    _logger.warning("%s: %s", who, error, exc_info=error if error.__cause__ else None)


def failure(who: str, error: Exception) -> None:
    """Log that WHO failed by ERROR, with the traceback; not again while it goes on the same way."""
    how, now = repr(error), time.monotonic()
    before = _told.get(who)
    if before is None or before[0] != how or now - before[1] > PATIENCE:
        _told[who] = (how, now)
        _logger.error("%s failed", who, exc_info=error)


@contextmanager
def watching(who: str) -> Iterator[None]:
    """What is raised in here is logged as WHO's failure, and goes on.

    Also decorates what Blender calls by itself: timers and handlers.
    """
    try:
        yield
    except Exception as error:
        failure(who, error)
        raise
