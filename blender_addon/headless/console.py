# SPDX-License-Identifier: GPL-3.0-or-later
"""One line at a time to the person at the shell; Blender's own chatter goes to a log."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import GestureError

LOG_LINES: Final = 15  # of Blender's chatter shown after a failure


class Console:
    """Where progress (stderr) and results (stdout) go."""

    def __init__(self, out: int, err: int, log: Path) -> None:
        self._out, self._err = out, err
        self.log = log

    def result(self, text: str) -> None:
        """A line of the command's result, on stdout."""
        os.write(self._out, f"{text}\n".encode())

    def progress(self, text: str) -> None:
        """A line for a person who waits, on stderr."""
        os.write(self._err, f"{text}\n".encode())


@contextmanager
def quiet() -> Iterator[Console]:
    """Send all that Blender prints, C code included, to a log; yields the Console.

    The log is deleted at the end: read it before if something went wrong.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    handle, name = tempfile.mkstemp(prefix="gestures-", suffix=".log")
    out, err = os.dup(1), os.dup(2)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    try:
        yield Console(out, err, Path(name))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(out, 1)
        os.dup2(err, 2)
        for number in (handle, out, err):
            os.close(number)
        Path(name).unlink(missing_ok=True)


def run_quietly(work: Callable[[Console], None], what: str) -> int:
    """Do WORK and return the exit status: 0, 2 for bad input, 1 for a failure of WHAT."""
    with quiet() as console:
        try:
            work(console)
        except GestureError as error:
            console.progress(str(error))
            return 2
        except Exception as error:  # noqa: BLE001 - a sentence and the log, whatever it was
            console.progress(_end_of(console.log))
            console.progress(f"{what} failed: {error}.")
            return 1
    return 0


def _end_of(log: Path) -> str:
    sys.stdout.flush()
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
