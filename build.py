#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""python3 build.py demo | test | window | package | docs | setup | engine-bundle | engine-lock.

The first three set up what is missing first.

Standard library only, so that a bare machine can run it. Exit status 0, or 2 for input that
cannot be used, or 1 for a failure, with one sentence on stderr.

Environment: HA2G_TORCH_INDEX, a package index to take torch from (say one with the build for
your GPU, or the small CPU build); without it pip's own, the CPU build where pip sees one and
there is no NVIDIA driver. HA2G_WINDOW_BLENDER, the Blender whose window the tests drive (see
tests/window/room.py); without it tests/window/debian.py makes one, about 1.5 GB.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

ROOT: Final = Path(__file__).resolve().parent
VENV: Final = ROOT / ".venv"
VENV_NEWEST: Final = ROOT / ".venv-newest"
VENV_DOCS: Final = ROOT / ".venv-docs"
PYTHON: Final = (3, 11)  # what bpy 5.0 is built for, and Blender 4.2 to 5.0 contain
PYTHON_NEWEST: Final = (3, 13)  # what the newest bpy is built for
ELDER: Final = {"4.2": "oldest", "4.5": "lts"}  # Blender: its list of packages in pyproject.toml
ELDER_TESTS: Final = (  # of the add-on: what meets the differences between versions
    "keys", "operators", "takes/test_batch.py", "takes/test_nla.py", "takes/test_shown.py",
)  # fmt: skip
STAMP: Final = "ha2g-stamp"  # file in a virtual environment: hash of what it was built from

TORCH: Final = "2.13.0"

DEMO_SPEECH: Final = ROOT / "rigs/demo/jfk.flac"
DEMO_IMAGE: Final = ROOT / "rigs/demo/speaker.jpg"
DEMO_RIG: Final = ROOT / "rigs/rocketbox/Male_Adult_04.fbx"
RIG_SUFFIXES: Final = (".blend", ".fbx", ".glb", ".gltf")
DEMO_FILES: Final = ("gestures.blend", "gestures.fbx", "gestures.mp4", "preview.png", "motion.npz")

