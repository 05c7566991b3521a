# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves the full engine to another folder, or removes it, in the background. No bpy in here.

Both look like a set-up to whoever follows them: `fraction`, `told`, `outcome`, `cancel()`.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import GestureError
from . import install, recipe, supervised
from .client import no_console

LOG: Final = logging.getLogger(__name__)
CANCELLED: Final = "Cancelled: nothing was changed."
PATIENCE: Final = 60.0  # seconds that a moved Python has to say that it works


class _Stopped(Exception):
    """The user wants it no more."""


class FolderWork:
    """Something done to folders in the background. outcome: None, then "" or one sentence."""

    def __init__(self, doing: str, folder: Path) -> None:
        self.fraction, self.outcome = 0.0, None  # type: float, str | None
        self._doing, self._folder = doing, folder
        self._began, self._stop = time.monotonic(), threading.Event()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="gestures-folders", daemon=True).start()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    @property
    def told(self) -> str:
        """What it is doing, and for how long."""
        return f"{self._doing}, {time.monotonic() - self._began:.0f} s"

    def cancel(self) -> None:
        """Stop, and leave everything as it was where that can be."""
        self._stop.set()

    def _run(self) -> None:
        try:
            with supervised.alone(self._folder):
                outcome = self._done()
        except _Stopped:
            outcome = CANCELLED
        except (GestureError, OSError, shutil.Error) as error:
            outcome = f"{self._doing} failed: {str(error).rstrip('.')}."
        LOG.info("%s ends: %s", self._doing, outcome or "done")
        self.fraction, self.outcome = 1.0, outcome

    def _done(self) -> str:
        raise NotImplementedError


class EngineMove(FolderWork):
    """FOLDER becomes TARGET: copied first, tried there, and only then removed here."""

    def __init__(self, folder: Path, target: Path) -> None:
        super().__init__("Moving the engine", folder)
        self._target = target
        self.start()

    def _done(self) -> str:
        if self._target.exists():
            return f"There is a '{self._target}' already: choose another folder."
        part = self._target.with_name(f"{self._target.name}-part")
        try:
            self._copy(part)
            _check(part)
            part.rename(self._target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)
        return ""

    def _copy(self, part: Path) -> None:
        shutil.rmtree(part, ignore_errors=True)
        files = max(1, sum(1 for _ in self._folder.rglob("*")))
        copied = 0

        def one(source: str, target: str) -> str:
            nonlocal copied
            if self.cancelled:
                raise _Stopped
            copied += 1
            self.fraction = min(1.0, copied / files)
            return shutil.copy2(source, target)

        shutil.copytree(self._folder, part, symlinks=True, copy_function=one)


def _check(folder: Path) -> None:
    """Raise GestureError unless the Python in FOLDER has its packages where it is now."""
    command = [recipe.built_python(folder), "-c", "import numpy"]
    run = subprocess.run(
        command, capture_output=True, timeout=PATIENCE, check=False, creationflags=no_console()
    )
    if run.returncode:
        raise GestureError(f"the engine does not run in '{folder.parent}'")


class EngineRemoval(FolderWork):
    """All that set-ups left in and beside FOLDER goes."""

    def __init__(self, folder: Path) -> None:
        super().__init__("Removing the engine", folder)
        self.start()

    def _done(self) -> str:
        for folder in _left_by_set_ups(self._folder):
            shutil.rmtree(folder)
        return ""


def _left_by_set_ups(folder: Path) -> Iterator[Path]:
    places = (folder, install.aside(folder), recipe.wheels_of(folder))
    return (place for place in places if place.exists())
