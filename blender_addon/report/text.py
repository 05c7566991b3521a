# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: versions, the engine, settings and the last lines of the logs, nothing private."""

from __future__ import annotations

import json
import logging
import platform
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..engine import lock, parts, preferences, process, pythons, recipe
from ..paths import ENGINE_DIR, PACKAGE_DIR
from ..properties import chosen
from ..takes import record, shown
from . import here, values
from .privacy import Privacy

if TYPE_CHECKING:
    from bpy.types import Context

Lines = Iterator[str]
LOG: Final = logging.getLogger(__name__)
LAST: Final = 60  # lines of a log
TAIL: Final = 64 * 1024  # bytes that are read for them
UNTOLD: Final = frozenset({"gestures_rig"})  # what is not set but found: bones by the hundred


def build(context: Context) -> str:
    """The whole report. What cannot be told does not keep the rest from being told."""
    privacy = here.privacy()
    return "\n".join(
        line for title, tell in SECTIONS for line in _section(title, tell, context, privacy)
    )


def versions() -> str:
    """The add-on, Blender, Python and the system, in a line."""
    blender = f"Blender {bpy.app.version_string} ({bpy.app.build_hash.decode(errors='replace')})"
    python = f"Python {platform.python_version()}"
    return f"Gestures {version()}, {blender}, {python}, {platform.platform()}"


@cache
def version() -> str:
    """The add-on's version, of its manifest; "?" without one."""
    try:
        manifest = tomllib.loads((PACKAGE_DIR / "blender_manifest.toml").read_text("utf-8"))
        return str(manifest["version"])
    except (OSError, ValueError, KeyError):
        return "?"


def tail(path: Path, count: int) -> list[str]:
    """The last COUNT lines of the log PATH and of the file before it; [] without any."""
    text = ""
    for file in (path.with_name(f"{path.name}.1"), path):
        if file.is_file():
            text += file.read_bytes()[-TAIL:].decode("utf-8", "replace")
    return text.splitlines()[-count:]


def _section(
    title: str, tell: Callable[[Context, Privacy], Lines], context: Context, privacy: Privacy
) -> Lines:
    if title:
        yield from ("", f"== {title}")
    try:
        yield from tell(context, privacy)
    except Exception as error:
        LOG.exception("the report has no %s", title)
        yield privacy.text(f"cannot be told: {error!r}")


def _versions(context: Context, privacy: Privacy) -> Lines:
    yield versions()
    yield f"in the background: {bpy.app.background}, online access: {bpy.app.online_access}"


def _engine(context: Context, privacy: Privacy) -> Lines:
    yield privacy.text(f"state: {_state()}")
    for name, value in process.info().items():
        yield f"{name}: {values.told(name, value, privacy)}"


def _state() -> str:
    if death := process.death():
        return f"died: {death}"
    if process.is_ready():
        return "ready"
    return "starting" if process.is_starting() else "not started"


def _installed(context: Context, privacy: Privacy) -> Lines:
    python = process.running_python()
    yield f"Python: {privacy.path(str(python)) if python else process.why_missing()}"
    yield f"engine to run: {'light' if process.is_light() else 'full'}"
    if outdated := process.why_outdated():
        yield outdated
    yield from _full_engine()
    names = [recipe.package(one) for one in recipe.requirements_of(ENGINE_DIR)]
    places = [str(folder) for folder in _packages(python)] if python else []
    missing = []
    for name in dict.fromkeys(names):
        found = next(iter(Distribution.discover(name=name, path=places)), None)
        missing += [] if found else [name]
        yield f"{name}: {found.version if found else 'not there'}"
    yield from _how_to_get(missing)


def _full_engine() -> Lines:
    """What was set up from the preferences, and whether its card could be used."""
    made, driver = process.made(), "there" if parts.has_driver() else "not there"
    yield f"NVIDIA driver: {driver}"
    if made is not None:
        held = ", ".join(["engine", *sorted(made.parts)])
        yield f"set up: {held}; build for {made.build}; packages of {made.target}"
        return
    older = process.is_built()
    yield f"set up: {'without a lock file' if older else 'no full engine'}"
    if not older and not lock.read(pythons.likely_target()):
        yield "no lock file is for this system: a set-up takes the newest packages that fit"


def _how_to_get(missing: Sequence[str]) -> Lines:
    """Part by part, what to press for what is MISSING; nothing where another Python was chosen."""
    if preferences.get().engine_python:
        yield from (f"to get {name}: '-m pip install {name}' in that Python" for name in missing)
        return
    ticks = {"": "the full engine: Set Up in the add-on's preferences"}
    ticks |= {part: f"{title}: tick it there" for part, title in parts.TITLES.items()}
    for part, how in ticks.items():
        names = [name for name in missing if recipe.part_of(name, ENGINE_DIR) == part]
        if names:
            yield f"to get {', '.join(names)}, {how}"


def _packages(python: Path) -> list[Path]:
    """Where the packages of PYTHON lie, if it is one of a virtual environment."""
    folder = python.parent.parent
    return [*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")]


def _preferences(context: Context, privacy: Privacy) -> Lines:
    wanted = preferences.get()
    for name in preferences.DEFAULTS:
        value = getattr(wanted, name)
        private = isinstance(value, str) and name not in ("engine", "device")
        yield f"{name}: {('set' if value else 'not set') if private else value}"


def _settings(context: Context, privacy: Privacy) -> Lines:
    yield from _own(context.scene, privacy)


def _armature(context: Context, privacy: Privacy) -> Lines:
    armature = chosen.chosen_armature(context)
    if armature is None:
        yield "none"
        return
    data: Any = armature.data
    yield f"bones: {len(data.bones)}, linked: {armature.library is not None}, mode: {armature.mode}"
    yield from _own(armature, privacy)


def _own(owner: Any, privacy: Privacy) -> Lines:
    """What the add-on keeps with OWNER, a line a property or a group of them."""
    for one in type(owner).bl_rna.properties:
        name = one.identifier
        if name.startswith("gestures") and name not in UNTOLD:
            yield f"{name}: {values.of_property(owner, one, privacy)}"


def _take(context: Context, privacy: Privacy) -> Lines:
    made = shown.chosen_record(context)
    if made is None:
        yield "none is shown"
        return
    for name, value in json.loads(record.written(made)).items():
        yield f"{name}: {values.told(name, value, privacy)}"


def _log_of(path: Callable[[], Path]) -> Callable[[Context, Privacy], Lines]:
    def told(context: Context, privacy: Privacy) -> Lines:
        lines = tail(path(), LAST)
        yield from privacy.text("\n".join(lines)).split("\n") if lines else ("nothing",)

    return told


SECTIONS: Final[tuple[tuple[str, Callable[[Context, Privacy], Lines]], ...]] = (
    ("", _versions),
    ("Engine", _engine),
    ("Installed", _installed),
    ("Preferences", _preferences),
    ("Settings", _settings),
    ("Armature", _armature),
    ("Take shown", _take),
    ("Log of the add-on", _log_of(process.addon_log_path)),
    ("Log of the engine", _log_of(process.worker_log_path)),
    ("What else the engine's process said", _log_of(process.log_path)),
)
