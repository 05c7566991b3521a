# SPDX-License-Identifier: GPL-3.0-or-later
"""What a set-up does: the commands, in their order, that make or change the engine's Python.

No bpy in here. With a lock file each package has one version and its hash, whatever index it
comes from: it is downloaded into a folder of wheels beside the engine's, where a set-up that was
stopped finds it again, and installed from there.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import GestureError
from .lock import TORCH, Package
from .parts import IMPORTS, Made, packages

MAKING: Final = "Making a virtual environment"
PATIENCE: Final = ("--retries", "1", "--timeout", "10")  # there is another place to try
IMPORT_CHECK: Final = (  # librosa's parts, so that they are compiled now and not at first use
    "from librosa import core, feature, filters, onset, util; "
    "import filelock, numpy, PIL, safetensors, scipy, soundfile, torch"
)
QUIET: Final = ("--progress-bar", "off", "--no-input", "--disable-pip-version-check", "--isolated")
STRICT: Final = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
LARGE: Final = 20_000_000  # bytes of a wheel that is a step of its own
INDEXES: Final = ("--index-url", "-i", "--extra-index-url", "--find-links", "-f")


@dataclass(frozen=True)
class Step:
    """One command of a set-up; one that is not required may fail.

    size: bytes it downloads. speaks: whether what it says is worth showing.
    """

    message: str
    command: Sequence[str]
    required: bool = True
    size: int = 0
    speaks: bool = True


@dataclass(frozen=True)
class Recipe:
    """A set-up of FOLDER with PYTHON.

    made_from: for its marker. anew: whether the folder is made anew or changed. wheels: where
    they are downloaded to, if they are. texts: files that the steps read.
    """

    python: str
    folder: Path
    made_from: Sequence[str]
    steps: Sequence[Step]
    anew: bool = True
    wheels: Path | None = None
    texts: Mapping[Path, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it downloads at most."""
        return sum(step.size for step in self.steps)


@dataclass(frozen=True)
class Source:
    """Where wheels come from. wheelhouse: a folder that has them all, "" for the network.

    arguments: more for pip. torch_index: PyTorch's own index, "" if nobody named it.
    """

    wheelhouse: str = ""
    arguments: Sequence[str] = ()
    torch_index: str = ""

    def build(self, wants_gpu: bool) -> str:
        """Which build of PyTorch can be had: on Linux the one for processors lies elsewhere."""
        named = any(one.split("=")[0] in INDEXES for one in self.arguments)
        elsewhere = self.wheelhouse or self.torch_index or named
        return "gpu" if wants_gpu or not (elsewhere or sys.platform != "linux") else "cpu"

    def of(self, package: Package) -> list[str]:
        """The arguments that tell pip where PACKAGE is."""
        if self.wheelhouse:
            return ["--no-index", "--find-links", self.wheelhouse]
        if package.special and self.torch_index:
            return ["--index-url", self.torch_index]
        return list(self.arguments)


# --- with a lock file -----------------------------------------------------------------------


def locked(python: str, folder: Path, wanted: Made, source: Source) -> Recipe:
    """FOLDER made anew with what WANTED names."""
    needed = packages(wanted.target, wanted.parts, wanted.build)
    special = []
    if wanted.build == "gpu" and source.torch_index and not source.wheelhouse:
        special = [_from_torch_index(folder, one, source) for one in needed if one.name == TORCH]
        needed = tuple(one for one in needed if one.name != TORCH and "gpu" not in one.marks)
    venv = Step(MAKING, (python, "-m", "venv", "--clear", str(folder)))
    steps = (venv, *special, *_added(folder, needed, source), _tried(folder, wanted))
    texts = _texts(folder, needed)
    return Recipe(python, folder, wanted.lines(), steps, True, wheels_of(folder), texts)


def _from_torch_index(folder: Path, torch: Package, source: Source) -> Step:
    """The TORCH of that version that an index chosen for this graphics card has: no hash is known.

    Its own packages come along, of the same CUDA.
    """
    command = (built_python(folder), "-m", "pip", "install", *QUIET, "--only-binary", ":all:",
               "--index-url", source.torch_index, f"{TORCH}=={torch.version}")  # fmt: skip
    return Step("Installing PyTorch for the graphics card", command)


def changed(python: str, folder: Path, before: Made, wanted: Made, source: Source) -> Recipe:
    """FOLDER, finished as BEFORE says, with other parts: what it has is left alone."""
    old = packages(before.target, before.parts, before.build)
    new = packages(wanted.target, wanted.parts, wanted.build)
    added = [one for one in new if one not in old]
    gone = [one.name for one in old if one not in new]
    leave = (built_python(folder), "-m", "pip", "uninstall", "--yes", *gone)
    steps = (
        *_added(folder, added, source),
        *([Step("Removing what is not wanted", leave)] if gone else []),
        _tried(folder, wanted),
    )
    texts = _texts(folder, added)
    return Recipe(python, folder, wanted.lines(), steps, False, wheels_of(folder), texts)


