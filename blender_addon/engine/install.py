# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the engine's Python: a virtual environment with its packages, in the background.

No bpy in here. A thread runs the steps; the owner looks at `fraction`, `message` and
`outcome` now and then. A finished set-up that is made anew stays beside its place until the
new one is finished, so that there is an engine whatever happens meanwhile.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import GestureError
from ..files import replacing
from . import supervised
from .client import no_console

LOG: Final = logging.getLogger(__name__)
NEWEST, OLDEST = (3, 13), (3, 11)  # Pythons the engine's packages exist for
VERSION: Final = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
TORCH: Final = "torch"
PATIENCE: Final = ("--retries", "1", "--timeout", "10")  # there is another place to try
IMPORT_CHECK: Final = (  # librosa's parts, so that they are compiled now and not at first use
    "from librosa import core, feature, filters, onset, util; "
    "import filelock, numpy, PIL, safetensors, scipy, soundfile, torch"
)
FAILED: Final = "Setting up the engine failed"
RELEASE: Final = 3.0  # seconds that Windows may still hold the files of an engine that ended
KEPT: Final = "The engine that was there before is kept."
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
        re.compile(r"Retrying \(Retry|Failed to establish a new connection|HTTPS?ConnectionPool"),
        "pip cannot reach the network: check the connection or set a proxy (--proxy) in the "
        "arguments for pip",
    ),
)
GOES_ON: Final = ("Collecting ", "Downloading ", "Installing ")  # lines after a fault overcome

_building: set[Path] = set()  # the folders of the set-ups under way


@dataclass(frozen=True)
class Step:
    """One command of a set-up; one that is not required may fail."""

    message: str
    command: Sequence[str]
    required: bool = True


@dataclass
class _Said:
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


class EngineSetup:
    """One set-up under way. outcome: None, then "" for success or one sentence."""

    def __init__(
        self,
        python: str,
        folder: Path,
        requirements: Sequence[str],
        marker: str,
        *,
        arguments: Sequence[str] = (),
        torch_index: str = "",
    ) -> None:
        """Build FOLDER with PYTHON; MARKER is the file left in it when all is done.

        requirements: for pip, written into MARKER. arguments: more for pip. torch_index: where
        to try to get PyTorch first.
        """
        self.fraction, self.message = 0.0, "Starting"
        self.outcome: str | None = None
        self._folder, self._marker, self._requirements = folder, marker, requirements
        self._cancelled = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._python = python
        self._steps = _steps(python, folder, requirements, arguments, torch_index)
        _building.add(folder)
        threading.Thread(target=self._run, name="gestures-setup", daemon=True).start()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop, and leave everything as it was."""
        self._cancelled.set()
        if self._process is not None:
            supervised.stop(self._process)

    def _run(self) -> None:
        try:
            with supervised.alone(self._folder):
                outcome = self._guarded()
        except (GestureError, OSError) as error:  # nothing was touched
            outcome = f"{FAILED}: {str(error).rstrip('.')}."
        _building.discard(self._folder)
        LOG.log(logging.WARNING if outcome else logging.INFO, "set-up ends: %s", outcome or "done")
        self.fraction, self.outcome = 1.0, outcome

    def _guarded(self) -> str:
        """Build it, or leave what was there before; "" or what went wrong."""
        try:
            outcome = self._built()
        except Exception as error:  # whatever it is: an end, and a sentence
            LOG.error("the set-up failed", exc_info=error)
            outcome = f"{FAILED}: {error!r}."
        if outcome and _put_back(self._folder, self._marker) and not self.cancelled:
            outcome = f"{outcome} {KEPT}"
        return outcome

    def _built(self) -> str:
        """Build it; "" or what went wrong."""
        try:
            _put_aside(self._folder, self._marker)
        except OSError as error:
            return f"{FAILED}: '{self._folder}' is in use ({error}): close other Blenders first."
        if outcome := self._run_steps():
            return outcome
        with replacing(self._folder / self._marker) as part:
            part.write_text("\n".join(self._requirements), encoding="utf-8")
        shutil.rmtree(_aside(self._folder), ignore_errors=True)
        return ""

    def _run_steps(self) -> str:
        for number, step in enumerate(self._steps):
            self.message, self.fraction = step.message, number / len(self._steps)
            LOG.info("set-up: %s", step.message)
            said, status = self._run_step(step.command)
            if self.cancelled:
                return "Cancelled: nothing was changed."
            if status and step.required:
                why = said.fault or supervised.why_ended(status) or said.last_line
                return f"{FAILED} while {step.message.lower()}: {why.rstrip('.')}."
        return ""

    def _run_step(self, command: Sequence[str]) -> tuple[_Said, int]:
        """What a command says and its exit status; the line it says last is shown."""
        said = _Said()
        try:
            self._process = supervised.started(self._python, command)
        except OSError as error:
            return _Said(str(error)), 1
        with self._process as process:
            if self.cancelled:
                supervised.stop(process)
            for line in process.stdout or ():
                said.take_in(line.strip())
                self.message = said.last_line[:80]
        return said, process.returncode


# --- the folder, and the one before it --------------------------------------------------


def finished_in(folder: Path, marker: str) -> Path | None:
    """The folder of the finished set-up: FOLDER, or the one beside it.

    That one is there when Blender ended while it was being made anew.
    """
    places = (folder,) if folder in _building else (folder, _aside(folder))
    return next((place for place in places if (place / marker).is_file()), None)


def _aside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-before")


def _put_aside(folder: Path, marker: str) -> None:
    """Make FOLDER free, keeping a finished set-up. Raises OSError if that is in use."""
    if not (folder / marker).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        return
    shutil.rmtree(_aside(folder), ignore_errors=True)
    until = time.monotonic() + RELEASE
    while not _renamed(folder, _aside(folder), last_try=time.monotonic() > until):
        time.sleep(0.1)


def _renamed(folder: Path, name: Path, *, last_try: bool) -> bool:
    """Whether FOLDER could be given its new NAME. Raises OSError on the last try."""
    try:
        folder.rename(name)
    except PermissionError:
        if last_try:
            raise
        return False
    return True


def _put_back(folder: Path, marker: str) -> bool:
    """Remove what was built in FOLDER and bring back what was put aside; whether there is any."""
    with contextlib.suppress(OSError):  # it is found beside its place, too
        if not (folder / marker).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            _aside(folder).rename(folder)
    return any((place / marker).is_file() for place in (folder, _aside(folder)))


# --- what is installed, and with what ---------------------------------------------------


def _steps(
    python: str,
    folder: Path,
    requirements: Sequence[str],
    arguments: Sequence[str],
    torch_index: str,
) -> tuple[Step, ...]:
    windows = sys.platform == "win32"
    built = str(folder / ("Scripts/python.exe" if windows else "bin/python"))
    quiet = ("--progress-bar", "off", "--no-input", "--disable-pip-version-check")
    install = (built, "-m", "pip", "install", *quiet)
    torch = [one for one in requirements if package(one) == TORCH]
    first = (*install, *PATIENCE, "--index-url", torch_index, *torch)
    return (
        Step("Making a virtual environment", (python, "-m", "venv", "--clear", str(folder))),
        *([Step("Installing PyTorch", first, required=False)] if torch_index and torch else []),
        Step("Installing the engine's packages", (*install, *requirements, *arguments)),
        Step("Trying them out", (built, "-c", IMPORT_CHECK)),
    )


def package(requirement: str) -> str:
    """The name of the package that REQUIREMENT asks for."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def arguments_in(text: str) -> list[str]:
    """The arguments for pip that TEXT holds, as in a shell; on Windows a backslash is itself.

    Raises GestureError if a quotation mark is missing.
    """
    words = shlex.shlex(text, posix=True, punctuation_chars=False)
    words.whitespace_split, words.commenters = True, ""
    if sys.platform == "win32":
        words.escape = ""
    try:
        return list(words)
    except ValueError as error:
        raise GestureError(f"The arguments for pip cannot be read ({error}).") from error