DEBIAN_LIBRARIES: Final = {  # what the wheels of bpy and OpenCV load and lack: package
    "libX11.so.6": "libx11-6",
    "libXrender.so.1": "libxrender1",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXxf86vm.so.1": "libxxf86vm1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libEGL_mesa.so.0": "libegl-mesa0",
    "libgomp.so.1": "libgomp1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
WINDOW_TESTS: Final = ROOT / "tests/window"
WINDOW_ROOM: Final = "HA2G_WINDOW_BLENDER"
SITE: Final = ROOT / "out/site"
PANELS: Final = ROOT / "docs/panels"  # an HTML page a panel of the add-on, kept with the source
APT: Final = Path("/etc/apt")
PARTS: Final = ("words", "training")  # of the full engine, beside what it always has
ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the same files give the same zip
COMPILED: Final = (".so", ".pyd", ".dll", ".dylib", ".whl")
Command = Sequence[str | Path]
HEARTBEAT: Final = 15.0  # seconds between signs of life of a long step


class BuildError(Exception):
    """One sentence for the user, and the exit status that goes with it."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


def say(text: str) -> None:
    """A progress line."""
    print(text, file=sys.stderr, flush=True)


# --- setup ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Environment:
    """A virtual environment: where, for which Python, and pip's arguments step by step.

    Each step is a list of attempts; the first one that works ends it. compiling: a module that
    takes half a minute when it is imported for the first time.
    """

    folder: Path
    version: tuple[int, int]
    steps: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    compiling: str = ""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def stamp(self) -> str:
        """Changes whenever the environment must be built anew."""
        content = json.dumps([self.version, self.steps, str(self.folder)])
        return hashlib.sha256(content.encode()).hexdigest()

    def is_ready(self) -> bool:
        """Whether it was built, from just these steps."""
        stamp = self.folder / STAMP
        return self.python.exists() and stamp.is_file() and stamp.read_text() == self.stamp()


def project(root: Path = ROOT) -> dict[str, Any]:
    """The [project] table of pyproject.toml."""
    import tomllib

    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def main_environment() -> Environment:
    """The `.venv`: engine, bpy and the development tools."""
    extras = project()["optional-dependencies"]
    wanted = (*project()["dependencies"], *extras["blender"], *extras["dev"])
    steps = (
        ("torch, some minutes", torch_attempts()),
        ("Blender as a Python package, and the rest", (wanted,)),
        ("this package", (("--no-deps", "--editable", str(ROOT)),)),
    )
    return Environment(VENV, PYTHON, steps, compiling="ha2g_engine.speech.compiled")


def newest_environment() -> Environment:
    """`.venv-newest`: the newest bpy, for the add-on's tests."""
    wanted = tuple(project()["optional-dependencies"]["newest"])
    return Environment(VENV_NEWEST, PYTHON_NEWEST, (("the newest Blender", (wanted,)),))


def elder_environment(blender: str) -> Environment:
    """`.venv-42` or `.venv-45`: an older bpy, for the add-on's tests."""
    wanted = tuple(project()["optional-dependencies"][ELDER[blender]])
    folder = ROOT / f".venv-{blender.replace('.', '')}"
    return Environment(folder, PYTHON, ((f"Blender {blender}", (wanted,)),))


def docs_environment() -> Environment:
    """`.venv-docs`: mkdocs, which makes a site of docs/."""
    wanted = tuple(project()["optional-dependencies"]["docs"])
    version = PYTHON if find_python(PYTHON) else sys.version_info[:2]
    return Environment(VENV_DOCS, version, (("mkdocs", (wanted,)),))


def torch_attempts() -> tuple[tuple[str, ...], ...]:
    """Arguments of pip for torch, best first: the build that suits the machine, then any.

    On Linux the package index's own build brings 2.5 GB of CUDA, useless without a GPU. On
    Windows this version's longest path is beyond the default limit.
    """
    plain = f"torch<{TORCH}" if sys.platform == "win32" else f"torch=={TORCH}"
    if index := os.environ.get("HA2G_TORCH_INDEX"):
        return (("--index-url", index, plain),)
    if not sys.platform.startswith("linux"):
        return ((plain,),)
    if shutil.which("nvidia-smi"):
        return ((f"torch==={TORCH}",), (plain,))
    cpu = f"{plain}+cpu"
    return ((cpu,), (plain,))


def setup(*, newest: bool = False, elder: bool = False) -> Path:
    """Build what is missing; `.venv`'s interpreter. With NEWEST also `.venv-newest`.

    elder: also `.venv-42` and `.venv-45`.
    """
    need_system_libraries()
    wanted = [main_environment(), *(map(elder_environment, ELDER) if elder else ())]
    if newest and (reason := newest_missing()):
        say(f"[setup] skipped .venv-newest: {reason}")
    elif newest:
        wanted.append(newest_environment())
    with ThreadPoolExecutor() as pool:
        list(pool.map(build_environment, wanted))
    return main_environment().python


def newest_missing() -> str:
    """Why there can be no `.venv-newest`; "" when there can."""
    if newest_environment().is_ready() or find_python(PYTHON_NEWEST):
        return ""
    return "the newest Blender needs Python {}.{}, which was not found".format(*PYTHON_NEWEST)


def build_environment(environment: Environment) -> None:
    """Create or complete ENVIRONMENT; returns at once when it is ready.

    Raises BuildError when no Python fits or pip fails.
    """
    if environment.is_ready():
        return
    if not environment.python.exists():
        create_venv(environment)
    for what, attempts in environment.steps:
        say(f"[setup] {environment.folder.name}: installing {what}")
        install(environment, attempts)
    if module := environment.compiling:
        say(f"[setup] {environment.folder.name}: compiling")
        logged([str(environment.python), "-c", f"import {module}"], "compiling")
    (environment.folder / STAMP).write_text(environment.stamp())
    say(f"[setup] {environment.folder.name} is ready")


def create_venv(environment: Environment) -> None:
    """An empty virtual environment of the right Python."""
    python = find_python(environment.version)
    if python is None:
        wanted = "{}.{}".format(*environment.version)
        raise BuildError(f"Install Python {wanted} first: Blender's package needs exactly that.")
    need_venv_module(python)
    say(f"[setup] creating {environment.folder.name} with {python}")
    logged([str(python), "-m", "venv", "--clear", str(environment.folder)], "creating it")


def find_python(version: tuple[int, int]) -> Path | None:
    """An interpreter of VERSION: this one, one on PATH, or pyenv's; None if there is none."""
    name = "python{}.{}".format(*version)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        sys.executable,
        shutil.which(name),
        *sorted(pyenv.glob("{}.{}*/bin/python".format(*version)), reverse=True),
    ]
    return next((Path(c) for c in candidates if c and is_version(Path(c), version)), None)