def wheels_of(folder: Path) -> Path:
    """Where what is downloaded for the engine in FOLDER stays until it is installed."""
    return folder.with_name(f"{folder.name}-wheels")


def _list(folder: Path, name: str) -> Path:
    """The file that tells pip what to get; it lies with the wheels."""
    return wheels_of(folder) / f"{name}.wanted.txt"


def _texts(folder: Path, needed: Sequence[Package]) -> dict[Path, str]:
    lists = {"all": list(needed)} | {group[0].name: group for group in _groups(needed)}
    return {
        _list(folder, name): "\n".join(one.requirement for one in group)
        for name, group in lists.items()
    }


def _added(folder: Path, needed: Sequence[Package], source: Source) -> list[Step]:
    """The steps that download NEEDED, unless there is a wheelhouse, and install it."""
    if not needed:
        return []
    store = source.wheelhouse or str(wheels_of(folder))
    pip = (built_python(folder), "-m", "pip")
    install = (*pip, "install", *QUIET, "--no-cache-dir", *STRICT, "--no-index",
               "--find-links", store, "--requirement", str(_list(folder, "all")))  # fmt: skip
    downloads = [] if source.wheelhouse else _groups(needed)
    return [
        *(_download(pip, folder, group, source) for group in downloads),
        Step("Installing the engine's packages", install, speaks=False),
    ]


def _tried(folder: Path, wanted: Made) -> Step:
    check = "; ".join([IMPORT_CHECK, *(IMPORTS[part] for part in sorted(wanted.parts))])
    return Step("Trying them out", (built_python(folder), "-c", check))


def _groups(needed: Sequence[Package]) -> list[list[Package]]:
    """Each large wheel alone, and the small ones together."""
    alone = [[one] for one in needed if one.size >= LARGE or one.special]
    small = [one for one in needed if [one] not in alone]
    return [*([small] if small else []), *alone]


def _download(pip: Sequence[str], folder: Path, group: Sequence[Package], source: Source) -> Step:
    title = group[0].name if len(group) == 1 else f"{len(group)} small packages"
    places = ("--dest", str(wheels_of(folder)), "--requirement", str(_list(folder, group[0].name)))
    command = (*pip, "download", *QUIET, "--no-cache-dir", *STRICT, *places, *source.of(group[0]))
    return Step(f"Downloading {title}", command, size=sum(one.size for one in group))


# --- without one, as for computers that nobody made one for ---------------------------------


def plain(
    python: str, folder: Path, requirements: Sequence[str], source: Source | None = None
) -> Recipe:
    """FOLDER made anew with whatever fits REQUIREMENTS today."""
    steps = _plain_steps(python, folder, requirements, source or Source())
    return Recipe(python, folder, requirements, steps)


def _plain_steps(
    python: str, folder: Path, requirements: Sequence[str], source: Source
) -> tuple[Step, ...]:
    built = built_python(folder)
    install = (built, "-m", "pip", "install", *QUIET)
    torch = [one for one in requirements if package(one) == TORCH]
    first = (*install, *PATIENCE, "--index-url", source.torch_index, *torch)
    house = ("--no-index", "--find-links", source.wheelhouse) if source.wheelhouse else ()
    return (
        Step(MAKING, (python, "-m", "venv", "--clear", str(folder))),
        *([Step("Installing PyTorch", first, required=False)]
          if source.torch_index and torch else []),
        Step("Installing the engine's packages",
             (*install, *requirements, *house, *source.arguments)),
        Step("Trying them out", (built, "-c", IMPORT_CHECK)),
    )  # fmt: skip


# --- what is asked for ----------------------------------------------------------------------


def built_python(folder: Path) -> str:
    """The Python inside the virtual environment FOLDER."""
    return str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


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


def requirements_of(engine_dir: Path) -> tuple[str, ...]:
    """The packages the engine depends on, from the pyproject.toml beside its folder.

    Raises GestureError if that is missing.
    """
    requirements: tuple[str, ...] = _project(engine_dir)[0]
    return requirements


def part_of(name: str, engine_dir: Path) -> str:
    """The part that needs the package NAME; "" for what every set-up has. Raises GestureError."""
    parts = _project(engine_dir)[1]
    return next((part for part, names in parts.items() if name in names), "")


@functools.cache  # the panels look at every redraw
def _project(engine_dir: Path) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    project = engine_dir.parent / "pyproject.toml"
    try:
        table = tomllib.loads(project.read_text(encoding="utf-8"))
        parts = table.get("tool", {}).get("ha2g", {}).get("parts", {})
        return tuple(table["project"]["dependencies"]), parts
    except (OSError, ValueError, KeyError) as error:
        raise GestureError(f"'{project}' is damaged: install the add-on again.") from error
