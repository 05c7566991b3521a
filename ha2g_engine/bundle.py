# SPDX-License-Identifier: GPL-3.0-or-later
"""`build.py engine-lock` and `engine-bundle`: which packages the full engine gets, and them all.

A bundle is a folder of wheels; the add-on's preferences set the engine up from it without a
connection. Standard library only; the lock is resolved by uv, which must be on the path.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
PYTHONS: Final = ("3.11", "3.12", "3.13")
PLATFORMS: Final = {  # a lock file's name, without the Python: uv's name for it
    "linux-x86_64": "x86_64-manylinux_2_28",
    "windows-x86_64": "x86_64-pc-windows-msvc",
    "macos-arm64": "aarch64-apple-darwin",
}
OLDEST_MACOS: Final = "14.0"  # that PyTorch's wheels are for
GLIBC: Final = 28  # the newest 2.x that a wheel may ask for: that of PyTorch's
CUDA: Final = re.compile(r"(nvidia|cuda|triton)(-|$)")
TORCH: Final = "torch==2.13.0; sys_platform != 'win32'"  # the one that is tested
CPU_TORCH: Final = "2.13.0+cpu"  # Linux: lies in PyTorch's own index alone
CPU_BYTES: Final = 191_794_682
CPU_DIGESTS: Final = {  # of manylinux_2_28_x86_64, as that index lists them
    "3.11": "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
    "3.12": "4ca4a9394b0c771238a4f73590fdbbc4debad85ed0fa63d026ae1b085da7d6e2",
    "3.13": "3fbf9c9d1f3c10c2d59d04aca426dee9ccc6ceb32d255c61e93acc3b4f75fae6",
}
HEADER: Final = "# Made by build.py engine-lock; read by blender_addon/engine/lock.py.\n"


class BundleError(Exception):
    """One sentence for the user."""


def lock_module() -> ModuleType:
    """blender_addon/engine/lock.py, without the rest of the add-on, which needs Blender."""
    path = ROOT / "blender_addon/engine/lock.py"
    spec = importlib.util.spec_from_file_location("engine_lock", path)
    if spec is None or spec.loader is None:
        raise BundleError(f"'{path}' is missing.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


# --- the lock files -------------------------------------------------------------------------


def requirements() -> dict[str, list[str]]:
    """Part -> what it asks for, of pyproject.toml; all that no part names is the engine's."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    parts: dict[str, list[str]] = table["tool"]["ha2g"]["parts"]
    asked: dict[str, list[str]] = {part: [] for part in ("engine", *parts)}
    for line in table["project"]["dependencies"]:
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        asked[next((part for part, names in parts.items() if name in names), "engine")].append(line)
    return asked


def write_locks() -> list[Path]:
    """All of blender_addon/engine/locked, anew from the index that uv sees."""
    uv = shutil.which("uv")
    if uv is None:
        raise BundleError("engine-lock needs uv: install it with pip and try again.")
    folder: Path = lock_module().FOLDER
    written = []
    for name, platform in PLATFORMS.items():
        for python in PYTHONS:
            path = folder / f"{name}-{python}.txt"
            path.write_text(HEADER + "".join(_locked(uv, platform, python)), "utf-8")
            written.append(path)
    return written


def _locked(uv: str, platform: str, python: str) -> list[str]:
    """The lines of one lock file, by name."""
    asked = requirements()
    everything = _resolved(
        uv, platform, python, [line for lines in asked.values() for line in lines], [TORCH]
    )
    pins = [f"{name}=={one['version']}" for name, one in everything.items()]
    engine = _resolved(uv, platform, python, asked["engine"], pins)
    marks = {name: {"engine"} for name in engine}
    for part, lines in asked.items():
        found = _resolved(uv, platform, python, [*asked["engine"], *lines], pins)
        for name in found.keys() - engine.keys():
            marks.setdefault(name, set()).add(part)
    linux = platform.startswith("x86_64-manylinux")
    for name in marks:
        if CUDA.match(name) or (linux and name == "torch"):
            marks[name].add("gpu")
    lines = [_line(name, one, marks[name]) for name, one in everything.items()]
    if linux:
        digest = CPU_DIGESTS[python]
        lines.append(f"torch=={CPU_TORCH} --hash=sha256:{digest}  # {CPU_BYTES} engine cpu\n")
    return sorted(lines)


