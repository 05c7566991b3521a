# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock files: which packages the full engine gets, part by part, each with its hash.

Standard library alone, without the rest of the add-on: build.py reads them, too. A file a system
and Python, made by `build.py engine-lock`, each line one package:

    numpy==2.4.6 --hash=sha256:…  # 16912345 engine

the bytes of its wheel and the parts that need it; `cpu` and `gpu` are two builds, of which a
set-up takes one.
"""

from __future__ import annotations

import functools
import hashlib
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("locked")
ENGINE: Final = "engine"  # the part that every set-up has
BUILDS: Final = ("cpu", "gpu")
TORCH: Final = "torch"
LINE: Final = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>\S+)(?: --hash=sha256:[0-9a-f]{64})+"
    r"  # (?P<bytes>\d+) (?P<marks>[a-z ]+)"
)
MACHINES: Final = {"amd64": "x86_64", "aarch64": "arm64"}
SYSTEMS: Final = {"win32": "windows", "darwin": "macos"}


@dataclass(frozen=True)
class Package:
    """One line. requirement: as pip reads it, with its hashes. size: bytes of the wheel."""

    name: str
    version: str
    requirement: str
    size: int
    marks: frozenset[str]

    def serves(self, parts: Iterable[str], build: str) -> bool:
        """Whether one of PARTS needs it, in this BUILD."""
        builds = self.marks.intersection(BUILDS)
        return bool(self.marks.intersection(parts)) and (not builds or build in builds)

    @property
    def special(self) -> bool:
        """Whether it is a build that PyTorch's own index alone has."""
        return "+" in self.version


def target(version: tuple[int, ...], system: str = "", machine: str = "") -> str:
    """What a lock file is called: `linux-x86_64-3.11`; left out, those of this computer."""
    chosen = (machine or platform.machine()).lower()
    name = SYSTEMS.get(system or sys.platform, "linux")
    return f"{name}-{MACHINES.get(chosen, chosen)}-{version[0]}.{version[1]}"


def target_of(python: str) -> str:
    """The same for this computer and a PYTHON such as "3.11"."""
    return target(tuple(int(number) for number in python.split(".")))


@functools.cache  # the panels look at every redraw
def read(name: str, folder: Path = FOLDER) -> tuple[Package, ...]:
    """The packages for the target NAME; () where there is no such file.

    Raises ValueError if a line is damaged.
    """
    path = folder / f"{name}.txt"
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(_package(line) for line in lines if line and not line.startswith("#"))


def _package(line: str) -> Package:
    found = LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"no line of a lock file: {line[:80]}")
    requirement = line.partition("  #")[0]
    marks = frozenset(found["marks"].split())
    return Package(found["name"], found["version"], requirement, int(found["bytes"]), marks)


def chosen(packages: Iterable[Package], parts: Iterable[str], build: str) -> tuple[Package, ...]:
    """Those that a set-up with PARTS holds; the engine's own are always among them."""
    wanted = {ENGINE, *parts}
    return tuple(one for one in packages if one.serves(wanted, build))


def digest(packages: Iterable[Package]) -> str:
    """Changes whenever other packages are asked for."""
    lines = "\n".join(sorted(one.requirement for one in packages))
    return hashlib.sha256(lines.encode()).hexdigest()
