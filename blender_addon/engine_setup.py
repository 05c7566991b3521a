# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the engine's Python: a virtual environment with its packages, in the background.

No bpy in here. A thread runs the steps; the owner looks at `fraction`, `message` and
`outcome` now and then.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import GestureError

NEWEST, OLDEST = (3, 13), (3, 11)  # Pythons the engine's packages exist for
TORCH: Final = "torch"
PATIENCE: Final = ("--retries", "1", "--timeout", "10")  # there is another place to try
IMPORT_CHECK: Final = (  # librosa's parts, so that they are compiled now and not at first use
    "from librosa import core, feature, filters, onset, util; "
    "import filelock, numpy, PIL, safetensors, scipy, soundfile, torch"
)


@dataclass(frozen=True)
class Step:
    """One command of a set-up; one that is not required may fail."""

    message: str
    command: Sequence[str]
    required: bool = True


class EngineSetup:
    """One set-up under way. outcome: None, then "" for success or one sentence."""

    def __init__(
        self,
        python: str,
        folder: Path,
        requirements: Sequence[str],
        marker: str,
        torch_index: str = "",
    ) -> None:
        """Build FOLDER with PYTHON; MARKER is the file left in it when all is done.

        requirements: arguments for pip, such as package names. torch_index: where to try to
        get PyTorch first.
        """
        self.fraction, self.message = 0.0, "Starting"
        self.outcome: str | None = None
        self._folder, self._marker = folder, marker
        self._cancelled = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._steps = _steps(python, folder, requirements, torch_index)
        threading.Thread(target=self._run, name="gestures-setup", daemon=True).start()

    def cancel(self) -> None:
        """Stop, and remove what was built."""
        self._cancelled.set()
        if self._process is not None:
            self._process.kill()

    def _run(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        outcome = self._run_steps()
        if outcome:
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            (self._folder / self._marker).touch()
        self.fraction, self.outcome = 1.0, outcome

    def _run_steps(self) -> str:
        for number, step in enumerate(self._steps):
            self.message, self.fraction = step.message, number / len(self._steps)
            last_line, status = self._run_step(step.command)
            if self._cancelled.is_set():
                return "Cancelled: nothing was installed."
            if status and step.required:
                return f"Setting up the engine failed while {step.message.lower()}: {last_line}"
        return ""

    def _run_step(self, command: Sequence[str]) -> tuple[str, int]:
        """The last line of a command's output and its exit status; the line is shown."""
        last_line = ""
        try:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        except OSError as error:
            return str(error), 1
        with self._process as process:
            if self._cancelled.is_set():
                process.kill()
            for line in process.stdout or ():
                last_line = line.strip() or last_line
                self.message = last_line[:80]
        return last_line, process.returncode


def _steps(
    python: str, folder: Path, requirements: Sequence[str], torch_index: str
) -> tuple[Step, ...]:
    windows = sys.platform == "win32"
    built = str(folder / ("Scripts/python.exe" if windows else "bin/python"))
    install = (built, "-m", "pip", "install", "--progress-bar", "off", "--no-input")
    torch = (*install, *PATIENCE, "--index-url", torch_index, TORCH)
    return (
        Step("Making a virtual environment", (python, "-m", "venv", "--clear", str(folder))),
        *([Step("Installing PyTorch", torch, required=False)] if torch_index else []),
        Step("Installing the engine's packages", (*install, *requirements)),
        Step("Trying them out", (built, "-c", IMPORT_CHECK)),
    )


def torch_index() -> str:
    """Where to get a PyTorch that suits this computer, HA2G_TORCH_INDEX; "" for the usual place.

    On Linux the usual one brings 2.5 GB for graphics cards, useless without one.
    """
    return os.environ.get("HA2G_TORCH_INDEX", "")


def requirements_of(engine_dir: Path) -> list[str]:
    """The packages the engine depends on, from the pyproject.toml beside its folder.

    Raises GestureError if that is missing.
    """
    project = engine_dir.parent / "pyproject.toml"
    try:
        table = tomllib.loads(project.read_text(encoding="utf-8"))
        return list(table["project"]["dependencies"])
    except (OSError, ValueError, KeyError) as error:
        raise GestureError(f"'{project}' is damaged: install the add-on again.") from error


def find_python() -> str:
    """A Python that can hold the engine. Raises GestureError if there is none."""
    names = [f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    candidates = [sys.executable, *names, "python3", "python"]
    for path in filter(None, map(shutil.which, candidates)):
        if _suits(path):
            return path
    raise GestureError(
        "No Python 3.11 to 3.13 was found to build the engine with: install one and try again."
    )


def _suits(python: str) -> bool:
    """Whether PYTHON has a fitting version and can make virtual environments."""
    check = (
        f"import sys, venv, ensurepip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    )
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        run = subprocess.run([python, "-c", check], capture_output=True, timeout=10, check=False)
        return run.returncode == 0
    return False
