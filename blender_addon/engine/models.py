# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that the engine can make takes with: the default, imported and trained ones.

Those that are brought in lie as copies in a folder of the user's, each with its card and a note
of its hash, so that a take can be made again when the file that it came from is gone.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from ..errors import GestureError
from ..files import first_free, replacing, whole
from ..paths import ENGINE_DIR
from . import client, preferences, process, supervised
from .moving import FolderWork

SUFFIX: Final = ".safetensors"
PUBLISHED: Final = ".bin"  # what the full engine turns into one of ours
DEFAULT: Final = ENGINE_DIR / "weights" / "default.safetensors"
DEFAULT_CARD: Final = ENGINE_DIR / "weights" / "MODEL_CARD.md"
CARDS: Final = ("{}.md", "MODEL_CARD.md", "README.md")  # beside a checkpoint, first one first
FORMAT: Final = "ha2g-1"
HEADER: Final = 64 << 20  # bytes, more than any of ours
LICENCE: Final = re.compile(r"^(?:#+\s*)?\W*licen[cs]e\W*\s*(.*)$", re.IGNORECASE | re.MULTILINE)
SHOWN: Final = 160  # characters of a licence
KINDS: Final = {"default": "Default", "imported": "Imported", "trained": "Trained"}
SOURCE: Final = "source"  # in the notes of one that the engine imported: the file's name
NOT_TOLD: Final = "not told"
DAMAGE: Final = (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Model:
    """A checkpoint as its header and its card tell. name: "" of the default, or its file's.

    kind: one of KINDS. numbers: how many it has. digest: sha256 of the file.
    """

    name: str
    path: Path
    kind: str
    system: str
    numbers: int
    epoch: int | None
    licence: str
    digest: str
    card: Path | None

    @property
    def title(self) -> str:
        """For the list."""
        return self.name.removesuffix(SUFFIX) or KINDS["default"]


# --- the list -------------------------------------------------------------------------------


def folder() -> Path:
    """Where those that were brought in lie."""
    return process.models_folder()


def listed() -> list[Model]:
    """The default and all that can be read, by name."""
    found = [_known(DEFAULT, _stamp(DEFAULT))]
    found += [_known(path, _stamp(path)) for path in whole(folder(), SUFFIX)]
    return [model for model in found if model is not None]


def chosen() -> Model | None:
    """The one to use; None where its file is gone."""
    name = preferences.get().model
    return next((model for model in listed() if model.name == name), None)


def chosen_is_imported() -> bool:
    """Whether the one to use came from its authors, which decides what is done to its motion."""
    name = preferences.get().model
    return bool(name) and is_imported(folder() / name)


def is_imported(path: Path) -> bool:
    """Whether the checkpoint at PATH came from its authors; not where it is gone."""
    return _names_source(path, _stamp(path))


@cache  # by its header alone: a panel does not wait for a hash
def _names_source(path: Path, stamp: tuple[int, int]) -> bool:
    try:
        return SOURCE in _header(path)[1]
    except DAMAGE:
        return False


def checkpoint() -> str | None:
    """What a request names: None for the default. Raises GestureError where the file is gone."""
    name = preferences.get().model
    if not name:
        return None
    path = folder() / name
    if not path.is_file():
        raise GestureError(
            f"The model '{name}' is not there any more: choose another one in the preferences."
        )
    return str(path)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError:
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


@cache  # the panels look at every redraw; a stamp changes with the file
def _known(path: Path, stamp: tuple[int, int]) -> Model | None:
    try:
        return read(path)
    except GestureError:
        return None


# --- one file -------------------------------------------------------------------------------


def read(path: Path) -> Model:
    """What the checkpoint PATH says of itself. Raises GestureError where it is none of ours."""
    try:
        system, notes, numbers = _header(path)
        digest = _digest(path)
    except DAMAGE as error:
        raise GestureError(
            f"'{path}' is no model of this engine or is cut short: choose another file."
        ) from error
    ours = path == DEFAULT
    kind = "default" if ours else "imported" if SOURCE in notes else "trained"
    card = _card(path)
    epoch = notes.get("epoch")
    return Model(
        "" if ours else path.name,
        path,
        kind,
        system,
        numbers,
        epoch if isinstance(epoch, int) else None,
        _licence(notes, card),
        digest,
        card,
    )


def _header(path: Path) -> tuple[str, dict[str, Any], int]:
    """System, notes and how many numbers. Raises one of DAMAGE."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if not 0 < size <= min(HEADER, path.stat().st_size):
            raise ValueError("size of the header")
        header = json.loads(file.read(size))
    told = header.pop("__metadata__")
    if told["format"] != FORMAT:
        raise ValueError("format")
    if 8 + size + max(one["data_offsets"][1] for one in header.values()) != path.stat().st_size:
        raise ValueError("cut short")
    numbers = sum(math.prod(one["shape"]) for one in header.values())
    notes = json.loads(told["notes"])
    return str(json.loads(told.get("system", '"ha2g"'))), dict(notes), numbers


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _card(path: Path) -> Path | None:
    if path == DEFAULT:
        return DEFAULT_CARD
    places = [path.with_name(name.format(path.stem)) for name in CARDS]
    return next((place for place in places if place.is_file()), None)


def _licence(notes: dict[str, Any], card: Path | None) -> str:
    """What the notes say, or else the card's first words under "Licence"."""
    told = notes.get("licence", notes.get("license"))
    if isinstance(told, str) and told:
        return told[:SHOWN]
    text = card.read_text(encoding="utf-8", errors="replace") if card else ""
    found = LICENCE.search(text)
    if found is None:
        return NOT_TOLD
    below = text[found.end() :].strip().splitlines()
    return (found[1].strip() or (below[0] if below else ""))[:SHOWN] or NOT_TOLD


# --- bringing in and taking away ------------------------------------------------------------


class ModelImport(FolderWork):
    """SOURCE becomes a model of the list; a published one is read by the full engine."""

    def __init__(self, source: Path) -> None:
        """Begin. Raises GestureError where it cannot be done."""
        super().__init__("Bringing in the model", folder())
        if not source.is_file():
            raise GestureError(f"There is no file '{source}': choose another one.")
        self._source = source
        self._published = source.suffix.lower() == PUBLISHED
        python = process.python_path()
        if self._published and python is None:
            raise GestureError("A published .bin is read by the full engine: set it up first.")
        self._python = str(python)
        folder().mkdir(parents=True, exist_ok=True)
        taken = first_free(source.stem, lambda name: (folder() / f"{name}{SUFFIX}").exists())
        self.name = f"{taken}{SUFFIX}"
        self.start()

    def _done(self) -> str:
        target = folder() / self.name
        with replacing(target) as part:
            if self._published:
                self._convert(part)
            else:
                read(self._source)  # refuses what is none
                shutil.copyfile(self._source, part)
            read(part)
        if card := _card(self._source):
            shutil.copyfile(card, target.with_suffix(".md"))
        return ""

    def _convert(self, part: Path) -> None:
        """Raises GestureError with the engine's own sentence."""
        command = [self._python, "-m", "ha2g_engine.cli", "checkpoint", "import"]
        run = supervised.started(
            self._python,
            [*command, str(self._source), "--out", str(part)],
            client.worker_environment(ENGINE_DIR.parent),
        )
        with run:
            said = run.stdout.read() if run.stdout else ""
        if run.returncode:
            raise GestureError(said.strip().splitlines()[-1] if said.strip() else "no reason told")


def remove(name: str) -> None:
    """Take the model NAME off the list, with its card. Raises GestureError where it cannot be."""
    path = folder() / name
    try:
        for one in (path, path.with_suffix(".md")):
            one.unlink(missing_ok=True)
    except OSError as error:
        raise GestureError(f"'{path}' cannot be removed ({error.strerror}).") from error