def is_version(python: Path, version: tuple[int, int]) -> bool:
    """Whether PYTHON runs and is of VERSION (a pyenv shim can be there and not run)."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.split() == [str(n) for n in version]


def install(environment: Environment, attempts: Iterable[tuple[str, ...]]) -> None:
    """Install with pip by the first of ATTEMPTS that works. Raises the last one's BuildError."""
    failure = BuildError("Nothing to install.")
    for arguments in attempts:
        command = [environment.python, "-m", "pip", "install", "--progress-bar", "off"]
        try:
            logged([*map(str, command), *arguments], "installing with pip")
        except BuildError as error:
            failure = error
        else:
            return
    raise failure


def logged(command: Sequence[str], what: str) -> None:
    """Run COMMAND quietly, with a sign of life now and then; its last lines if it fails."""
    start = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT)
        while True:
            try:
                status = process.wait(HEARTBEAT)
                break
            except subprocess.TimeoutExpired:
                say(f"[setup]   … {time.monotonic() - start:.0f} s")
        if status:
            log.seek(0)
            lines = [line for line in log.read().splitlines() if "WARNING" not in line]
            tail = " | ".join(lines[-3:])
            raise BuildError(f"{what[:1].upper()}{what[1:]} failed: {tail}")


# --- libraries of the system --------------------------------------------------------------


def need_system_libraries() -> None:
    """Make sure of the libraries that bpy loads: install them as root on Debian, else say so."""
    if not sys.platform.startswith("linux"):
        return
    missing = sorted(package for so, package in DEBIAN_LIBRARIES.items() if not loads(so))
    if missing:
        apt_install([*missing, "libgl1-mesa-dri"], "Blender")


def loads(library: str) -> bool:
    """Whether the system finds LIBRARY."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def need_venv_module(python: Path) -> None:
    """Debian keeps what `python -m venv` needs in a package of its own."""
    check = subprocess.run([python, "-c", "import ensurepip"], capture_output=True)
    if check.returncode:
        version = "{}.{}".format(*PYTHON)
        apt_install([f"python{version}-venv"], "A virtual environment")


def apt_install(packages: list[str], who: str) -> None:
    """Install PACKAGES as root; raises BuildError with the command for everybody else.

    One process at a time, by a lock on apt's own folder: apt refuses a second one.
    """
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not (shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0):
        raise BuildError(
            f"{who} needs the system's {', '.join(packages)}: "
            f"run `sudo {' '.join(command)}` and try again."
        )
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    say(f"[setup] installing the system's {', '.join(packages)}")
    alone = ("flock", str(APT))
    logged([*alone, "apt-get", "update"], "updating the list of Debian packages")
    logged([*alone, *command], "installing Debian packages")


# --- demo ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Demo:
    """The demo's inputs and where its files go, absolute paths."""

    speech: Path
    image: Path
    rig: Path
    out: Path


def demo(given: argparse.Namespace) -> int:
    """Speech -> gestures on a character, with a film and pictures."""
    job = demo_job(given)
    python = setup()
    start = time.monotonic()
    job.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=job.out) as part:
        status, seconds = perform(job, python, Path(part))
        if status:
            remove_if_empty(job.out)
            return status
        for name in DEMO_FILES:
            (Path(part) / name).replace(job.out / name)
    say(f"[demo] done in {time.monotonic() - start:.0f} s")
    for name in DEMO_FILES:
        path = job.out / name
        print(f"{shown(path)}  {path.stat().st_size / 1e6:.1f} MB  {seconds.get(name, 0.0):.1f} s")
    return 0