def _resolved(
    uv: str, platform: str, python: str, asked: Iterable[str], pins: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """Name -> what uv knows of each package that ASKED and what it needs come to."""
    with tempfile.TemporaryDirectory() as folder:
        given, fixed = Path(folder, "asked.in"), Path(folder, "fixed.txt")
        out = Path(folder, "pylock.toml")
        given.write_text("\n".join(asked), "utf-8")
        fixed.write_text("\n".join(pins), "utf-8")
        command = [
            *(uv, "pip", "compile", "--quiet", "--no-header", "--only-binary", ":all:"),
            *("--python-version", python, "--python-platform", platform),
            *("--constraint", str(fixed), "--output-file", str(out), str(given)),
        ]
        environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if run.returncode:
            raise BundleError(f"uv found no packages for {platform}: {run.stderr.strip()}")
        table = tomllib.loads(out.read_text("utf-8"))
    return {one["name"]: one for one in table["packages"]}


def _line(name: str, one: dict[str, Any], marks: Iterable[str]) -> str:
    """A line of a lock file: no address, as any index has the same wheels."""
    wheels = one["wheels"]
    digests = sorted({wheel["hashes"]["sha256"] for wheel in wheels})
    hashes = " ".join(f"--hash=sha256:{digest}" for digest in digests)
    size = max(wheel["size"] for wheel in wheels)
    return f"{name}=={one['version']} {hashes}  # {size} {' '.join(sorted(marks))}\n"


# --- the wheels -----------------------------------------------------------------------------


def bundle(
    out: Path, targets: Sequence[str], parts: Sequence[str], build: str, arguments: Sequence[str]
) -> int:
    """Download into OUT what a set-up of TARGETS with PARTS asks for; the bytes it holds then.

    arguments: more for pip, such as an index. Raises BundleError with pip's last words.
    """
    lock = lock_module()
    out.mkdir(parents=True, exist_ok=True)
    for target in targets:
        packages = lock.chosen(lock.read(target), parts, build)
        if not packages:
            known = ", ".join(sorted(path.stem for path in lock.FOLDER.glob("*.txt")))
            raise BundleError(f"There is no lock file for {target}: choose one of {known}.")
        _download(out, target, packages, arguments)
    return sum(path.stat().st_size for path in out.glob("*.whl"))


def _download(out: Path, target: str, packages: Sequence[Any], arguments: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text("\n".join(one.requirement for one in packages), "utf-8")
        index = os.environ.get("HA2G_TORCH_INDEX")
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--require-hashes", "--only-binary", ":all:", "--dest", str(out)),
            *("--requirement", str(wanted), *_tags(target), *arguments),
            *(("--extra-index-url", index) if index else ()),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        lines = [line for line in run.stderr.splitlines() if line.startswith("ERROR")]
        raise BundleError(f"pip could not get the wheels for {target}: {' '.join(lines[-2:])}")


def _tags(target: str) -> list[str]:
    """What tells pip for which computer to download."""
    system, machine, python = target.split("-")
    if system == "linux":
        names = [f"manylinux_2_{n}_{machine}" for n in range(GLIBC, 4, -1)]
        names += [f"manylinux{n}_{machine}" for n in ("2014", "2010", "1")]
    elif system == "windows":
        names = ["win_amd64"]
    else:
        names = [
            f"macosx_{n}_0_{kind}" for n in range(14, 10, -1) for kind in (machine, "universal2")
        ]
        names += [f"macosx_10_{n}_universal2" for n in range(16, 8, -1)]
    platforms = [word for name in names for word in ("--platform", name)]
    return [*platforms, "--python-version", python, "--implementation", "cp"]
