# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that end with Blender, what pip says that matters, and a folder for one Blender.

No bpy in here.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import GestureError
from .client import no_console

DETAIL: Final = 300  # characters of pip's own words in a sentence
FAULTS: Final = (  # what pip's last line does not tell: its words before, and what to do
    (
        re.compile(r"WinError 206|Long Path|\[Errno 2\].*'[^']{250,}'"),
        "a path is longer than the 260 characters that Windows allows: enable long paths in "
        "Windows (LongPathsEnabled in the registry), or choose as Engine's Python one that you "
        "installed the packages for in a folder with a short path",
    ),
    (
        re.compile(r"Errno 28|No space left|There is not enough space on the disk"),
        "the disk is full: free a few gigabytes and try again",
    ),
    (
        re.compile(r"DO NOT MATCH THE HASHES"),
        "a package has other content than the one that was tested, so it is not installed: try "
        "again, or choose another index or folder",
    ),
    (
        re.compile(r"Retrying \(Retry|Failed to establish a new connection|HTTPS?ConnectionPool"),
        "pip cannot reach the network: check the connection or set a proxy (--proxy) in the "
        "arguments for pip",
    ),
)
GOES_ON: Final = ("Collecting ", "Downloading ", "Installing ")  # lines after a fault overcome
WATCH: Final = """
import os, signal, subprocess, sys, threading

child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)

def end():
    sys.stdin.buffer.read()  # until whoever asked for it is gone, or closes it
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(child.pid)], capture_output=True)
    else:
        os.killpg(child.pid, signal.SIGKILL)

threading.Thread(target=end, daemon=True).start()
status = child.wait()
sys.stdout.flush()
os._exit(status if status >= 0 else 128 - status)
"""
KILLED: Final = 128  # and the signal's number is the status of what a signal ended
STRIPPED: Final = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV")
PIP: Final = "PIP_"  # how the variables begin that would lead pip elsewhere
NO_CONFIGURATION: Final = {"PIP_CONFIG_FILE": os.devnull}  # nor do pip's own files


@dataclass
class Said:
    """What a command says that matters: its last line, and the fault that it tells of."""

    last_line: str = ""
    fault: str = ""

    def take_in(self, line: str) -> None:
        """One line of its output, without spaces around it."""
        self.last_line = line or self.last_line
        if line.startswith(GOES_ON):
            self.fault = ""
        for pattern, advice in FAULTS:
            if not self.fault and pattern.search(line):
                self.fault = f"{advice} ({line[:DETAIL]})"


def started(
    python: str, command: Sequence[str], more: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """COMMAND under way, watched by PYTHON: it ends, with all it started, when its stdin closes.

    That is when Blender ends, whatever ends it. What is no UTF-8 in its output does no harm.
    more: variables of its environment, which is this one without what is Python's and pip's.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in STRIPPED and not name.startswith(PIP)
    }
    return subprocess.Popen(
        [python, "-c", WATCH, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**kept, **NO_CONFIGURATION, "PYTHONIOENCODING": "utf-8", **(more or {})},
        creationflags=no_console(),
    )


def stop(process: subprocess.Popen[str]) -> None:
    """End a command and all that it started."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def why_ended(status: int) -> str:
    """What a signal that ended a command means, in words; "" if none did."""
    if status <= KILLED:
        return ""
    signal = status - KILLED
    memory = ", perhaps because the memory was full" if signal == 9 else ""
    return f"it was ended from outside (signal {signal}){memory}"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """As long as no other Blender works in FOLDER.

    Raises GestureError where one does. It is the system that gives the lock back, also for a
    Blender that died.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("a") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise GestureError(
                f"Another Blender is setting up the engine in '{folder}': wait until it is done."
            ) from error
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