def demo_job(given: argparse.Namespace) -> Demo:
    """The demo's paths; raises BuildError (2) for a file that is not there."""
    job = Demo(
        *(Path(p).expanduser().resolve() for p in (given.speech, given.image, given.rig, given.out))
    )
    for what, path in (("speech", job.speech), ("picture", job.image), ("rig", job.rig)):
        if not path.is_file():
            raise BuildError(f"There is no {what} file '{path}'.", 2)
    if job.rig.suffix.lower() not in RIG_SUFFIXES:
        kinds = ", ".join(RIG_SUFFIXES)
        raise BuildError(f"'{job.rig}' is no rig: it must be one of {kinds}.", 2)
    if job.out.exists() and not job.out.is_dir():
        raise BuildError(f"'{job.out}' is a file: choose a folder for the demo.", 2)
    return job


def perform(job: Demo, python: Path, folder: Path) -> tuple[int, dict[str, float]]:
    """Write the demo's files to FOLDER; the first failure's exit status, and seconds by file."""
    motion = folder / "motion.npz"
    say(f"[demo] predicting gestures for {job.speech.name}")
    start = time.monotonic()
    generate: Command = ["generate", job.speech, "--out", motion, "--image", job.image]
    status, _ = child([python, "-m", "ha2g_engine.cli", *generate])
    if status:
        return status, {}
    seconds = {motion.name: time.monotonic() - start}
    say(f"[demo] animating {job.rig.name} in Blender")
    inputs: Command = ["--motion", motion, "--speech", job.speech, "--rig", job.rig]
    outs = [x for name in DEMO_FILES[:-1] for x in (demo_option(name), folder / name)]
    status, output = child([python, "-m", "blender_addon.headless.animate", *inputs, *outs])
    written = re.findall(r"^wrote (.*) in ([\d.]+) s$", output, re.MULTILINE)
    return status, seconds | {Path(path).name: float(time) for path, time in written}


def demo_option(name: str) -> str:
    """The option of headless.animate that writes the demo's file NAME."""
    return {".mp4": "--video", ".png": "--preview"}.get(Path(name).suffix, "--out")


