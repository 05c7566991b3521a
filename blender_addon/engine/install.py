# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the engine's Python: a virtual environment with its packages, in the background.

No bpy in here. A thread runs the steps; the owner looks at `fraction`, `message` and
`outcome` now and then. A finished set-up that is made anew stays beside its place until the
new one is finished, so that there is an engine whatever happens meanwhile.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Final

from ..errors import GestureError
from ..files import replacing
from . import supervised
from .recipe import Recipe, Step
from .supervised import Said

LOG: Final = logging.getLogger(__name__)
FAILED: Final = "Setting up the engine failed"
RELEASE: Final = 3.0  # seconds that Windows may still hold the files of an engine that ended
KEPT: Final = "The engine that was there before is kept."
UNPACKED: Final = 4  # a wheel, what is in it, and some room: times the bytes of the wheel
MEGABYTE: Final = 1e6
TEMPORARY: Final = ("TMPDIR", "TEMP", "TMP")  # where pip downloads to, at first

_building: set[Path] = set()  # the folders of the set-ups under way


class EngineSetup:
    """One set-up under way. outcome: None, then "" for success or one sentence."""

    def __init__(self, recipe: Recipe, marker: str) -> None:
        """Do what RECIPE says; MARKER is the file left in its folder when all is done."""
        self.message = "Starting"
        self.outcome: str | None = None
        self._recipe, self._marker, self._folder = recipe, marker, recipe.folder
        self._cancelled = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._began = time.monotonic()
        self._number, self._before = 0, 0  # of the step, bytes of wheels when it began
        _building.add(self._folder)
        threading.Thread(target=self._run, name="gestures-setup", daemon=True).start()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelled.is_set()

    @property
    def fraction(self) -> float:
        """How far it is, 0..1: by bytes, where it downloads, or else by steps."""
        steps = self._recipe.steps
        if self.outcome is not None:
            return 1.0
        if not self._recipe.size:
            return self._number / len(steps)
        share = (
            sum(step.size for step in steps[: self._number]) + self._fresh()
        ) / self._recipe.size
        return (self._number + 9 * share) / (len(steps) + 9)

    @property
    def told(self) -> str:
        """What it is doing, with megabytes and seconds."""
        step = self._recipe.steps[self._number]
        seconds = f"{time.monotonic() - self._began:.0f} s"
        if not step.size:
            return f"{self.message}, {seconds}"
        here, whole = self._fresh() / MEGABYTE, step.size / MEGABYTE
        return f"{step.message}: {here:.0f} of {whole:.0f} MB, {seconds}"

    def _fresh(self) -> int:
        """Bytes that the step under way has downloaded, of those it will at most."""
        size = self._recipe.steps[self._number].size
        return max(0, min(size, _bytes_in(self._recipe.wheels) - self._before)) if size else 0

    def cancel(self) -> None:
        """Stop, and leave everything as it was; what was downloaded is there the next time."""
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
        self.outcome = outcome

    def _guarded(self) -> str:
        """Build it, or leave what was there before; "" or what went wrong."""
        try:
            outcome = self._built()
        except Exception as error:  # whatever it is: an end, and a sentence
            LOG.error("the set-up failed", exc_info=error)
            outcome = f"{FAILED}: {error!r}."
        if outcome and self._kept() and not self.cancelled:
            outcome = f"{outcome} {KEPT}"
        return outcome

    def _kept(self) -> bool:
        """Whether there is an engine as before: put back, or never taken away."""
        if self._recipe.anew:
            return _put_back(self._folder, self._marker)
        return (self._folder / self._marker).is_file()

    def _built(self) -> str:
        """Build it; "" or what went wrong."""
        if outcome := self._no_room():
            return outcome
        if self._recipe.anew:
            try:
                _put_aside(self._folder, self._marker)
            except OSError as error:
                return (
                    f"{FAILED}: '{self._folder}' is in use ({error}): close other Blenders first."
                )
        self._prepare_wheels()
        if outcome := self._run_steps():
            return outcome
        with replacing(self._folder / self._marker) as part:
            part.write_text("\n".join(self._recipe.made_from), encoding="utf-8")
        for done in filter(None, (aside(self._folder), self._recipe.wheels)):
            shutil.rmtree(done, ignore_errors=True)
        return ""

    def _no_room(self) -> str:
        """A sentence where the disk cannot hold what is to come; "" where it can."""
        present = _bytes_in(self._recipe.wheels)
        needed = UNPACKED * self._recipe.size - present
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._folder.parent).free
        if not self._recipe.size or free > needed:
            return ""
        return (
            f"{FAILED}: it needs about {needed / MEGABYTE:.0f} MB, and '{self._folder.parent}' has "
            f"{free / MEGABYTE:.0f} MB: free some, or choose another folder."
        )

    def _prepare_wheels(self) -> None:
        """The folder that wheels come into, with nothing half in it, and what the steps read."""
        if self._recipe.wheels is not None:
            shutil.rmtree(_half(self._recipe.wheels), ignore_errors=True)
            _half(self._recipe.wheels).mkdir(parents=True)
        for path, text in self._recipe.texts.items():
            path.write_text(text, encoding="utf-8")

    def _run_steps(self) -> str:
        for number, step in enumerate(self._recipe.steps):
            self._before = _bytes_in(self._recipe.wheels)
            self.message, self._number = step.message, number
            LOG.info("set-up: %s", step.message)
            said, status = self._run_step(step)
            if self.cancelled:
                return "Cancelled: nothing was changed."
            if status and step.required:
                why = said.fault or supervised.why_ended(status) or said.last_line
                return f"{FAILED} while {step.message.lower()}: {why.rstrip('.')}."
        return ""

    def _run_step(self, step: Step) -> tuple[Said, int]:
        """What a command says and its exit status; the line it says last is shown."""
        said, wheels = Said(), self._recipe.wheels
        places = dict.fromkeys(TEMPORARY, str(_half(wheels))) if wheels else {}
        try:
            self._process = supervised.started(self._recipe.python, step.command, places)
        except OSError as error:
            return Said(str(error)), 1
        with self._process as process:
            if self.cancelled:
                supervised.stop(process)
            for line in process.stdout or ():
                said.take_in(line.strip())
                if step.speaks:
                    self.message = said.last_line[:80]
        return said, process.returncode


def _half(wheels: Path) -> Path:
    """Where pip keeps what it has not wholly downloaded."""
    return wheels / "half"


def _bytes_in(folder: Path | None) -> int:
    """What lies in FOLDER and below; files that vanish meanwhile are none."""
    total = 0
    for path in folder.rglob("*") if folder else ():
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total


# --- the folder, and the one before it --------------------------------------------------


def finished_in(folder: Path, marker: str) -> Path | None:
    """The folder of the finished set-up: FOLDER, or the one beside it.

    That one is there when Blender ended while it was being made anew.
    """
    places = (folder,) if folder in _building else (folder, aside(folder))
    return next((place for place in places if (place / marker).is_file()), None)


def aside(folder: Path) -> Path:
    """Where a finished set-up is while FOLDER is made anew."""
    return folder.with_name(f"{folder.name}-before")


def _put_aside(folder: Path, marker: str) -> None:
    """Make FOLDER free, keeping a finished set-up. Raises OSError if that is in use."""
    if not (folder / marker).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        return
    shutil.rmtree(aside(folder), ignore_errors=True)
    until = time.monotonic() + RELEASE
    while not _renamed(folder, aside(folder), last_try=time.monotonic() > until):
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
            aside(folder).rename(folder)
    return any((place / marker).is_file() for place in (folder, aside(folder)))