def torch_index() -> str:
    """Where to get a PyTorch that suits this computer, HA2G_TORCH_INDEX; "" for the usual place.

    On Linux the usual one brings 2.5 GB for graphics cards, useless without one.
    """
    return os.environ.get("HA2G_TORCH_INDEX", "")


@functools.cache  # the panels look at every redraw
def requirements_of(engine_dir: Path) -> tuple[str, ...]:
    """The packages the engine depends on, from the pyproject.toml beside its folder.

    Raises GestureError if that is missing.
    """
    project = engine_dir.parent / "pyproject.toml"
    try:
        table = tomllib.loads(project.read_text(encoding="utf-8"))
        return tuple(table["project"]["dependencies"])
    except (OSError, ValueError, KeyError) as error:
        raise GestureError(f"'{project}' is damaged: install the add-on again.") from error


def find_python() -> str:
    """A Python that can hold the engine. Raises GestureError if there is none."""
    names = [f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    found = list(filter(None, map(shutil.which, [sys.executable, *names, "python3", "python"])))
    fitting = [python for python in found if _says(python, VERSION)]
    for python in fitting:
        if _says(python, "import venv, ensurepip"):
            return python
    if fitting:
        raise GestureError(
            f"'{fitting[0]}' cannot make virtual environments: install its venv (on Debian and "
            "Ubuntu the package python3-venv) and try again."
        )
    raise GestureError(
        "No Python 3.11 to 3.13 was found to build the engine with: install one and try again."
    )


def _says(python: str, code: str) -> bool:
    """Whether CODE runs in PYTHON without an error."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        run = subprocess.run(
            [python, "-c", code],
            capture_output=True,
            timeout=10,
            check=False,
            creationflags=no_console(),
        )
        return run.returncode == 0
    return False