def child(command: Command) -> tuple[int, str]:
    """Run one of our own commands, its progress passed on; exit status and what it printed."""
    process = subprocess.run(
        [str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    return process.returncode if process.returncode in (0, 2) else 1, process.stdout


def remove_if_empty(folder: Path) -> None:
    """Leave no folder behind that holds nothing but our own temporary one."""
    if all(entry.name.startswith(".part-") for entry in folder.iterdir()):
        shutil.rmtree(folder)


def shown(path: Path) -> Path:
    """PATH as short as it can be said from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


# --- test ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """One process of the tests. limit: seconds. alone: no other one runs beside it."""

    name: str
    command: tuple[str, ...]
    limit: float
    alone: bool = False


def test(given: argparse.Namespace) -> int:
    """Run every check to its end, two side by side and the window's alone; 1 if any failed."""
    with ThreadPoolExecutor(2) as pool:
        window_ready = pool.submit(window_missing)
        python = setup(newest=True, elder=True)
        build_environment(docs_environment())
        no_window = window_ready.result()
        chosen = checks(python, every_blender=given.every_blender)
        results = list(pool.map(run_check, chosen))
    if not no_window:
        chosen.append(window_check(python))
        results.append(run_check(chosen[-1]))
    print("\n== summary ==")
    for check, (status, line) in zip(chosen, results, strict=True):
        print(f"{'ok    ' if status == 0 else 'FAILED'} {check.name}: {line}")
    skipped = {"add-on on the newest Blender": newest_missing(), "Blender's window": no_window}
    for name, reason in skipped.items():
        if reason:
            print(f"skipped {name}: {reason}")
    return int(any(status for status, _ in results))


def checks(python: Path, *, every_blender: bool = False) -> list[Check]:
    """All that can run side by side; bpy and torch tests never share a process.

    every_blender: all of the add-on's tests on the older ones too, not ELDER_TESTS alone.
    """
    found = [
        Check("ruff check", (str(python), "-m", "ruff", "check", "."), 120),
        Check("ruff format", (str(python), "-m", "ruff", "format", "--check", "."), 120),
        Check("mypy --strict", (str(python), "-m", "mypy", "--strict"), 600),
        pytest_check(python, "add-on", "tests/addon"),
        pytest_check(python, "engine", "tests/engine"),
    ]
    if not newest_missing():
        newest = newest_environment().python
        found.append(pytest_check(newest, "add-on on the newest Blender", "tests/addon"))
    paths = ["tests/addon" if every_blender else f"tests/addon/{part}" for part in ELDER_TESTS]
    for blender in ELDER:
        there = elder_environment(blender).python
        found.append(pytest_check(there, f"add-on on Blender {blender}", *dict.fromkeys(paths)))
    others = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/test_*.py"))
    return [*found, pytest_check(python, "architecture and build", *others)]


def pytest_check(python: Path, name: str, *paths: str, alone: bool = False) -> Check:
    """The tests below PATHS in a process of their own."""
    return Check(name, (str(python), "-m", "pytest", "-q", "--durations=20", *paths), 2400, alone)


def run_check(check: Check) -> tuple[int, str]:
    """Run CHECK with its output passed on; its exit status and what ``pass_on`` says.

    A process that outlives its limit is killed with all it started.
    """
    print(f"\n== {check.name} ==", flush=True)
    with tempfile.TemporaryDirectory(prefix="ha2g-") as user:
        process = subprocess.Popen(
            check.command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **own_settings(check, user)},
            start_new_session=True,
        )
        expired = threading.Event()
        timer = threading.Timer(check.limit, end_group, [process, expired])
        timer.start()
        last = pass_on(process, check.name)
        status = process.wait()
        timer.cancel()
    if expired.is_set():
        return 1, f"stopped after {check.limit:.0f} s"
    if status < 0:
        return 1, f"crashed with {signal.Signals(-status).name}"
    return status, last


def own_settings(check: Check, user: str) -> dict[str, str]:
    """The environment of CHECK: nothing of the user's, and threads that leave room for others."""
    threads = {} if check.alone else {"OMP_NUM_THREADS": "1"}
    return {"BLENDER_USER_RESOURCES": user, "OMP_WAIT_POLICY": "PASSIVE", **threads}


def pass_on(process: subprocess.Popen[str], name: str) -> str:
    """Print what PROCESS prints, each line after NAME.

    Returns its last line that says something and, below, the tests it says failed.
    """
    last, failed = "no output", []
    assert process.stdout is not None
    for line in process.stdout:
        print(f"{name}: {line}", end="", flush=True)
        said = re.sub(r"\x1b\[[0-9;]*m", "", line).strip(" =\n")
        last = said or last
        if said.startswith(("FAILED ", "ERROR ")):
            failed.append(f"       {said}")
    return "\n".join([last, *failed])


def end_group(process: subprocess.Popen[str], expired: threading.Event) -> None:
    """Kill PROCESS and its children."""
    expired.set()
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


# --- window -------------------------------------------------------------------------------


def window(given: argparse.Namespace) -> int:
    """Drive the tab in a real Blender window."""
    python = setup()
    need_window(*(("--suite", given.suite) if given.suite else ()))
    if given.pictures:
        os.environ["HA2G_KEEP_PICTURES"] = "1"
    status, _ = run_check(window_check(python))
    return status


def window_check(python: Path) -> Check:
    """The window's tests in a process of their own, with their figures shown."""
    return pytest_check(python, "Blender's window", "tests/window", alone=True)


def window_missing() -> str:
    """Why there is no Blender window to test in, after trying to make one; "" if there is."""
    try:
        need_window()
    except BuildError as error:
        return str(error)
    return ""


def need_window(*options: str) -> None:
    """Name a Blender with a window in the environment: if none is, one that is made now.

    options: of tests/window/debian.py. Raises BuildError with what it says when it cannot.
    """
    if os.environ.get(WINDOW_ROOM):
        return
    command = [sys.executable, str(WINDOW_TESTS / "debian.py"), *options]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    said = answer.stdout.strip() or "Making a Debian with Blender failed."
    if answer.returncode:
        raise BuildError(said, answer.returncode)
    os.environ[WINDOW_ROOM] = said


# --- package --------------------------------------------------------------------------------


def package(given: argparse.Namespace) -> int:
    """dist/gestures-VERSION.zip, looked at by Blender's own tool where there is one already."""
    path = ROOT / "dist" / f"gestures-{manifest_version()}.zip"
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".part-{path.name}")
    try:
        write_zip(part, packaged_files())
        checked = validate(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    print(f"{shown(path)}  {path.stat().st_size / 1e6:.1f} MB, {checked}")
    return 0


def manifest_version(root: Path = ROOT) -> str:
    """The extension's version."""
    import tomllib

    manifest = (root / "blender_addon/blender_manifest.toml").read_text("utf-8")
    return str(tomllib.loads(manifest)["version"])


def packaged_files(root: Path = ROOT) -> dict[str, Path]:
    """Name in the zip -> file: the add-on at the root, engine and bone mappings inside it.

    Raises BuildError when something compiled is among them: the extension is pure Python.
    """
    files = dict(below(root / "blender_addon"))
    files |= {f"ha2g_engine/{name}": path for name, path in below(root / "ha2g_engine")}
    files |= {f"rigs/{path.name}": path for path in (root / "rigs").glob("*.toml")}
    files |= {name: root / name for name in ("LICENSE", "pyproject.toml")}  # for the set-up
    files |= {path.relative_to(root).as_posix(): path for path in help_files(root)}
    for name in files:
        if name.endswith(COMPILED):
            raise BuildError(f"'{name}' is compiled: the extension must be pure Python.")
    return dict(sorted(files.items()))


def help_files(root: Path) -> set[Path]:
    """The pages that explain the panels, and the pictures that they show."""
    pages = list((root / "docs/panels").glob("*.html"))
    shown = (re.findall(r'src="\.\./([^"]+)"', page.read_text("utf-8")) for page in pages)
    return {*pages, *(root / "docs" / name for names in shown for name in names)}


def below(folder: Path) -> list[tuple[str, Path]]:
    """The files below FOLDER with their names relative to it; no caches, no hidden files."""
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(p.startswith(".") or p == "__pycache__" for p in parts):
            found.append(("/".join(parts), path))
    return found


def write_zip(path: Path, files: dict[str, Path]) -> None:
    """A zip that depends on names and contents alone."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, source in files.items():
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # as if made on Unix, wherever it is made
            archive.writestr(entry, source.read_bytes())


def validate(path: Path) -> str:
    """What Blender's own tool says of PATH, if there is one; raises BuildError if it objects."""
    command = validator()
    if not command:
        return "not looked at by Blender's own tool: there is neither a .venv nor a blender here"
    answer = subprocess.run([*command, path], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise BuildError(
            f"Blender refuses the extension: {(answer.stdout + answer.stderr).strip()}"
        )
    return "valid by Blender's own tool"


def validator() -> Command:
    """The command that looks at an extension: the .venv's, or a Blender's; none, and it is empty.

    The bpy wheel has no `blender` program, but the script behind that command.
    """
    python = main_environment().python
    if not python.exists():
        blender = shutil.which("blender")
        return (blender, "--command", "extension", "validate") if blender else ()
    where = subprocess.run(
        [python, "-c", "import importlib.util as u; print(u.find_spec('bpy').origin)"],
        capture_output=True,
        text=True,
        check=True,
    )
    tools = list(Path(where.stdout.strip()).parent.glob("*/scripts/addons_core/bl_pkg/cli"))
    if not tools:
        raise BuildError("Blender's extension tool was not found in the bpy package.")
    return (python, tools[0] / "blender_ext.py", "validate")


# --- the documents ----------------------------------------------------------------------------


def docs(given: argparse.Namespace) -> int:
    """out/site of docs/*.md without a warning, and docs/panels anew."""
    environment = docs_environment()
    build_environment(environment)
    status, _ = child(site_command(environment.python, SITE))
    if status:
        raise BuildError("The documents have warnings, see above: there is no site.")
    shutil.rmtree(PANELS, ignore_errors=True)
    shutil.copytree(SITE / "panels", PANELS)
    print(f"{shown(SITE / 'index.html')}  {sum(1 for _ in SITE.rglob('*.html'))} pages")
    return 0


def site_command(python: Path, site: Path) -> Command:
    """The command that makes SITE, and fails at the first warning."""
    return (python, "-m", "mkdocs", "build", "--strict", "--site-dir", site)


# --- the full engine's packages ---------------------------------------------------------------


def engine_bundle(given: argparse.Namespace) -> int:
    """A folder of wheels from which the add-on sets the full engine up without a connection."""
    from ha2g_engine import bundle as packages

    lock = packages.lock_module()
    here = [name for python in packages.PYTHONS if lock.read(name := lock.target_of(python))]
    targets = given.target or here
    if not targets:
        raise BuildError("There is no lock file for this computer: name one with --target.", 2)
    start = time.monotonic()
    try:
        size = packages.bundle(given.out, targets, given.part or PARTS, given.build, given.pip)
    except packages.BundleError as error:
        raise BuildError(str(error)) from error
    seconds = time.monotonic() - start
    print(f"{given.out}  {size / 1e6:.0f} MB for {', '.join(targets)}, {seconds:.0f} s")
    return 0


def engine_lock(given: argparse.Namespace) -> int:
    """blender_addon/engine/locked anew: the newest packages that fit, with their hashes."""
    from ha2g_engine import bundle as packages

    try:
        written = packages.write_locks()
    except packages.BundleError as error:
        raise BuildError(str(error)) from error
    print(f"{len(written)} lock files in {shown(written[0].parent)}")
    return 0


# --- command line ---------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """One sentence for a command line that cannot be understood."""

    def error(self, message: str) -> NoReturn:
        raise BuildError(f"{message[:1].upper()}{message[1:]}; see --help.", 2)


def parser() -> Parser:
    """The command line."""
    top = Parser(prog="build.py", description="Build, try and test the project.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> Any:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    one = add("demo", demo, "speech -> gestures on a character: .blend, .fbx, .mp4, pictures")
    one.add_argument("--speech", default=DEMO_SPEECH, help="wav, flac, ogg or mp3")
    one.add_argument("--image", default=DEMO_IMAGE, help="a picture of the person who speaks")
    one.add_argument("--rig", default=DEMO_RIG, help="a .blend, .fbx or .glb with an armature")
    one.add_argument("--out", default=ROOT / "out/demo", help="folder for the files")
    checked = add("test", test, "ruff, mypy and every test, on four Blenders and in a window")
    checked.add_argument(
        "--every-blender", action="store_true", help="all of the add-on's on 4.2 and 4.5 too"
    )
    two = add("window", window, "the tab in a real Blender window, driven with the mouse")
    two.add_argument("--suite", help="of Debian: see tests/window/debian.py")
    two.add_argument("--pictures", action="store_true", help="renew docs/pictures/window_*.jpg")
    three = add("engine-bundle", engine_bundle, "the full engine's packages, for no connection")
    three.add_argument("out", type=Path, help="the folder for the wheels")
    three.add_argument(
        "--target", action="append", help="such as windows-x86_64-3.11; this system if left out"
    )
    three.add_argument(
        "--part", action="append", help="words or training; both if left out", choices=PARTS
    )
    three.add_argument("--build", choices=("cpu", "gpu"), default="cpu", help="of PyTorch")
    three.add_argument(
        "--pip", action="append", default=[], help="an argument for pip, such as --pip=--proxy=…"
    )
    add("engine-lock", engine_lock, "choose the full engine's packages anew, with uv")
    add("package", package, "dist/gestures-VERSION.zip, to install in Blender")
    add("docs", docs, "out/site from docs/, and the pages that the panels' ? opens")
    add("setup", lambda given: setup_all(), "the virtual environments, without anything else")
    return top


def setup_all() -> int:
    """Both environments."""
    setup(newest=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run one command; its exit status."""
    try:
        given = parser().parse_args(arguments)
        status: int = given.run(given)
    except BuildError as error:
        print(error, file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    if sys.version_info < PYTHON:
        sys.exit("build.py needs Python {}.{} or newer.".format(*PYTHON))
    sys.exit(main(sys.argv[1:]))
